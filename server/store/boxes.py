"""All rows of one study, read from every table that belongs to it, and written into another server.

Every table is named here: as part of a study, with the column that leads to what it hangs on, or as
left out, with the reason. A test holds this list against the schema, so that a new table cannot be
forgotten. Serial numbers are left to the other server, which keeps their order; accounts stay here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import IntegrityError

from schemas.errors import Conflict, Invalid
from schemas.ids import AccountId, SessionId, StudyId
from server.store import memberships, search, searchables, tables
from server.store.database import Work, rows
from server.store.memberships import Share

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]

HANGS_ON: Mapping[str, tuple[str, str]] = {
    # table: its column, the table whose ids it holds; in an order in which rows can be inserted
    "study": ("id", "study"),
    "stage": ("study_id", "study"),
    "theme": ("study_id", "study"),
    "department": ("theme_id", "theme"),
    "unit": ("study_id", "study"),
    "unit_alias": ("unit_id", "unit"),
    "unit_succession": ("unit_id", "unit"),
    "colleague": ("study_id", "study"),
    "source": ("study_id", "study"),
    "entry": ("study_id", "study"),
    "entry_unit": ("entry_id", "entry"),
    "entry_link": ("from_id", "entry"),
    "entry_version": ("study_id", "study"),
    "study_before": ("study_id", "study"),
    "inherited": ("entry_id", "entry"),
    "inherited_mark": ("entry_id", "entry"),
    "taxonomy_version": ("study_id", "study"),
    "term": ("study_id", "study"),
    "agenda_template": ("study_id", "study"),
    "session": ("study_id", "study"),
    "step": ("session_id", "session"),
    "discretion": ("session_id", "session"),
    "speech": ("session_id", "session"),
    "conduct": ("session_id", "session"),
    "off_record": ("session_id", "session"),
    "person": ("session_id", "session"),
    "track": ("session_id", "session"),
    "utterance": ("track_id", "track"),
    "line": ("session_id", "session"),
    "line_version": ("line_id", "line"),
    "difference": ("session_id", "session"),
    "rehearing": ("session_id", "session"),
    "redaction": ("session_id", "session"),
    "annotation": ("session_id", "session"),
    "proposal": ("session_id", "session"),
    "wording": ("proposal_id", "proposal"),
    "position": ("proposal_id", "proposal"),
    "unit_speaker": ("session_id", "session"),
    "mark": ("study_id", "study"),
    "challenge": ("study_id", "study"),
    "evidence": ("entry_id", "entry"),
    "evidence_coder": ("evidence_id", "evidence"),
    "solution_assessment": ("study_id", "study"),
    "priority_round": ("study_id", "study"),
    "priority_sheet": ("round_id", "priority_round"),
    "requirement": ("study_id", "study"),
    "requirement_version": ("requirement_id", "requirement"),
    "questionnaire": ("study_id", "study"),
    "question": ("questionnaire_id", "questionnaire"),
    "response": ("questionnaire_id", "questionnaire"),
    "answer": ("response_id", "response"),
    "passage": ("study_id", "study"),
    "passage_note": ("passage_id", "passage"),
    "inherited_evidence": ("entry_id", "entry"),
    "return_round": ("session_id", "session"),
    "unit_return": ("session_id", "session"),
    "return_item": ("session_id", "session"),
    "review_round": ("study_id", "study"),
    "review_unit": ("round_id", "review_round"),
    "review_coder": ("round_id", "review_round"),
    "review_coding": ("coder_id", "review_coder"),
    "review_resolution": ("round_id", "review_round"),
    "review_remark": ("round_id", "review_round"),
    "study_event": ("study_id", "study"),
    "mirror": ("session_id", "session"),
    "doc_update": ("doc", "session"),
    "doc_client": ("doc", "session"),
    "doc_snapshot": ("doc", "session"),
    "doc_generation": ("doc", "session"),
}

LEFT_OUT: Mapping[str, str] = {
    "private_objection": "sealed: opened by nobody but its author and this study's confidant",
    "confidant": "an account of this server",
    "account": "of this server",
    "membership": "of this server; the importing account owns the study there",
    "login": "of this server",
    "login_person": "of this server",
    "entrance": "links of this server",
    "peer_token": "links of this server",
    "response_login": "browsers that came to this server",
    "review_login": "browsers that came to this server",
    "saved_search": "an account's own",
    "draft": "unsent: its author's alone",
    "command": "answers to browsers of this server",
    "upload": "under way on this server",
    "refusal": "counts of this server",
    "job": "work of this server",
    "project_import": "files of this server; what they brought is in the box",
    "session_lease": "of this server's nodes",
    "track_home": "of this server's nodes",
    "bulletin": "of this server's nodes",
    "search_item": "made anew",
    "search_state": "made anew",
    "search_changed": "made anew",
    "search_due": "made anew",
}

POINTS_TO: Mapping[tuple[str, str], str] = {
    ("proposal", "entry_id"): "entry",
    ("proposal", "split_from"): "proposal",
    ("proposal", "carried_from"): "proposal",
    ("entry", "merged_into"): "entry",
    ("solution_assessment", "annotation_id"): "annotation",
    ("session", "step_id"): "step",
    ("session", "on_table"): "proposal",
}
"""Columns that commands follow although no constraint holds them."""

_CHUNK = 400


def columns(name: str) -> Sequence[str]:
    """Return what a box holds of a table's rows."""
    table = tables.metadata.tables[name]
    return [
        one.name for one in table.columns if one.name != "account_id" and not _is_serial(table, one)
    ]


async def read(work: Work, study_id: StudyId) -> Rows:
    """Return all rows of a study, each table in a fixed order; the caller has frozen its view."""
    found: dict[str, list[Row]] = {}
    for name, (column, parent) in HANGS_ON.items():
        ids = [study_id] if name == "study" else [row["id"] for row in found[parent]]
        found[name] = await _rows(work, tables.metadata.tables[name], column, ids)
    return found


async def write(work: Work, box: Rows, owner: AccountId) -> StudyId:
    """Insert the rows of a study that this server does not have; `owner` runs it from now on.

    Raises Conflict `box.exists`, or Invalid `box.foreign` where a row belongs to something that is
    not in the box.
    """
    _require_own(box)
    (study,) = box["study"]
    try:
        for name in HANGS_ON:
            table = tables.metadata.tables[name]
            accounts = {"account_id": owner} if _needs_account(table) else {}
            for row in _parents_first(name, box[name]):
                await work.connection.execute(insert(table).values(**row, **accounts))
    except IntegrityError as error:
        raise Conflict("box.exists") from error
    study_id = StudyId(study["id"])
    await memberships.add(work, study_id, owner, Share.OWNER)
    await search.add(work, await searchables.of_study(work, study_id))
    for row in box["session"]:
        await search.add(work, await searchables.of_session(work, SessionId(row["id"])))
    return study_id


async def _rows(work: Work, table: Table, column: str, ids: Sequence[str]) -> list[Row]:
    """Rows in the order of their serial where they have one, else of their key."""
    kept = columns(table.name)
    serial = [one for one in table.primary_key if _is_serial(table, one)]
    found: list[tuple[tuple[Any, ...], Row]] = []
    for start in range(0, len(ids), _CHUNK):
        asked = select(table).where(table.c[column].in_(ids[start : start + _CHUNK]))
        for row in rows(await work.connection.execute(asked)):
            values = row._mapping
            key = tuple(values[one.name] for one in (serial or table.primary_key))
            found.append((key, {name: values[name] for name in kept}))
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def _require_own(box: Rows) -> None:
    """A row may hang only on rows of the same box, never on what is on this server already."""
    ids = {name: {row["id"] for row in box[name] if "id" in row} for name in HANGS_ON}
    if len(box["study"]) != 1:
        raise Invalid("box.foreign", table="study")
    for name, (column, parent) in HANGS_ON.items():
        table = tables.metadata.tables[name]
        leads = {column: parent} if name != "study" else {}
        leads |= {one: other for (where, one), other in POINTS_TO.items() if where == name}
        for key in table.foreign_keys:
            if key.parent.name in columns(name):
                leads[key.parent.name] = key.column.table.name
        for row in box[name]:
            for one, other in leads.items():
                if row[one] is not None and row[one] not in ids[other]:
                    raise Invalid("box.foreign", table=name)


def _parents_first(name: str, found: Sequence[Row]) -> Sequence[Row]:
    if name != "entry":
        return found
    waiting, done, ordered = list(found), {None}, list[Row]()
    while waiting:
        ready = [row for row in waiting if row["parent_id"] in done]
        if not ready:
            raise Invalid("box.foreign", table=name)
        ordered += ready
        done |= {row["id"] for row in ready}
        waiting = [row for row in waiting if row["id"] not in done]
    return ordered


def _is_serial(table: Table, column: Any) -> bool:
    return column.name == "seq" and table.autoincrement_column is column


def _needs_account(table: Table) -> bool:
    return "account_id" in table.c and not table.c.account_id.nullable
