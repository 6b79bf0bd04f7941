"""What a model needs to be told, in a file of its own beside it: `colloquy.json`.

    {"prompts": false, "window": "full", "languages": ["en", "zh"]}

A model without the file is taken for an ordinary Whisper model. A setting nobody knows is refused,
so that a slip of the pen is not silently without effect.
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.session import Language
from transcription.errors import ModelUnusable

FILE = "colloquy.json"


class ModelSettings(BaseModel):
    """One model's own settings.

    prompts: it may be given hotwords and a sentence in the wanted script; models trained without
    prompts lose words by them. hotword_tokens: how much of the prompt they may fill.
    window: where the encoder may be given less than its 30 s: nowhere (`full`), for interim text
    (`interim`), or for finals as well (`short`, only for weights whose word error is known not to
    suffer). temperatures: tried one after the other while the text loops or is unlikely.
    beam: hypotheses kept while a final is decoded. languages: what it can hear.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompts: bool = True
    hotword_tokens: int = Field(default=100, ge=0, le=200)
    window: Literal["full", "interim", "short"] = "interim"
    temperatures: tuple[float, ...] = Field(default=(0.0, 0.2, 0.4), min_length=1, max_length=6)
    beam: int = Field(default=5, ge=1, le=10)
    languages: tuple[Language, ...] = Field(default=tuple(Language), min_length=1)


def read(directory: Path) -> ModelSettings:
    """Return a model's settings. Raises ModelUnusable `ear.model_settings` with the reason."""
    path = directory / FILE
    if not path.exists():
        return ModelSettings()
    try:
        return ModelSettings.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = type(error).__name__
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    raise ModelUnusable("ear.model_settings", directory=str(directory), reason=reason)


def write(directory: Path, settings: ModelSettings) -> None:
    """Put a model's settings beside it."""
    stated = settings.model_dump(mode="json", exclude_defaults=True)
    (directory / FILE).write_text(json.dumps(stated, indent=2) + "\n", "utf-8")
