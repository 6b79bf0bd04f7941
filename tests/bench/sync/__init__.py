"""Colloquy's rooms beside the peers, on one workload, in one run."""
