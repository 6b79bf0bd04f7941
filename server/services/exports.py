"""Exports: a study or one session as a file, made in the background and fetched by permission.

Files lie in the data folder under the job's id, never where an address could reach them: who asked
fetches them as long as they run the study. A pseudonymised copy has its key in a file of its own,
which only an owner of the study fetches; the sound of a project that is too large to be inside is
one too.
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO

from anyio import to_thread

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import AccountId, SessionId, StudyId
from schemas.session import Language
from server.domain import dates
from server.domain.corpus import Corpus
from server.domain.formats import cells
from server.domain.formats.forms import FORMS, Form, Options
from server.domain.formats.refi_sound import Sounds, write_beside
from server.domain.pseudonyms import Pseudonym, key_sheet, pseudonymised
from server.services.gathering import gather
from server.services.jobs import Going, Jobs
from server.services.sounding import INSIDE, checked, sounds_of
from server.store import memberships, sessions, studies
from server.store.database import Database
from server.store.jobs import Job, JobId, JobState, MadeFile
from server.store.memberships import Share
from server.store.studies import Study

KIND = "export"
KEEP_DAYS = 7
EXPORT, KEY, SOUND = "export", "key", "sound"
_TYPES = {KEY: "text/csv; charset=utf-8", SOUND: "application/zip"}
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported. session_id: one session of the study, None for all of it.

    sound: what was recorded goes along.
    """

    form: Form
    language: Language
    pseudonyms: bool = False
    session_id: SessionId | None = None
    origin: str = ""
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Tracks:
    """Where the sound lies: the folder of all tracks, whose disk that is, and how much goes inside."""

    folder: Path
    node: str = ""
    inside: int = INSIDE


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file to be sent: where it lies, how it is called, what it is."""

    path: Path
    name: str
    media_type: str


class Exports:
    """Makes and hands out exports; `folder` is for the server alone."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        folder: Path,
        now: Callable[[], float] = time.time,
        *,
        tracks: Tracks,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._folder = folder
        self._now = now
        self._tracks = tracks

    async def ask(self, account_id: AccountId, study_id: StudyId, wish: Wish) -> JobId:
        """Have an export made.

        Raises NotFound (`study.unknown`, `session.unknown`), or Invalid as `require_fitting`.
        """
        require_fitting(wish)
        if wish.session_id is not None:
            async with self._database.read() as work:
                session = await sessions.get(work, wish.session_id)
            if session.study_id != study_id:
                raise NotFound("session.unknown", session=wish.session_id)
        params = {
            "form": wish.form.value,
            "language": wish.language.value,
            "pseudonyms": wish.pseudonyms,
            "origin": wish.origin,
            "sound": wish.sound,
        }
        return await self._jobs.ask(account_id, study_id, KIND, params, session_id=wish.session_id)

    async def again(self, account_id: AccountId, job_id: JobId) -> JobId:
        """Ask for the same once more. Raises NotFound `job.unknown`."""
        job = await self._jobs.own(account_id, job_id)
        return await self.ask(account_id, job.study_id, wish_of(job))

    async def fetch(self, account_id: AccountId, job_id: JobId, role: str) -> Fetched:
        """Return a file of an export that is there.

        Raises NotFound (`job.unknown`), Forbidden (`export.key`) where somebody else than an
        owner asks for a key, or Conflict (`export.gone`).
        """
        job = await self._jobs.own(account_id, job_id)
        if role == KEY:
            async with self._database.read() as work:
                share = await memberships.share_of(work, job.study_id, account_id)
            if share is not Share.OWNER:
                raise Forbidden("export.key")
        made = next((one for one in job.files if one.role == role), None)
        if job.kind != KIND or job.state is not JobState.DONE or made is None:
            raise Conflict("export.gone")
        media_type = _TYPES.get(role) or FORMS[wish_of(job).form].media_type
        return Fetched(self._folder / job.id / role, made.name, media_type)

    async def run(self, job: Job, going: Going) -> Sequence[MadeFile]:
        """Make an export; the runner of its kind of job.

        Raises Stopped, NotFound, OSError, or Unavailable `audio.elsewhere`.
        """
        wish = wish_of(job)
        corpus, key = await self.corpus(job.study_id, wish, going)
        folder = self._folder / job.id
        await to_thread.run_sync(partial(folder.mkdir, mode=0o700, parents=True, exist_ok=True))
        sounds = checked(await _sounds(self._database, corpus, wish, self._tracks), going.check)
        write = partial(_write, corpus, wish, sounds)
        made = [await self._file(folder, EXPORT, _name(corpus, wish), write)]
        if not sounds.is_inside:
            name = _name(corpus, wish, ending="sound.zip")
            made.append(await self._file(folder, SOUND, name, partial(write_beside, sounds)))
        if key:
            name = _name(corpus, wish, ending="key.csv")
            made.append(await self._file(folder, KEY, name, partial(_write_key, key)))
        going.report(going.total, going.total)
        return made

    async def corpus(
        self, study_id: StudyId, wish: Wish, going: Going
    ) -> tuple[Corpus, Sequence[Pseudonym]]:
        """Return what is to be written, and the key of a pseudonymised copy."""

        def report(done: int, total: int) -> None:
            going.report(done, total + 1)  # the last part is the writing

        corpus = await gather(
            self._database, study_id, now=self._now(), only=wish.session_id, report=report
        )
        if not wish.pseudonyms:
            return corpus, ()
        return await to_thread.run_sync(pseudonymised, corpus)

    async def forget(self, job_ids: Sequence[JobId]) -> None:
        """Remove what these jobs made."""
        for job_id in job_ids:
            await to_thread.run_sync(_remove, self._folder / job_id)

    async def study(self, account_id: AccountId, study_id: StudyId) -> tuple[Study, Share]:
        """Return a study and what the account may do in it. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            share = await memberships.share_of(work, study_id, account_id)
            if share is None:
                raise NotFound("study.unknown", study=study_id)
            return await studies.get(work, study_id), share

    async def _file(
        self, folder: Path, role: str, name: str, write: Callable[[BinaryIO], None]
    ) -> MadeFile:
        size, digest = await to_thread.run_sync(_written, folder / role, write)
        return MadeFile(role, name, size, digest)


def wish_of(job: Job) -> Wish:
    """Return what a job was asked to export. Raises Invalid `export.form` for no form of ours."""
    params: Mapping[str, object] = job.params
    if params.get("form") not in set(Form):
        raise Invalid("export.form")
    return Wish(
        Form(str(params["form"])),
        Language(str(params["language"])),
        params["pseudonyms"] is True,
        job.session_id,
        str(params["origin"]),
        params.get("sound") is True,
    )


def require_fitting(wish: Wish) -> None:
    """Raise Invalid: `export.voice` for voices under pseudonyms, `export.no_sound` for a form without."""
    if wish.sound and wish.pseudonyms:
        raise Invalid("export.voice")
    if wish.sound and not FORMS[wish.form].with_sound:
        raise Invalid("export.no_sound")


async def export_to(
    database: Database, study: str, wish: Wish, path: Path, tracks: Tracks
) -> Sequence[Path]:
    """Write an export where the command line wants it, a key or its sound beside it; return the files.

    It stands there last: who finds it has all of it.

    study: an id or a slug. Raises NotFound (`study.unknown`, `session.unknown`), OSError, or
    Invalid as `require_fitting`.
    """
    require_fitting(wish)
    async with database.read() as work:
        named = await studies.by_slug(work, study)
    study_id = StudyId(study) if named is None else named.id
    corpus = await gather(database, study_id, now=time.time(), only=wish.session_id)
    key: Sequence[Pseudonym] = ()
    if wish.pseudonyms:
        corpus, key = await to_thread.run_sync(pseudonymised, corpus)
    sounds = await _sounds(database, corpus, wish, tracks)
    made = []
    if not sounds.is_inside:
        made.append(path.with_name(f"{path.stem}.sound.zip"))
        await to_thread.run_sync(_written, made[-1], partial(write_beside, sounds))
    if key:
        made.append(path.with_name(f"{path.stem}.key.csv"))
        await to_thread.run_sync(_written, made[-1], partial(_write_key, key))
    await to_thread.run_sync(_written, path, partial(_write, corpus, wish, sounds))
    return [path, *made]


async def _sounds(database: Database, corpus: Corpus, wish: Wish, tracks: Tracks) -> Sounds:
    if not wish.sound:
        return Sounds()
    return await sounds_of(database, corpus, tracks.folder, tracks.node, inside=tracks.inside)


def _write(corpus: Corpus, wish: Wish, sounds: Sounds, out: BinaryIO) -> None:
    options = Options(wish.language, wish.origin or "urn:colloquy", sounds)
    FORMS[wish.form].write(corpus, options, out)


def _write_key(key: Sequence[Pseudonym], out: BinaryIO) -> None:
    out.write(cells.csv_bytes(key_sheet(key)))


def _written(path: Path, write: Callable[[BinaryIO], None]) -> tuple[int, str]:
    """Write a file whole or not at all; return its size and SHA-256."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as out:
            part.chmod(0o600)
            write(out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except BaseException:  # whatever stopped it, a cancelled export too: nothing half is left
        part.unlink(missing_ok=True)
        raise
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest


def _remove(folder: Path) -> None:
    try:
        rmtree(folder)
    except FileNotFoundError:
        return


def _name(corpus: Corpus, wish: Wish, ending: str = "") -> str:
    """The name a file is saved under: study, session, day, and how it was made."""
    session = corpus.sittings[0].session.title.in_(wish.language) if wish.session_id else ""
    day = dates.day(corpus.made_at)
    kind = "pseudonyms" if wish.pseudonyms else ""
    parts = [corpus.title.in_(wish.language)[:60], session[:60], kind, day]
    stem = " - ".join(_UNSAFE.sub(" ", part).strip() for part in parts if part)
    return f"{stem}.{ending or FORMS[wish.form].suffix}"
