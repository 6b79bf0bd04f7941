"""The settings: one frozen object, read once from the environment and checked before anything starts.

`COLLOQUY_PORT=8080` sets `port`; `COLLOQUY_DATABASE_URL_FILE=/run/secrets/db` reads a value from a
file, so that no secret stands in a process list. Every default is safe for one person's machine.
"""

import ipaddress
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

from transcription import library
from transcription.engine import EngineName, Loading

PREFIX = "COLLOQUY_"
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class UnusableSettings(Exception):
    """The settings cannot be used; `problems` has one line for each thing that is wrong."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _known_database(url: str) -> str:
    scheme = urlsplit(url).scheme
    if url and scheme not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise ValueError("must begin with sqlite+aiosqlite:// or postgresql+asyncpg://")
    return url


def _known_redis(url: str) -> str:
    if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return url


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if url and (
        parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")
    ):
        raise ValueError("must be an address such as https://colloquy.example.org, without a path")
    return url.rstrip("/")


class Settings(BaseSettings):
    """What an operator may decide.

    host, port: where to listen. data: the folder of the database, recordings, certificates and
    keys. database_url: "" means SQLite in `data`. redis: where several nodes on one PostgreSQL tell
    each other what is new, "" for a single one. allow_http: plain HTTP on a host other than
    loopback. model: a fetched model's name, a folder with a Whisper model, or "" for the bundled demo
    model. smaller_model: another one, "" for none, that hears while a room is more than a minute
    behind. engine, device, compute_type: how it is loaded. workers: transcription processes, 0 for one
    per spare core. keep_free: megabytes that recordings leave free on the disk. ear: whether this machine transcribes (`here`), `colloquy worker` on others by way
    of redis (`away`), or both. node_url: the address at which those reach this very process, if not
    the one that people type. authority: whose certificate a worker trusts there. public_url: the address that people type, where a proxy stands in
    front. proxies: addresses whose X-Forwarded headers are believed. certificate, key: the city's
    own certificate instead of a self-made one.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    data: Path = Path("data")
    database_url: Annotated[str, AfterValidator(_known_database)] = ""
    redis: Annotated[str, AfterValidator(_known_redis)] = ""
    allow_http: bool = False
    model: str = ""
    smaller_model: str = ""
    engine: EngineName = "faster-whisper"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "default"
    ear: Literal["here", "away", "both"] = "both"
    node_url: Annotated[str, AfterValidator(_origin)] = ""
    workers: int = Field(default=0, ge=0, le=64)
    keep_free: int = Field(default=200, ge=0)
    public_url: Annotated[str, AfterValidator(_origin)] = ""
    proxies: str = ""
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key: give both or none")
        if self.ear == "away" and not self.redis:
            raise ValueError("ear: workers on other machines are reached by way of redis")
        return self

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over files named in it."""
        files = InitSettingsSource(settings_cls, _from_files(os.environ, settings_cls))
        return init_settings, env_settings, files

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return _is_loopback(self.host)

    @property
    def uses_https(self) -> bool:
        """Whether the server itself speaks HTTPS."""
        return self.certificate is not None or not (self.is_loopback or self.allow_http)

    @property
    def url(self) -> str:
        """The database, where none is named: SQLite in the data folder."""
        file = (self.data / "colloquy.sqlite3").absolute()
        return self.database_url or f"sqlite+aiosqlite:///{file}"

    @property
    def shelf(self) -> Path:
        """Where fetched and converted models lie."""
        return self.data / "models"

    @property
    def loading(self) -> Loading:
        """How a model is loaded."""
        smaller = self.smaller_model and library.found(self.smaller_model, self.shelf)
        return Loading(self.engine, self.device, self.compute_type, smaller or None)

    @property
    def origin(self) -> str:
        """The address people use: the public one, else host and port (a LAN address for 0.0.0.0)."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.is_loopback else self.host
        if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            host = next(iter(lan_addresses()), "127.0.0.1")
        host = f"[{host}]" if ":" in host else host
        return f"{'https' if self.uses_https else 'http'}://{host}:{self.port}"

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The host names that a request may be addressed to, without port, in lower case."""
        named = {self.host.lower(), *LOOPBACK_HOSTS}
        if self.public_url:
            named.add(str(urlsplit(self.public_url).hostname).lower())
        if self.node_url:
            named.add(str(urlsplit(self.node_url).hostname).lower())
        if not self.is_loopback:
            named |= {socket.gethostname().lower(), *lan_addresses()}
        return frozenset(named)


def read_settings(**given: object) -> Settings:
    """Return the settings from the environment; `given` (from the command line) wins.

    Raises UnusableSettings with one line per problem.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by pydantic itself
    except ValidationError as error:
        raise UnusableSettings(tuple(_line(dict(one)) for one in error.errors())) from error
    except OSError as error:
        raise UnusableSettings((f"{error.filename}: {error.strerror}",)) from error


def lan_addresses() -> tuple[str, ...]:
    """Return this machine's own addresses other than loopback, the outgoing one first."""
    found: dict[str, None] = {}
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))  # chooses a route; nothing is sent
                found[probe.getsockname()[0]] = None
            except OSError:
                continue  # no route in this family: the machine has no such address
    try:
        for info in socket.getaddrinfo(socket.gethostname(), None):
            found[str(info[4][0]).partition("%")[0]] = None
    except socket.gaierror:
        return tuple(address for address in found if not _is_loopback(address))
    return tuple(address for address in found if not _is_loopback(address))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_files(environ: Mapping[str, str], settings: type[BaseSettings]) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in settings.model_fields:
        path = environ.get(f"{PREFIX}{field.upper()}_FILE")
        if path:
            found[field] = Path(path).read_text(encoding="utf-8").strip()
    return found


def _line(error: dict[str, object]) -> str:
    where = error["loc"]
    name = f"{PREFIX}{str(where[0]).upper()}: " if isinstance(where, tuple) and where else ""
    return name + str(error["msg"]).removeprefix("Value error, ")
