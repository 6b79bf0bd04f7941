"""The people of a study: brought in from a sheet as a whole, listed, invited to its sessions."""

import re
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import Conflict, Invalid
from schemas.ids import PersonId, SessionId, StudyId, UnitId, new_id
from schemas.session import Language, Person, Role, SessionState, Unit
from server.domain.sheets import Sheet
from server.services.accounts import MAX_NAME
from server.services.agendas import require_runs, sitting_of
from server.services.inviting import MAX_INVITED
from server.services.preparing import MAX_TITLE, require_owner
from server.store import colleagues, events, memberships, people, sessions, studies
from server.store.accounts import Account
from server.store.colleagues import Colleague
from server.store.database import Database, Work
from server.store.memberships import Share
from server.store.sessions import Sitting
from server.store.studies import Study

MAX_PEOPLE = 2_000
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "姓名", "名字"),
    "unit": ("unit", "单位", "单位名称", "所在单位", "工作单位"),
    "department": ("department", "部门", "处室", "科室"),
    "expertise": ("expertise", "专长", "专业", "专业领域"),
    "role": ("role", "角色", "身份", "参会身份"),
    "language": ("language", "语言", "语种"),
}
_WRITTEN: Mapping[Role, tuple[str, ...]] = {
    Role.EXPERT: (
        "", "expert", "participant", "专家", "参会专家", "代表", "单位代表", "参会人", "参会人员",
        "参会代表",
    ),
    Role.STENOGRAPHER: (
        "stenographer", "速录员", "速录", "速录师", "速记员", "速记", "速记师", "记录员", "记录",
        "书记员",
    ),
    Role.ANALYST: ("analyst", "分析员", "分析师", "分析人员", "研究员", "研究人员", "编码员"),
    Role.MODERATOR: ("moderator", "chair", "主持人", "主持", "会议主持人", "主持人员", "召集人"),
}  # fmt: skip
_ROLES = {written: role for role, ways in _WRITTEN.items() for written in ways}
_LANGUAGES: Mapping[str, Language | None] = {
    "": None,
    **dict.fromkeys(("en", "english", "英文", "英语"), Language.EN),
    **dict.fromkeys(("zh", "chinese", "中文", "汉语", "普通话", "简体中文"), Language.ZH),
}


@dataclass(frozen=True, slots=True)
class ImportedColleague:
    """One row as it was sent. person: as it would be stored, None for a bad row with `problem`."""

    number: int
    cells: tuple[str, ...]
    person: Colleague | None
    problem: str


@dataclass(frozen=True, slots=True)
class Roll:
    """The people of a study, and the sessions that they can be invited to."""

    study: Study
    units: Sequence[Unit]
    people: Sequence[Colleague]
    sessions: Sequence[Sitting]
    is_owner: bool


class Colleagues:
    """Keeps the people of studies."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def roll(self, account: Account, study_id: StudyId) -> Roll:
        """Return the list to somebody who runs the study. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            await require_runs(work, account, study_id)
            return Roll(
                await studies.get(work, study_id),
                await studies.units(work, study_id),
                await colleagues.of_study(work, study_id),
                [
                    one
                    for one in await sessions.of_study(work, study_id)
                    if one.session.state is not SessionState.CLOSED
                ],
                await memberships.share_of(work, study_id, account.id) is Share.OWNER,
            )

    async def check(
        self, account: Account, study_id: StudyId, sheet: Sheet
    ) -> Sequence[ImportedColleague]:
        """Return every row with what is wrong with it.

        Raises NotFound, Forbidden, or Invalid `people.columns`, `import.empty`, `people.rows`.
        """
        async with self._database.read() as work:
            await require_owner(work, study_id, account)
            return await _read(work, study_id, sheet)

    async def store(self, account: Account, study_id: StudyId, sheet: Sheet) -> int:
        """Store all rows and return how many.

        Raises as `check`, and Conflict (`import.bad_rows`) if one row is wrong: then nothing was
        stored.
        """
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            now = self._now()
            # the event comes first: it locks the study, so that two sheets cannot store one person
            body = {"count": sum(any(cell.strip() for cell in row) for row in sheet[1:])}
            await events.record(work, study_id, "people.imported", study_id, body=body, at=now)
            found = await _read(work, study_id, sheet)
            good = [row.person for row in found if row.person is not None]
            if len(good) < len(found):
                bad = ", ".join(str(row.number) for row in found if row.person is None)
                raise Conflict("import.bad_rows", rows=bad)
            await colleagues.add(work, study_id, good, at=now)
        return len(good)

    async def remove(self, account: Account, study_id: StudyId, ids: Sequence[str]) -> int:
        """Take people off the list; who was invited stays invited. Raises NotFound, Forbidden."""
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            gone = await colleagues.remove(work, study_id, _some(ids))
            body = {"count": gone}
            await events.record(
                work, study_id, "people.removed", study_id, body=body, at=self._now()
            )
        return gone

    async def invite(
        self, account: Account, study_id: StudyId, session_id: SessionId, ids: Sequence[str]
    ) -> int:
        """Invite people of the list to a session of the study; return how many are new there.

        Raises NotFound (`study.unknown`, `session.unknown`), Conflict (`session.closed`) or
        Invalid (`people.choose`, `guest.rows`).
        """
        async with self._database.write() as work:
            await require_runs(work, account, study_id)
            sitting = await sitting_of(work, account, session_id)
            session = await sessions.locked(work, session_id)
            if session.state is SessionState.CLOSED or session.study_id != study_id:
                raise Conflict("session.closed")
            chosen = set(_some(ids))
            there = await people.invited(work, session_id)
            seats = {(_folded(one.name), one.unit_id) for one in there}
            fresh = [
                one
                for one in await colleagues.of_study(work, study_id)
                if one.id in chosen and (_folded(one.name), one.unit_id) not in seats
            ]
            if len(there) + len(fresh) > MAX_INVITED:
                raise Invalid("guest.rows", most=MAX_INVITED)
            for one in fresh:
                language = one.language or sitting.session.language
                person = Person(
                    PersonId(new_id()), session_id, one.name, one.role, one.unit_id, language
                )
                await people.add(work, person, notice_at=None, at=self._now())
        return len(fresh)


async def _read(work: Work, study_id: StudyId, sheet: Sheet) -> Sequence[ImportedColleague]:
    if not sheet:
        raise Invalid("import.empty")
    named = {_folded(cell): place for place, cell in enumerate(sheet[0])}
    places = {
        field: next((named[name] for name in names if name in named), -1)
        for field, names in _COLUMNS.items()
    }
    if places["name"] < 0 or places["unit"] < 0:
        raise Invalid("people.columns")
    if len(sheet) - 1 > MAX_PEOPLE:
        raise Invalid("people.rows", most=MAX_PEOPLE)
    units = _by_name(await studies.units(work, study_id))
    taken = {
        (_folded(one.name), one.unit_id): "people.known"
        for one in await colleagues.of_study(work, study_id)
    }
    found = []
    for number, row in enumerate(sheet[1:], 2):
        if any(cell.strip() for cell in row):
            cells = {
                field: _tidied(row[place]) if 0 <= place < len(row) else ""
                for field, place in places.items()
            }
            found.append(_row(number, cells, units, taken))
    if not found:
        raise Invalid("import.empty")
    return found


def _row(
    number: int,
    cells: Mapping[str, str],
    units: Mapping[str, UnitId | None],
    taken: dict[tuple[str, UnitId | None], str],
) -> ImportedColleague:
    """Read one row; a good one takes its name and unit, so that a later one cannot."""
    role, language = _folded(cells["role"]), _folded(cells["language"])
    unit_id = units.get(_folded(cells["unit"]))
    seat = _folded(cells["name"]), unit_id
    if not cells["name"]:
        problem = "people.no_name"
    elif len(cells["name"]) > MAX_NAME or max(map(len, cells.values())) > MAX_TITLE:
        problem = "people.too_long"
    elif role not in _ROLES:
        problem = "people.role"
    elif language not in _LANGUAGES:
        problem = "people.language"
    elif unit_id is None and (cells["unit"] or _ROLES[role] is Role.EXPERT):
        problem = "people.unit" if cells["unit"] else "people.no_unit"
    else:
        problem = taken.get(seat, "")
    person = None
    if not problem:
        taken[seat] = "people.twice"
        texts = cells["department"], cells["expertise"]
        person = Colleague(
            new_id(), cells["name"], unit_id, *texts, _ROLES[role], _LANGUAGES[language]
        )
    return ImportedColleague(number, tuple(cells.values()), person, problem)


def _by_name(units: Sequence[Unit]) -> dict[str, UnitId | None]:
    """Units by every name they have; None where two units share one."""
    found: dict[str, UnitId | None] = {}
    for unit in units:
        for name in {_folded(one) for one in (unit.name.en, unit.name.zh, *unit.aliases) if one}:
            found[name] = None if name in found else unit.id
    return found


def _some(ids: Sequence[str]) -> Sequence[str]:
    if not ids:
        raise Invalid("people.choose")
    return ids[:MAX_PEOPLE]


def _tidied(text: str) -> str:
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", text).strip())


def _folded(text: str) -> str:
    return _tidied(text).casefold()
