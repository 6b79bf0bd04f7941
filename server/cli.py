"""The command line: `colloquy serve | worker | migrate | user | study | certs | models | reindex | export | import | doctor`. No logic of its own."""

import datetime
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import anyio
import typer

from schemas.errors import ColloquyError
from schemas.ids import SessionId
from schemas.session import Language
from server import certs, logs, serving, working
from server.app import opened
from server.config import Settings, UnusableSettings, read_settings
from server.domain.formats.forms import Form
from server.domain.formats.refi_offsets import DIALECTS, Scored
from server.domain.project_plan import Plan
from server.services import doctor as doctoring
from server.services import indexing
from server.services.boxing import Boxing
from server.services.exports import Tracks, Wish, export_to
from server.services.peers import Peers
from server.services.projects import import_from, looked_at
from server.services.sockets import Sockets
from server.store import migrate as migrations
from server.store.database import Database
from server.store.leases import node_name
from transcription import library
from web.i18n import told_of, translator

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
user = typer.Typer(no_args_is_help=True, help="Accounts.")
models = typer.Typer(no_args_is_help=True, help="Whisper models.")
peers = typer.Typer(no_args_is_help=True, help="Foreign Yjs programs in a session.")
app.add_typer(user, name="user")
study = typer.Typer(no_args_is_help=True, help="Whole studies, from server to server.")
app.add_typer(study, name="study")
app.add_typer(peers, name="peers")
app.add_typer(models, name="models")


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def serve(
    demo: Annotated[bool, typer.Option(help="Prepare the demo study first.")] = False,
) -> None:
    """Start the server and print the ways in."""
    settings = _settings()
    _run(lambda: serving.serve(settings, demo=demo))


@app.command()
def worker() -> None:
    """Transcribe for servers that share COLLOQUY_REDIS, on this machine, until stopped."""
    settings = _settings()
    _run(lambda: working.work(settings))


@app.command()
def migrate() -> None:
    """Bring the database to the schema that this version needs."""
    settings = _settings()

    async def run() -> None:
        settings.data.mkdir(parents=True, exist_ok=True)
        database = Database(settings.url)
        try:
            await migrations.upgrade(database)
            print(f"The database is at {await migrations.current(database)}.")
        finally:
            await database.close()

    _run(run)


@user.command("add")
def user_add(
    login: str,
    name: Annotated[str, typer.Option(help="Name as the room sees it.")],
    language: Annotated[Language, typer.Option()] = Language.EN,
    link: Annotated[bool, typer.Option(help="No password: print a one-time link.")] = False,
) -> None:
    """Create an account that may run studies; the password is asked for, never an argument."""
    settings = _settings()
    password = None if link else typer.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def run() -> None:
        async with opened(settings) as platform:
            account = await platform.accounts.create(login, name, password, language)
            print(f"Account {account.login} created.")
            if link:
                print(settings.origin + await platform.accounts.one_time_link(account.id))

    _run(run)


@user.command("link")
def user_link(login: str) -> None:
    """Print a link that lets an account in once, within 24 hours."""
    settings = _settings()

    async def run() -> None:
        async with opened(settings) as platform:
            account = await platform.accounts.find(login)
            if account is None:
                _refuse(f"There is no account {login}.")
            print(settings.origin + await platform.accounts.one_time_link(account.id))

    _run(run)


@peers.command("issue")
def peers_issue(session: str, name: str) -> None:
    """Print a token that lets a program called NAME into a session, until it is revoked."""

    async def run(known: Peers) -> None:
        token, given = await known.issue(SessionId(session), name, by=None)
        print(f"{given.id}  {given.name}\n{token}")

    _with_peers(run)


@peers.command("list")
def peers_list(session: str) -> None:
    """List the tokens of a session."""

    async def run(known: Peers) -> None:
        for one in await known.listed(SessionId(session), by=None):
            print(f"{one.id}  {'valid  ' if one.revoked_at is None else 'revoked'}  {one.name}")

    _with_peers(run)


@peers.command("revoke")
def peers_revoke(session: str, token: str) -> None:
    """End a token, by its id in the list; its sockets are closed within seconds."""

    async def run(known: Peers) -> None:
        await known.revoke(SessionId(session), token, by=None)
        print("Revoked.")

    _with_peers(run)


@study.command("export")
def study_export(
    slug: str,
    file: Annotated[Path, typer.Argument(help="Where to write the archive; it must not exist.")],
) -> None:
    """Write everything of a study into one archive: rows, documents, sound; nothing that is sealed."""
    settings = _settings()

    async def run() -> None:
        async with opened(settings) as platform:
            digest = await Boxing(platform.database, settings.data / "tracks").export(slug, file)
            print(f"{digest}  {file}")

    _run(run)


@study.command("import")
def study_import(
    file: Path,
    owner: Annotated[str, typer.Option(help="Login of the account that is to own the study.")],
) -> None:
    """Bring in a study that another server exported: all of it or nothing."""
    settings = _settings()

    async def run() -> None:
        async with opened(settings) as platform:
            boxing = Boxing(platform.database, settings.data / "tracks")
            study_id = await boxing.unpack(file, owner)
            print(f"{settings.origin}/studies/{study_id}")

    _run(run)


@app.command("certs")
def make_certs(
    names: Annotated[list[str] | None, typer.Argument(help="Further names or addresses.")] = None,
) -> None:
    """Make the certificate for this machine's names and addresses, in the data folder."""
    settings = _settings()
    now = datetime.datetime.now(datetime.UTC)
    certificate, key = certs.ensure(
        settings.data / "certs", [*serving.certificate_names(settings), *(names or ())], now
    )
    print(f"certificate {certificate}\nkey         {key}")
    print(f"authority   {certificate.with_name('ca.crt')}  (people install this one)")
    print(f"SHA-256     {certs.fingerprint(certificate)}")


@models.command("list")
def models_list() -> None:
    """List the models on this machine: the demo's and those that were fetched."""
    for one in library.shelved(_settings().shelf):
        size = f"{one.bytes / 1_000_000:,.0f} MB"
        state = "" if not one.problem else f"  {one.problem}"
        print(f"{one.name:24} {size:>10}  {one.path}{state}")


@models.command("check")
def models_check(name: str) -> None:
    """Load a model (a name or a path) as a session would, and say what is wrong with it."""
    settings = _settings()

    async def run() -> None:
        found = await library.checked(library.found(name, settings.shelf), settings.loading)
        heard = ", ".join(one.value for one in found.languages)
        print(f"{found.name}: it is whole and can be loaded; it hears {heard}.")

    _run(run)


@models.command("fetch")
def models_fetch(
    name: str,
    source: Annotated[
        str, typer.Option("--from", help="A folder (a stick), or a mirror's address; else the hub.")
    ] = "",
) -> None:
    """Bring a model onto this machine, whole or not at all, and check it."""
    settings = _settings()

    async def run() -> None:
        await library.fetched(name, source, settings.shelf, _print_file)
        short = name.rpartition("/")[2]
        if sys.stdout.isatty():
            print("\r\033[K", end="")
        print(f"{short} is ready. Use it with COLLOQUY_MODEL={short}")

    _run(run)


@models.command("convert")
def models_convert(
    source: Path,
    name: str,
    quantization: Annotated[str, typer.Option(help="int8, float16 or float32.")] = "int8",
) -> None:
    """Make a model of an openai-whisper checkpoint (.pt) or a Hugging Face folder."""
    from transcription.converting import convert  # only here: the server never loads CTranslate2

    settings = _settings()

    async def run() -> None:
        target = await anyio.to_thread.run_sync(
            library.place, settings.shelf, name, partial(convert, source, quantization=quantization)
        )
        await library.checked(target)
        print(f"{name} is ready. Use it with COLLOQUY_MODEL={name}")

    _run(run)


@app.command()
def reindex() -> None:
    """Build the archive's index anew; the server may go on running."""
    settings = _settings()

    async def run() -> None:
        async with opened(settings) as platform:
            await indexing.rebuild(platform.database, _print_progress)

    _run(run)


@app.command("export")
def export_study(
    study: Annotated[str, typer.Argument(help="Id of the study, or its name in addresses.")],
    to: Annotated[Path, typer.Option(help="File to write; a key is written beside it.")],
    form: Annotated[Form, typer.Option(help="Form of the export.")] = Form.JSONL,
    session: Annotated[str, typer.Option(help="Id of one session; all without it.")] = "",
    pseudonyms: Annotated[bool, typer.Option(help="Labels instead of names.")] = False,
    language: Annotated[Language, typer.Option(help="Of labels.")] = Language.EN,
    sound: Annotated[bool, typer.Option(help="What was recorded too (qdpx).")] = False,
) -> None:
    """Write a study, or one of its sessions, to a file; the server may go on running."""
    settings = _settings()
    session_id = SessionId(session) if session else None
    wish = Wish(form, language, pseudonyms, session_id, settings.origin, sound)

    async def run() -> None:
        async with opened(settings) as platform:
            tracks = Tracks(settings.data / "tracks", node_name(settings.data))
            for path in await export_to(platform.database, study, wish, to, tracks):
                print(path)

    _run(run)


@app.command("import")
def import_project(
    study: Annotated[str, typer.Argument(help="Id of the study, or its name in addresses.")],
    file: Annotated[Path, typer.Argument(help="A REFI-QDA project (.qdpx).")],
    login: Annotated[str, typer.Option("--as", help="Login of an account that runs the study.")],
    way: Annotated[
        int, typer.Option(help="How positions are counted, by its number; else the likeliest way.")
    ] = -1,
    check: Annotated[bool, typer.Option(help="Only say what would be brought in.")] = False,
) -> None:
    """Bring a project of another program into a study, whole or not at all."""
    settings = _settings()
    dialect = DIALECTS[way] if 0 <= way < len(DIALECTS) else None

    async def run() -> None:
        async with opened(settings) as platform:
            account = await platform.accounts.find(login)
            if account is None:
                _refuse(f"There is no account {login}.")
            ways, plan = await looked_at(file, dialect)
            _print_plan(ways, plan)
            if not check:
                counts = await import_from(platform.database, account, study, file, dialect=dialect)
                print(", ".join(f"{count} {name}" for name, count in counts.items() if count))

    _run(run)


@app.command()
def doctor(
    alive: Annotated[
        bool, typer.Option(help="Only ask the running server whether it lives.")
    ] = False,
) -> None:
    """Look for what would keep the server from working, and say what to do."""
    settings = _settings()
    findings = serving.alive(settings) if alive else anyio.run(doctoring.examine, settings)
    for finding in findings:
        print(f"{'ok  ' if finding.is_good else 'BAD '} {finding.what}")
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


def _with_peers(run: Callable[[Peers], Awaitable[None]]) -> None:
    settings = _settings()

    async def opened_run() -> None:
        async with opened(settings) as platform:
            await run(Peers(platform.database, Sockets()))

    _run(opened_run)


def _print_plan(ways: Sequence[Scored], plan: Plan) -> None:
    print("Ways of counting positions, the likeliest first:")
    for way in ways[:5]:
        one = way.dialect
        flags = [name for name in ("double_ends", "has_mark", "is_inclusive") if getattr(one, name)]
        named = f"{way.quoted} of {way.selections} named, {way.edges} of {2 * way.selections} ends"
        print(f"  --way {DIALECTS.index(one):2}  {' '.join([one.unit.value, *flags])}  ({named})")
    for text in plan.texts:
        said = f"{len(text.pieces)} passages, {len(text.marks)} codings, {text.lost} lost"
        print(f"  {text.becomes.value:8}  {text.title}: {said}")
    for name, count in sorted(plan.left.items()):
        print(f"  left behind: {count} {translator(Language.EN).text(f'project_left.{name}')}")


def _print_file(name: str, size: int) -> None:
    """How far a file is: over and over on a terminal, else nothing but what is said at the end."""
    if sys.stdout.isatty():
        print(f"\r\033[K{name} {size / 1_000_000:,.0f} MB", end="", flush=True)


def _print_progress(progress: indexing.Progress) -> None:
    print(f"{progress.part} {progress.done}/{progress.total}", flush=True)


def _settings() -> Settings:
    logs.configure()
    try:
        return read_settings()
    except UnusableSettings as error:
        _refuse(*error.problems)


def _run(command: Callable[[], Awaitable[None]]) -> None:
    """Run a command; what is refused on purpose becomes one clear line and exit code 1."""
    try:
        anyio.run(command, backend_options={"use_uvloop": sys.platform != "win32"})
    except ColloquyError as error:
        _refuse(_told(error))
    except OSError as error:
        _refuse(f"{error.filename or 'The system'}: {error.strerror}.")


def _refuse(*lines: str) -> NoReturn:
    """Say what is wrong, one line each, and end with exit code 1."""
    for line in lines:
        print(line, file=sys.stderr)
    raise typer.Exit(1)


def _told(error: ColloquyError) -> str:
    return told_of(error.code, error.fields, Language.EN)
