"""JSON Lines of everything: one record a line, parents before what points to them.

`docs/export-format.md` documents every record. `read` is the schema in code: it holds each record
to its type's fields, and every reference to a record that came before.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import Invalid
from schemas.session import Bilingual
from server.domain.corpus import (
    Corpus,
    Heir,
    Marked,
    Negotiated,
    Reviewed,
    Sitting,
    Told,
    Weighed,
)

FORMAT = "colloquy-study"
VERSION = 1

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record of one type holds. refs: fields that name an earlier record, and its type."""

    fields: frozenset[str]
    refs: Mapping[str, str]


def _shape(fields: str, **refs: str) -> Shape:
    return Shape(frozenset(fields.split()), refs)


SHAPES: Mapping[str, Shape] = {
    "study": _shape("format version id title city languages marking made_at pseudonymised"),
    "stage": _shape("id number title"),
    "theme": _shape("id number title"),
    "unit": _shape("id name kind order aliases theme", theme="theme"),
    "source": _shape("id stage title issuer level year topic targets url", stage="stage"),
    "passage": _shape("id source unit number heading text", source="source", unit="unit"),
    "session": _shape(
        "id kind title language state stage theme opened_at closed_at", stage="stage", theme="theme"
    ),
    "person": _shape("id session name role unit", session="session", unit="unit"),
    "step": _shape("id session order title actor", session="session", actor="unit"),
    "line": _shape(
        "id session at start end track speaker person unit presumed source language text confidence"
        " revision step",
        session="session",
        person="person",
        unit="unit",
        step="step",
    ),
    "annotation": _shape(
        "id session author voice kind targets text at opened", session="session", author="person"
    ),
    "entry": _shape(
        "id kind parent label definition scope scope_reason state version order stage merged_into"
        " units",
        stage="stage",
    ),
    "link": _shape("from to kind", **{"from": "entry", "to": "entry"}),
    "evidence": _shape(
        "id entry session line passage annotation track start end quote coders", entry="entry", session="session",
        line="line", passage="passage",
    ),
    "proposal": _shape(
        "id session kind state wordings affected positions tally objections grounds entry reason"
        " question",
        session="session",
        entry="entry",
    ),
    "assessment": _shape(
        "entry annotation version lead supporting feasibility reason depends_on horizon cost regulation at",
        entry="entry", annotation="annotation", lead="unit",
    ),
    "priority": _shape("entry asked urgent ours urgent_units ours_units", entry="entry"),
    "inherited": _shape("entry from fate version reason lines passages at", entry="entry"),
    "taxonomy_version": _shape("id name seq by at"),
    "review": _shape("id session state seed coders codings settled", session="session"),
    "event": _shape("seq session role actor action subject base_version session_time at"),
}  # fmt: skip


def written(corpus: Corpus) -> Iterator[bytes]:
    """Yield the lines of the file, each with its line end."""
    for kind, record in _records(corpus):
        text = json.dumps({"type": kind, **record}, ensure_ascii=False, separators=(",", ":"))
        yield text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode() + b"\n"


def read(content: bytes) -> Sequence[tuple[str, Record]]:
    """Return the records of a file, each with its type.

    Raises Invalid `export.jsonl` {line, reason} for the first line that is not as documented.
    """
    found: list[tuple[str, Record]] = []
    known: dict[str, set[object]] = {}
    for number, line in enumerate(content.decode().split("\n"), 1):
        if not line:
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise Invalid("export.jsonl", line=number, reason="json") from error
        kind = record.pop("type", "")
        problem = _problem(kind, record, known, is_first=not found)
        if problem:
            raise Invalid("export.jsonl", line=number, reason=problem)
        known.setdefault(kind, set()).add(record.get("id"))
        found.append((kind, record))
    return found


def _problem(kind: str, record: Record, known: Mapping[str, set[object]], *, is_first: bool) -> str:
    shape = SHAPES.get(kind)
    if shape is None or set(record) != shape.fields:
        return "fields"
    if is_first != (kind == "study"):
        return "study"
    if is_first and (record["format"], record["version"]) != (FORMAT, VERSION):
        return "version"
    for name, target in shape.refs.items():
        if record[name] is not None and record[name] not in known.get(target, set()):
            return name
    return ""


def _records(corpus: Corpus) -> Iterator[tuple[str, Record]]:
    yield (
        "study",
        {
            "format": FORMAT,
            "version": VERSION,
            "id": corpus.study_id,
            "title": _both(corpus.title),
            "city": _both(corpus.city),
            "languages": corpus.languages,
            "marking": corpus.marking,
            "made_at": corpus.made_at,
            "pseudonymised": corpus.pseudonymised,
        },
    )
    for kind, found in (("stage", corpus.stages), ("theme", corpus.themes)):
        for one in found:
            yield kind, {"id": one.id, "number": one.number, "title": _both(one.title)}
    themes = {unit: theme.id for theme in corpus.themes for unit in theme.units}
    for unit in corpus.units:
        yield (
            "unit",
            {
                "id": unit.id,
                "name": _both(unit.name),
                "kind": unit.kind,
                "order": unit.order,
                "aliases": list(unit.aliases),
                "theme": themes.get(unit.id),
            },
        )
    for work in corpus.works:
        yield (
            "source",
            {
                "id": work.id,
                "stage": work.stage_id,
                "title": work.title,
                "issuer": work.issuer,
                "level": work.level,
                "year": work.year,
                "topic": work.topic,
                "targets": work.targets,
                "url": work.url,
            },
        )
    for passage in corpus.passages:
        yield (
            "passage",
            {
                "id": passage.id,
                "source": passage.source_id,
                "unit": passage.unit_id,
                "number": passage.number,
                "heading": passage.heading,
                "text": passage.text,
            },
        )
    for sitting in corpus.sittings:
        yield from _sitting(sitting)
    for told in corpus.entries:
        yield "entry", _entry(told)
    for link in corpus.links:
        yield "link", {"from": link.from_id, "to": link.to_id, "kind": link.kind.value}
    lines, passages = corpus.lines, {one.id for one in corpus.passages}
    for told in corpus.entries:
        for piece in told.evidence:
            yield (
                "evidence",
                {
                    "id": piece.id,
                    "entry": told.entry.id,
                    "session": piece.session_id,
                    "line": piece.line_id if piece.line_id in lines else None,
                    "passage": piece.passage_id if piece.passage_id in passages else None,
                    "annotation": piece.annotation_id,
                    "track": piece.track_id,
                    "start": piece.start,
                    "end": piece.end,
                    "quote": piece.quote,
                    "coders": list(told.coders.get(piece.id, ())),
                },
            )
    for sitting in corpus.sittings:
        for proposal in sitting.proposals:
            yield "proposal", _proposal(proposal)
    for weighed in corpus.weighed:
        yield "assessment", _weighed(weighed)
    for marked in corpus.marked:
        yield "priority", _marked(marked)
    for heir in corpus.heirs:
        yield "inherited", _heir(heir)
    for version in corpus.versions:
        yield (
            "taxonomy_version",
            {
                "id": version.id,
                "name": version.name,
                "seq": version.seq,
                "by": version.by,
                "at": version.at,
            },
        )
    for review in corpus.reviews:
        yield "review", _review(review)
    for event in corpus.events:
        yield (
            "event",
            {
                "seq": event.seq,
                "session": event.session_id,
                "role": event.role,
                "actor": event.actor,
                "action": event.action,
                "subject": event.subject,
                "base_version": event.base_version,
                "session_time": event.session_time,
                "at": event.at,
            },
        )


def _sitting(sitting: Sitting) -> Iterator[tuple[str, Record]]:
    session = sitting.session
    yield (
        "session",
        {
            "id": session.id,
            "kind": session.kind.value,
            "title": _both(session.title),
            "language": session.language.value,
            "state": session.state.value,
            "stage": sitting.stage_id,
            "theme": sitting.theme_id,
            "opened_at": session.opened_at,
            "closed_at": sitting.closed_at,
        },
    )
    for person in sitting.people:
        yield (
            "person",
            {
                "id": person.id,
                "session": session.id,
                "name": person.name,
                "role": person.role.value,
                "unit": person.unit_id,
            },
        )
    for step in sitting.steps:
        yield (
            "step",
            {
                "id": step.id,
                "session": session.id,
                "order": step.order,
                "title": _both(step.title),
                "actor": step.actor,
            },
        )
    people = {person.id for person in sitting.people}
    steps = {step.id for step in sitting.steps}
    for line in sitting.lines:
        yield (
            "line",
            {
                "id": line.id,
                "session": session.id,
                "at": line.at,
                "start": line.start,
                "end": line.end,
                "track": line.track_id,
                "speaker": line.speaker,
                "person": line.person_id if line.person_id in people else None,
                "unit": line.unit_id,
                "presumed": line.presumed,
                "source": line.source.value,
                "language": line.language.value,
                "text": line.text,
                "confidence": line.confidence,
                "revision": line.revision,
                "step": line.step_id if line.step_id in steps else None,
            },
        )
    for note in sitting.notes:
        yield (
            "annotation",
            {
                "id": note.id,
                "session": session.id,
                "author": note.author if note.author in people else None,
                "voice": {
                    "name": note.voice.name,
                    "person": note.voice.person_id,
                    "unit": note.voice.unit_id,
                },
                "kind": note.kind.value,
                "targets": [
                    {
                        "line": anchor.line_id,
                        "revision": anchor.revision,
                        "start": anchor.start,
                        "end": anchor.end,
                        "quote": anchor.quote,
                    }
                    for anchor in note.anchors
                ],
                "text": note.text,
                "at": note.at,
                "opened": note.opened,
            },
        )


def _entry(told: Told) -> Record:
    entry = told.entry
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "parent": entry.parent_id,
        "label": _both(entry.label),
        "definition": _both(entry.definition),
        "scope": entry.scope.value,
        "scope_reason": entry.scope_reason,
        "state": entry.state.value,
        "version": entry.version,
        "order": entry.order,
        "stage": told.stage_id,
        "merged_into": entry.merged_into,
        "units": [{"unit": unit, "heard": heard} for unit, heard in told.units.items()],
    }


def _proposal(one: Negotiated) -> Record:
    positions = one.positions
    return {
        "id": one.id,
        "session": one.session_id,
        "kind": one.kind,
        "state": one.state,
        "wordings": [{"number": each.number, "text": each.text} for each in one.wordings],
        "affected": list(one.affected),
        "positions": None
        if positions is None
        else [
            {
                "unit": each.unit_id,
                "wording": each.number,
                "stance": each.stance.value,
                "reason": each.reason,
                "line": each.line_id,
            }
            for each in positions
        ],
        "tally": dict(one.tally),
        "objections": list(one.objections),
        "grounds": list(one.grounds),
        "entry": one.entry_id,
        "reason": one.reason,
        "question": one.question,
    }


def _review(one: Reviewed) -> Record:
    return {
        "id": one.id,
        "session": one.session_id,
        "state": one.state,
        "seed": one.seed,
        "coders": list(one.coders),
        "codings": [
            {
                "coder": each.coder,
                "lines": list(each.lines),
                "codes": list(each.codes),
                "memo": each.memo,
            }
            for each in one.codings
        ],
        "settled": [
            {
                "lines": list(each.lines),
                "codes": list(each.codes),
                "reason": each.memo,
                "by": each.coder,
            }
            for each in one.settled
        ],
    }


def _weighed(one: Weighed) -> Record:
    said = one.said
    return {
        "entry": one.solution.entry_id,
        "annotation": one.solution.annotation_id,
        "version": one.version,
        "lead": said.lead,
        "supporting": list(said.supporting),
        "feasibility": said.feasibility.value,
        "reason": said.reason,
        "depends_on": said.depends_on,
        "horizon": said.horizon.value,
        "cost": said.cost.value,
        "regulation": said.regulation,
        "at": one.at,
    }


def _marked(one: Marked) -> Record:
    spread = one.spread
    return {
        "entry": one.entry_id,
        "asked": len(spread.asked),
        "urgent": len(spread.urgent),
        "ours": len(spread.ours),
        "urgent_units": list(spread.urgent) if spread.is_named else None,
        "ours_units": list(spread.ours) if spread.is_named else None,
    }


def _heir(one: Heir) -> Record:
    mark = one.mark
    return {
        "entry": mark.entry_id,
        "from": one.from_id,
        "fate": mark.fate.value,
        "version": mark.version,
        "reason": mark.reason,
        "lines": [each.line_id for each in mark.references if each.line_id],
        "passages": [each.passage_id for each in mark.references if each.passage_id],
        "at": mark.at if mark.version else None,
    }


def _both(text: Bilingual) -> Mapping[str, str]:
    return {"en": text.en, "zh": text.zh}
