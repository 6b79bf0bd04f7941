"""What can go wrong between a microphone and a line.

ColloquyError
├── Invalid
│   └── TooFarAhead     a frame lies further ahead than a gap may be filled
└── Unavailable
    ├── DiskFull        refused early, while there is still room for what is not yet on disk
    ├── DiskSlow        the disk does not keep up, or fails
    ├── StoreLocked     another process writes this audio directory
    ├── Damaged         a stored segment cannot be read back
    ├── ModelUnusable   no model, or not a whole one; `fields` name directory and files
    └── WorkerFailed    a worker process died or hung; its work is done again
"""

from schemas.errors import Invalid, Unavailable


class TooFarAhead(Invalid):
    """A frame lies further ahead than a gap may be filled."""


class DiskFull(Unavailable):
    """The disk of the track store is nearly full; nothing new is accepted."""


class DiskSlow(Unavailable):
    """Audio waits too long for the disk, or the disk refuses it."""


class StoreLocked(Unavailable):
    """Another process writes this audio directory."""


class Damaged(Unavailable):
    """A stored segment cannot be read back; what is beside it can."""


class ModelUnusable(Unavailable):
    """There is no model, or not a whole one; `fields` name the directory and what is missing."""


class WorkerFailed(Unavailable):
    """A worker process died or hung; the utterance it had is decoded again."""
