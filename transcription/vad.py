"""Speech or not, per 32 ms: Silero's network, run as a stream.

The model file is the one that faster-whisper bundles (MIT). It is found without importing that
package and run by onnxruntime with the recurrent state and the last 64 samples carried from frame
to frame; starting from zero at each chunk would misjudge about a third of the frames.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]

from transcription.samples import Floats

FRAME_SAMPLES = 512
_CONTEXT = 64
_STATE = (1, 1, 128)


class Vad:
    """One track's voice activity; about 0.2 ms of CPU per frame."""

    def __init__(self) -> None:
        self._session = _session()
        self.reset()

    def reset(self) -> None:
        """Forget what was heard: what comes next does not follow on from it."""
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def __call__(self, frame: Floats) -> float:
        """Return the probability, 0..1, that `frame` is speech.

        frame: float32, (512,), 16 kHz mono, -1..1, following directly on the one before.
        """
        inputs = {
            "input": np.concatenate([self._context, frame])[None],
            "h": self._h,
            "c": self._c,
        }
        output, self._h, self._c = self._session.run(None, inputs)
        self._context = frame[-_CONTEXT:].copy()
        return float(output.reshape(-1)[0])


def speech_share(samples: Floats) -> float:
    """Return the share, 0..1, of the 32 ms frames in `samples` that are speech."""
    vad = Vad()
    frames = len(samples) // FRAME_SAMPLES
    if not frames:
        return 0.0
    heard = samples[: frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES)
    return sum(vad(frame) >= 0.5 for frame in heard) / frames


@cache
def _session() -> ort.InferenceSession:
    spec = find_spec("faster_whisper")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("faster-whisper is not installed")
    model = Path(spec.submodule_search_locations[0]) / "assets" / "silero_vad_v6.onnx"
    options = ort.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
