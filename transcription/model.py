"""A Whisper model on disk: which files it needs, checked before anybody waits for it."""

from pathlib import Path

from transcription.errors import ModelUnusable

NEEDED = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")


def check(directory: Path | None) -> Path:
    """Return the directory of a whole CTranslate2 Whisper model.

    Raises ModelUnusable: `ear.model_missing` without a directory, `ear.model_incomplete` with
    the names of the files it lacks. Without tokenizer.json faster-whisper would go to the network.
    """
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
    return folder.parent.name if folder.name == "ct2" else folder.name


def _has(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
