"""Sound in memory: 16 kHz mono, as int16 where it is kept and float32 where it is judged."""

import numpy as np
from numpy import typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]


def to_float(samples: Samples) -> Floats:
    """Return int16 samples as float32 in -1..1."""
    return samples.astype(np.float32) / np.float32(32_768)
