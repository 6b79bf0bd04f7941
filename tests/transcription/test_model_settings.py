"""What lies beside a model about it."""

from pathlib import Path

import pytest

from schemas.session import Language
from transcription.bundled import MODEL
from transcription.errors import ModelUnusable
from transcription.model_settings import FILE, ModelSettings, read, write


def test_a_model_without_the_file_is_an_ordinary_one(tmp_path: Path) -> None:
    settings = read(tmp_path)

    assert settings == ModelSettings()
    assert settings.prompts
    assert settings.languages == (Language.EN, Language.ZH)


def test_the_demo_model_is_given_no_prompt() -> None:
    assert not read(MODEL).prompts


def test_what_was_written_is_read(tmp_path: Path) -> None:
    settings = ModelSettings(prompts=False, window="short", languages=(Language.ZH,))

    write(tmp_path, settings)

    assert read(tmp_path) == settings


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"promts": false}', "promts"),
        ('{"languages": ["de"]}', "languages"),
        ('{"window": "tiny"}', "window"),
        ("[]", "object"),
        ("{", "JSON"),
        ("\udcff", "Unicode"),
    ],
)
def test_a_slip_of_the_pen_is_said(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / FILE).write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(ModelUnusable) as unusable:
        read(tmp_path)

    assert unusable.value.code == "ear.model_settings"
    assert named in str(unusable.value.fields["reason"])
