"""Audio to lines: tracks, voice activity, endpoints, engines, workers."""
