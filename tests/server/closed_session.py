"""A closed session with something of everything that minutes tell; what tests of documents read."""

from sqlalchemy import insert, update

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, EntryId, LineId, PersonId, ProposalId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Evidence, Scope
from server.store import annotations, entries, tables
from server.store.database import Database
from server.store.entries import Link, LinkKind
from tests.server.method import PLANNING, SESSION, STAGE, STUDY, TRAFFIC, WATER, spoken_line

DATA, SHARING = EntryId("category-data"), EntryId("problem-sharing")
CAUSE, EFFECT = EntryId("cause-standards"), EntryId("effect-delay")


async def closed_session(database: Database) -> None:
    """Fill a small study's session and close it at 1600: one proposal for each outcome."""
    await _taxonomy(database)
    for name in ("line-1", "line-2"):
        await spoken_line(database, name)
        anchor = Anchor(LineId(name), 0, 0, None, "")
        note = Annotation(
            AnnotationId(f"note-{name}"),
            PersonId("wang"),
            Voice("wang", PersonId("wang"), WATER),
            Kind.PROBLEM,
            (anchor,),
            "Nobody shares <data>",
            1100.0,
            False,
            False,
        )
        async with database.write() as work:
            await annotations.add(work, SESSION, [note])
    await _proposals(database)
    async with database.write() as work:
        person = tables.person.c
        came = update(tables.person).where(person.id.in_(["mo", "wang", "li"]))
        await work.connection.execute(came.values(notice_at=1001.0))
        step = {"id": "step-1", "session_id": SESSION, "order": 1, "title_en": "Measure"}
        step |= {"title_zh": "监测", "actor_unit_id": WATER}
        await work.connection.execute(insert(tables.step).values(step))
        await work.connection.execute(
            update(tables.line).where(tables.line.c.id == "line-1").values(step_id="step-1")
        )
        await work.connection.execute(update(tables.session).values(state="closed", closed_at=1600))


async def _taxonomy(database: Database) -> None:
    async with database.write() as work:
        for order, (one, kind, parent, en, zh) in enumerate(
            [
                (DATA, EntryKind.CATEGORY, None, "Data", "数据"),
                (SHARING, EntryKind.PROBLEM, DATA, "Data is not shared", "数据不共享"),
                (CAUSE, EntryKind.CAUSE, SHARING, "No standard", "没有标准"),
                (EFFECT, EntryKind.CONSEQUENCE, DATA, "Roads close late", "封路迟缓"),
            ]
        ):
            entry = Entry(
                one, STUDY, kind, parent, Bilingual(en, zh), Bilingual(), Scope.LOCAL,
                EntryState.ACTIVE, 1, order,
            )  # fmt: skip
            await entries.add(work, entry, slug=one, stage_id=STAGE)
        await entries.add_links(work, [Link(SHARING, EFFECT, LinkKind.LEADS_TO)])
        await entries.set_units(work, SHARING, {TRAFFIC: True, WATER: True, PLANNING: False})


async def _proposals(database: Database) -> None:
    states = ("promoted", "kept_contested", "deferred", "open", "dropped")
    async with database.write() as work:
        for number, state in enumerate(states, 1):
            proposal = {"id": f"proposal-{number}", "study_id": STUDY, "session_id": SESSION}
            proposal |= {"kind": "problem", "state": state, "draft_id": f"draft-{number}"}
            proposal |= {"grounds": ["note-line-2", "note-line-1"], "created_by": "mo"}
            proposal |= {"affected": [TRAFFIC, WATER, PLANNING], "created_at": 1100.0 + number}
            proposal["entry_id"] = SHARING if state == "promoted" else None
            proposal["outcome"] = {
                "reason": "Too early" if state == "dropped" else "",
                "unit": TRAFFIC if state == "deferred" else None,
                "question": "Which roads?" if state == "deferred" else "",
            }
            await work.connection.execute(insert(tables.proposal).values(proposal))
            for version in (1, 2):
                wording = {"proposal_id": proposal["id"], "number": version, "sha256": ""}
                wording |= {"text": f"Wording {version} of {state}", "authors": [], "room_seq": 1}
                wording |= {"put_by": "mo", "put_at": 1110.0}
                await work.connection.execute(insert(tables.wording).values(wording))
            await _position(work, ProposalId(f"proposal-{number}"), TRAFFIC, "agree")
            stance = "object" if state == "kept_contested" else "live_with"
            await _position(work, ProposalId(f"proposal-{number}"), WATER, stance)
        evidence = Evidence(
            "evidence-1", SHARING, SESSION, LineId("line-1"), AnnotationId("note-line-1"),
            None, 22.2, 26.4, "data is not shared",
        )  # type: ignore[arg-type]  # fmt: skip
        await entries.add_evidence(work, [evidence])


async def _position(work, proposal: ProposalId, unit: str, stance: str) -> None:  # type: ignore[no-untyped-def]
    person = "li" if unit == TRAFFIC else "wang"
    position = {"proposal_id": proposal, "number": 2, "unit_id": unit, "person_id": person}
    position |= {"stance": stance, "reason": "It is shared" if stance == "object" else ""}
    position |= {"recorded_by": person, "at": 1120.0}
    await work.connection.execute(insert(tables.position).values(position))
