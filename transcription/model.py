"""A Whisper model on disk: which files it needs, checked before anybody waits for it."""

from pathlib import Path

from transcription.engine import EngineName
from transcription.errors import ModelUnusable

NEEDED = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
OPTIONAL_AT_SOURCE = "preprocessor_config.json"
"""Repositories of before large-v3 lack it: their models all take 80 mel bands."""


def check(directory: Path | None, engine: EngineName = "faster-whisper") -> Path:
    """Return the path of a whole model: a CTranslate2 directory, or openai-whisper's one file.

    Raises ModelUnusable: `ear.model_missing` without it, `ear.model_incomplete` with the names of
    the files it lacks. Without tokenizer.json faster-whisper would go to the network.
    """
    if engine == "openai-whisper":
        if directory is None or directory.suffix != ".pt" or not _has(directory):
            raise ModelUnusable("ear.model_missing", directory=str(directory or ""))
        return directory
    if directory is None or not directory.is_dir():
        raise ModelUnusable("ear.model_missing", directory=str(directory or ""))
    lacking = [name for name in NEEDED if not _has(directory / name)]
    if not any(_has(directory / name) for name in VOCABULARIES):
        lacking.append(VOCABULARIES[0])
    if lacking:
        raise ModelUnusable("ear.model_incomplete", directory=str(directory), lacking=lacking)
    return directory


def name_of(directory: Path) -> str:
    """Return the model's name as stored with its lines: its folder, or the one above `ct2`."""
    folder = directory.resolve()
    if folder.suffix == ".pt" and folder.parent.name == "openai":
        folder = folder.parent
    return (
        folder.parent.name if folder.name in ("ct2", "openai") else folder.name.removesuffix(".pt")
    )


def _has(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
