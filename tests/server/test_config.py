"""Settings: safe by default, one line for each problem."""

from pathlib import Path

import pytest

from server.config import Settings, UnusableSettings, read_settings


def test_without_anything_set_only_this_machine_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLLOQUY_HOST", raising=False)

    settings = read_settings()

    assert settings.is_loopback
    assert not settings.uses_https
    assert settings.origin == "http://127.0.0.1:8000"
    assert settings.url.startswith("sqlite+aiosqlite:////")


def test_a_value_can_stand_in_a_file_and_the_plain_one_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql+asyncpg://u:p@db/colloquy\n")
    monkeypatch.setenv("COLLOQUY_DATABASE_URL_FILE", str(secret))

    assert read_settings().url == "postgresql+asyncpg://u:p@db/colloquy"
    monkeypatch.setenv("COLLOQUY_DATABASE_URL", "sqlite+aiosqlite:////elsewhere.sqlite3")
    assert read_settings().url == "sqlite+aiosqlite:////elsewhere.sqlite3"


def test_each_problem_is_one_line_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLOQUY_PORT", "eighty")
    monkeypatch.setenv("COLLOQUY_DATABASE_URL", "mysql://u:secret@db/x")
    monkeypatch.setenv("COLLOQUY_PUBLIC_URL", "colloquy.example.org")

    with pytest.raises(UnusableSettings) as refused:
        read_settings()

    assert [line.split(":")[0] for line in refused.value.problems] == [
        "COLLOQUY_PORT",
        "COLLOQUY_DATABASE_URL",
        "COLLOQUY_PUBLIC_URL",
    ]
    assert all("\n" not in line and "secret" not in line for line in refused.value.problems)


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLLOQUY_DATABASE_URL_FILE", str(tmp_path / "nothing"))

    with pytest.raises(UnusableSettings, match="nothing: No such file"):
        read_settings()


def test_other_machines_get_https_unless_plain_http_was_asked_for() -> None:
    assert Settings(host="0.0.0.0").uses_https
    assert Settings(host="192.0.2.4").origin == "https://192.0.2.4:8000"
    assert Settings(host="192.0.2.4", allow_http=True).origin == "http://192.0.2.4:8000"
    assert Settings(host="::1").is_loopback
    assert Settings(public_url="https://c.example.org/").origin == "https://c.example.org"
    assert "c.example.org" in Settings(public_url="https://c.example.org").allowed_hosts


def test_settings_are_frozen_and_a_key_needs_its_certificate(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]
    with pytest.raises(UnusableSettings, match="both or none"):
        read_settings(key=tmp_path)
