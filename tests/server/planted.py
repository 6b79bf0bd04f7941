"""The demo study with planted gaps: what was missing after its walkthroughs, one thing for each unit.

The seven are those that Zhang et al. visited in focus groups "because of lack in detail or absence
of data"; one of them, the garrison, stands in no theme.
"""

from sqlalchemy import insert, select

from schemas.ids import StudyId, UnitId
from server.services.accounts import Accounts
from server.services.demo import ensure_demo
from server.services.joining import Joining
from server.store import studies, tables
from server.store.database import Database

SEVEN = {
    "safety-supervision-bureau": {"deferred"},
    "city-appearance-garden-committee": {"contested"},
    "garrison": {"deferred"},
    "market-supervision-committee": {"not_heard", "no_cause", "no_consequence", "no_example"},
    "planning-bureau": {"step_not_reached", "contested"},
    "heping": {"expert_absent", "no_example", "one_voice"},
    "jinnan": {"expert_absent", "one_voice", "no_cause"},
}
"""Unit to the reasons that were planted for it."""

_BEFORE = "session-before"


async def planted_demo(database: Database) -> tuple[StudyId, dict[str, UnitId]]:
    """Make the demo study, close a walkthrough in it that left things open; return units by slug."""
    accounts = Accounts(database)
    ways = await ensure_demo(database, accounts, Joining(database, b"k" * 32))
    async with database.write() as work:
        found = await work.connection.execute(
            select(tables.unit.c.slug, tables.unit.c.id).where(
                tables.unit.c.study_id == ways.study_id
            )
        )
        units = {row.slug: UnitId(row.id) for row in found}
        stage = (await studies.stages(work, ways.study_id))[3]
        sitting = {
            "id": _BEFORE,
            "study_id": ways.study_id,
            "stage_id": stage.id,
            "title_en": "Before",
        }
        sitting |= {"kind": "joint_development", "title_zh": "此前会议", "language": "en"}
        sitting |= {"state": "closed", "code_sha256": "", "code": "", "opened_at": 1.0}
        await work.connection.execute(
            insert(tables.session).values(sitting | {"closed_at": 2.0, "created_at": 1.0})
        )
    planting = _Planting(database, ways.study_id, stage.id, units)
    await planting.proposal("p1", "deferred", ["safety-supervision-bureau", "emergency-office"], asked="safety-supervision-bureau")  # fmt: skip
    await planting.proposal("p2", "kept_contested", ["city-appearance-garden-committee", "planning-bureau"])  # fmt: skip
    await planting.proposal("p3", "deferred", ["garrison", "emergency-office"], asked="garrison")
    await planting.step("planning-bureau")
    for unit in ("heping", "jinnan"):
        await planting.absent(unit)
    await planting.problem("licences", "Licences are checked twice", {"market-supervision-committee": False, "binhai": True}, said_by=None)  # fmt: skip
    await planting.problem("villages", "Villages are not reached", {"heping": True, "jinnan": True, "binhai": True}, said_by="binhai")  # fmt: skip
    return ways.study_id, units


class _Planting:
    def __init__(
        self, database: Database, study_id: StudyId, stage_id: str, units: dict[str, UnitId]
    ) -> None:
        self._database, self._study, self._stage, self._units = database, study_id, stage_id, units

    async def proposal(self, name: str, state: str, affected: list[str], asked: str = "") -> None:
        outcome = {"reason": "", "unit": self._units.get(asked), "question": ""}
        if asked:
            outcome["question"] = f"Who keeps the register of {name}?"
        row = {"id": name, "study_id": self._study, "session_id": _BEFORE, "kind": "problem"}
        row |= {"state": state, "draft_id": f"draft-{name}", "grounds": [], "outcome": outcome}
        row |= {"affected": [self._units[one] for one in affected], "created_by": "m"}
        wording = {"proposal_id": name, "number": 1, "text": f"Wording of {name}", "sha256": ""}
        wording |= {"authors": [], "room_seq": 1, "put_by": "m", "put_at": 1.5}
        async with self._database.write() as work:
            await work.connection.execute(insert(tables.proposal).values(row | {"created_at": 1.0}))
            await work.connection.execute(insert(tables.wording).values(wording))

    async def step(self, actor: str) -> None:
        row = {"id": "step-unreached", "session_id": _BEFORE, "order": 1, "title_zh": "核发许可"}
        row |= {"title_en": "Grant the permit", "actor_unit_id": self._units[actor]}
        async with self._database.write() as work:
            await work.connection.execute(insert(tables.step).values(row))

    async def absent(self, unit: str) -> None:
        row = {"id": f"absent-{unit}", "session_id": _BEFORE, "unit_id": self._units[unit]}
        row |= {"name": f"Expert of {unit}", "role": "expert", "language": "en", "created_at": 1.0}
        async with self._database.write() as work:
            await work.connection.execute(insert(tables.person).values(row))

    async def problem(
        self, name: str, label: str, units: dict[str, bool], *, said_by: str | None
    ) -> None:
        row = {"id": name, "study_id": self._study, "slug": name, "kind": "problem", "order": 900}
        row |= {"label_en": label, "label_zh": "", "definition_en": "", "definition_zh": ""}
        row |= {"scope": "unknown", "state": "active", "version": 1, "stage_id": self._stage}
        async with self._database.write() as work:
            await work.connection.execute(insert(tables.entry).values(row | {"created_at": 1.0}))
            for unit, heard in units.items():
                concerned = {"entry_id": name, "unit_id": self._units[unit], "heard": heard}
                await work.connection.execute(insert(tables.entry_unit).values(concerned))
            if said_by is None:
                return
            line = {"id": f"line-{name}", "session_id": _BEFORE, "unit_id": self._units[said_by]}
            line |= {"at": 1.0, "speaker": "Somebody", "presumed": False, "source": "spoken"}
            line |= {"language": "en", "text": "People there hear of nothing.", "created_at": 1.0}
            await work.connection.execute(insert(tables.line).values(line))
            backing = {"id": f"evidence-{name}", "entry_id": name, "session_id": _BEFORE}
            backing |= {"line_id": line["id"], "quote": "hear of nothing", "created_at": 1.0}
            await work.connection.execute(insert(tables.evidence).values(backing))
