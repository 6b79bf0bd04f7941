"""Starting the server: the socket, the certificate, the demo, uvicorn, and the ways in."""

import datetime
import gc
import http.client
import os
import signal
import socket
import ssl
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import segno
import uvicorn
from typing_extensions import override

from schemas.errors import Unavailable
from schemas.wire import MAX_SYNC_MESSAGE_BYTES
from server import certs
from server.app import Platform, create_app, opened, running
from server.config import Settings, lan_addresses
from server.routes.state import AppState
from server.routes.transport import TransportProtocol
from server.services.demo import MODERATOR_LOGIN, ensure_demo
from server.services.demo_stages import ensure_questionnaire
from server.services.doctor import Finding
from server.services.questionnaires import Questionnaires
from web.assets import Assets

COLLECT_AFTER = (5_000, 20, 20)
"""Objects, and rounds of younger ones, between collections."""
GRACE_SECONDS = 25
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
BACKLOG = 2048


class AddressTaken(Unavailable):
    """The host and port cannot be listened on (`server.address_taken`)."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: for whom, and the address."""

    label: str
    url: str


class Server(uvicorn.Server):
    """uvicorn, which prints the ways in once it listens and says when it begins to stop."""

    def __init__(self, config: uvicorn.Config, state: AppState, ways: Sequence[Way]) -> None:
        super().__init__(config)
        self._state = state
        self._ways = ways

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on SIGINT and SIGTERM, and end as after any other reason to stop.

        uvicorn's own would raise the signal again here, and the process would die of it before
        the rooms have written what they hold.
        """
        before = {one: signal.signal(one, self.handle_exit) for one in STOP_SIGNALS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print the ways in."""
        await super().startup(sockets)
        _spare_the_collector()
        announce(self._state.settings, self._ways)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking work, let what runs finish."""
        self._state.draining = True
        await super().shutdown(sockets)


async def serve(settings: Settings, *, demo: bool) -> None:
    """Serve until told to stop.

    Raises AddressTaken, DataUnwritable, SchemaBehind, NotBuilt or StoreLocked, each before
    anybody could have come in.
    """
    Assets.load()
    listening = _listen(settings)
    try:
        async with opened(settings) as platform:
            ways = await _prepared(platform, settings, demo=demo)
        certificate, key = _certificate(settings)
        async with running(settings) as state:
            config = _config(settings, state, certificate, key)
            await Server(config, state, ways).serve(sockets=[listening])
    finally:
        listening.close()


def _spare_the_collector() -> None:
    """Leave what the start made out of garbage collection: 250,000 objects that stay.

    Looking through them held every room for 0.2 s whenever one had been busy for a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def announce(settings: Settings, ways: Sequence[Way]) -> None:
    """Print the ways in; with a code to scan where other machines can reach the server."""
    print(f"\nColloquy is at {settings.origin}\n")
    for way in ways:
        print(f"  {way.label}\n      {way.url}")
    if not settings.is_loopback and sys.stdout.isatty():
        segno.make_qr(f"{settings.origin}/").terminal(compact=True)
    if settings.uses_https and settings.certificate is None:
        print("\n  The certificate is self-made; browsers warn until they trust", end=" ")
        print(settings.data / "certs" / "ca.crt")
    if not (settings.is_loopback or settings.uses_https or settings.public_url):
        print("\n  Plain HTTP: nothing is encrypted, and no other machine's microphone works.")
    print("\n  Ctrl+C stops it.\n", flush=True)


def certificate_names(settings: Settings) -> Sequence[str]:
    """Return the names and addresses that the server's certificate must hold."""
    named = sorted(settings.allowed_hosts - {"0.0.0.0", "::"})  # noqa: S104 - compared, not bound
    return [*named, *lan_addresses()]


def alive(settings: Settings) -> Sequence[Finding]:
    """Ask the running server whether it lives."""
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE  # it is our own, on this machine
    connection = (
        http.client.HTTPSConnection("127.0.0.1", settings.port, timeout=2, context=unverified)
        if settings.uses_https
        else http.client.HTTPConnection("127.0.0.1", settings.port, timeout=2)
    )
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except OSError as error:
        return [Finding(False, f"nothing answers on port {settings.port}: {error}")]
    finally:
        connection.close()
    return [Finding(status == http.client.OK, f"the server answers {status}")]


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise AddressTaken(
            "server.address_taken",
            host=settings.host,
            port=settings.port,
            reason=os.strerror(error.errno) if error.errno else str(error),
        ) from error
    # not inheritable: a worker that outlives a killed server would keep the address taken
    return listening


async def _prepared(platform: Platform, settings: Settings, *, demo: bool) -> Sequence[Way]:
    """Ensure the demo, and return the ways in that only the operator may see."""
    if not demo:
        return ()
    known = await ensure_demo(platform.database, platform.accounts, platform.joining)
    moderator = await platform.accounts.find(MODERATOR_LOGIN)
    assert moderator is not None  # ensure_demo has just made sure
    asking = Questionnaires(platform.database, platform.key)
    await ensure_questionnaire(platform.database, moderator, asking, known.study_id)
    ways = [Way("Moderator (works once, 24 hours)", settings.origin + known.moderator)]
    for session in known.sessions:
        title = f"{session.title.in_(session.language)} ({session.language.value})"
        join = f"{settings.origin}/join#{session.code}"
        ways += [
            Way(f"{title}: experts, code {session.code}", join),
            Way(f"{title}: projector", settings.origin + session.projector),
        ]
        if session.seats:
            first = session.seats[0]
            label = f"{title}: seat of {first.name}; all {len(session.seats)} on its seat cards"
            ways.append(Way(label, settings.origin + first.path))
    return ways


def _certificate(settings: Settings) -> tuple[Path | None, Path | None]:
    if not settings.uses_https or settings.certificate is not None:
        return settings.certificate, settings.key
    now = datetime.datetime.now(datetime.UTC)
    return certs.ensure(settings.data / "certs", certificate_names(settings), now)


def _config(
    settings: Settings, state: AppState, certificate: Path | None, key: Path | None
) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings, state),
        ws=TransportProtocol,
        ws_max_size=MAX_SYNC_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
