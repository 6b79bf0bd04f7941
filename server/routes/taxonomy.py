"""The taxonomy of a study and the page of one entry."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from schemas.ids import SessionId, StudyId, new_id
from schemas.session import Language
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind, Scope
from server.domain import dates
from server.routes.archive import audio_gone
from server.routes.request import app_state, language_of, login_of, page, person_in, reader_of
from server.services.taxonomy import Branch, Leaf, Related, Tree
from server.services.trails import Trail
from server.store.entries import Spoken
from server.store.events import Event
from server.store.marks import Named
from server.store.search import Scope as Readable
from web.filters import timecode
from web.i18n import Translator, translator
from web.taxonomy_views import (
    Challenged,
    EarlierRow,
    EntryFields,
    EntryForms,
    EntryView,
    EvidenceChoice,
    EvidenceRow,
    HistoryRow,
    LinkRow,
    MarkRow,
    TaxonomyNode,
    TaxonomyView,
)
from web.views import Choice, Link, Problem

_INWARD = {
    LinkKind.CAUSES: "link.caused_by",
    LinkKind.LEADS_TO: "link.follows_from",
    LinkKind.RELATED: "link.related",
    LinkKind.SOLVED_BY: "link.solves",
}

CHANGES = {  # events that are told of an entry, and the word for each
    "entry.promoted": "change.promoted",
    "entry.evidence_added": "change.evidence",
    "entry.evidence_removed": "change.evidence_removed",
    "entry.imported": "change.imported",
    "entry.added": "change.added",
    "entry.amended": "change.amended",
    "entry.merged": "change.merged",
    "entry.split": "change.split",
    "entry.retracted": "change.retracted",
    "entry.restored": "change.restored",
    "entry.linked": "change.linked",
    "entry.unlinked": "change.unlinked",
    "entry.challenged": "change.challenged",
    "entry.challenge_answered": "change.challenge_answered",
    "entry.marked": "change.marked",
    "entry.unit_heard": "change.unit_heard",
    "solution.assessed": "change.assessed",
    "entry.inherited": "change.inherited",
    "entry.fate_said": "change.fate_said",
}


async def taxonomy(request: Request) -> Response:
    """`GET /studies/{study}/taxonomy`: the explorer, or its tree alone for htmx."""
    study_id = StudyId(request.path_params["study"])
    session_id = SessionId(asked) if (asked := request.query_params.get("session")) else None
    await reader_of(request, study_id)
    if session_id is not None:
        await person_in(request, session_id)
    tree = await app_state(request).taxonomy.tree(study_id, session_id)
    view = taxonomy_view(tree, language_of(request), session_id)
    if await app_state(request).joining.runs(login_of(request), study_id):
        view = replace(
            view,
            exports_href=f"/studies/{study_id}/exports?form=xlsx",
            codebook_href=f"/studies/{study_id}/codebook",
        )
    return page(request, view)


def taxonomy_view(
    tree: Tree, language: Language, session_id: SessionId | None = None
) -> TaxonomyView:
    """Return the tree in the reader's language; the session page shows the same one."""
    into = translator(language)
    asked = f"?session={session_id}" if session_id else ""
    return TaxonomyView(
        study_title=tree.study.title.in_(language),
        study_href=f"/studies/{tree.study.id}",
        tree=tuple(_node(one, into) for one in tree.branches),
        count=tree.count,
        live_href=f"/studies/{tree.study.id}/taxonomy{asked}",
    )


def entry_view(
    leaf: Leaf,
    language: Language,
    *,
    forms: EntryForms | None = None,
    problems: tuple[Problem, ...] = (),
    scope: Readable | None = None,
) -> EntryView:
    """Return the page of an entry in the reader's language, its other language beside it.

    scope: what the reader may read and hear of sessions; of others the evidence alone sounds. None
    for a document, whose references name lines and play nothing.
    """
    into, one = translator(language), leaf.entry
    other = Language.EN if language is Language.ZH else Language.ZH
    label, definition = one.label.in_(language), one.definition.in_(language)
    other_label, other_definition = one.label.in_(other), one.definition.in_(other)
    explorer = Link(f"/studies/{leaf.study.id}/taxonomy", leaf.study.title.in_(language))
    return EntryView(
        id=one.id,
        label=label,
        other_label="" if other_label == label else other_label,
        definition=definition,
        kind=one.kind.value,
        kind_label=into.text(f"kind.{one.kind.value}"),
        path=(explorer, *(_link(above, language) for above in leaf.path)),
        scope=into.text(f"scope.{one.scope.value}"),
        state="" if one.state is EntryState.ACTIVE else into.text(f"entry_state.{one.state.value}"),
        units=tuple(unit.name.in_(language) for unit in leaf.heard),
        not_yet_heard=tuple(unit.name.in_(language) for unit in leaf.not_yet_heard),
        links=tuple(_related(one, into) for one in leaf.related),
        children=tuple(
            _link(child, language, into.text(f"kind.{child.kind.value}")) for child in leaf.children
        ),
        evidence=evidence_rows(leaf.evidence, leaf.entry, into, scope),
        history=tuple(_history(one, into) for one in leaf.history),
        other_language=other,
        other_definition="" if other_definition == definition else other_definition,
        report_href=f"/entries/{one.id}/report",
        scope_reason=one.scope_reason,
        challenges=tuple(
            Challenged(
                found.challenge.id,
                found.unit.in_(language),
                found.challenge.reason,
                found.challenge.answer,
            )
            for found in leaf.challenges
        ),
        marks=(*(_mark(found, into) for found in leaf.marks), *_stands(leaf, into)),
        unheard_href=f"/studies/{leaf.study.id}/unheard" if forms and forms.may_change else "",
        forms=forms or EntryForms(),
        fields=_fields(leaf, into) if forms is not None else None,
        problems=problems,
    )


def _mark(found: Named, into: Translator) -> MarkRow:
    said = into.text("mark.too" if found.mark.shared else "mark.not")
    return MarkRow(found.unit.in_(into.language), said, found.mark.example)


def _stands(leaf: Leaf, into: Translator) -> Iterable[MarkRow]:
    """What units sent in writing; where the wording was changed since, the version they answered."""
    for one in leaf.stands:
        said = into.text("unheard.said_words")
        if one.stance is not None:
            stance = into.text(f"stance.{one.stance.value}")
            said = into.text("unheard.said", stance=stance)
        if one.number != leaf.entry.version:
            said = into.text("unheard.said_earlier", said=said, number=one.number)
        yield MarkRow(one.unit.in_(into.language), said, one.text)


def _fields(leaf: Leaf, into: Translator) -> EntryFields:
    one, language = leaf.entry, into.language
    active = [each for each in leaf.known if each.state is EntryState.ACTIVE and each.id != one.id]

    def pick(found: Iterable[Entry], chosen: str | None = None) -> tuple[Choice, ...]:
        return tuple(
            Choice(each.id, each.label.in_(language), selected=each.id == chosen) for each in found
        )

    def words(prefix: str, values: Iterable[StrEnum], chosen: str = "") -> tuple[Choice, ...]:
        return tuple(
            Choice(each.value, into.text(f"{prefix}.{each.value}"), selected=each.value == chosen)
            for each in values
        )

    parents = (EntryKind.CATEGORY, EntryKind.PROBLEM)
    labels = {each.id: each.label.in_(language) for each in leaf.known}
    return EntryFields(
        key=new_id(),
        base=one.version,
        label=(one.label.en, one.label.zh),
        definition=(one.definition.en, one.definition.zh),
        scope_reason=one.scope_reason,
        kinds=words("kind", EntryKind, one.kind.value),
        parents=pick((each for each in active if each.kind in parents), one.parent_id),
        scopes=words("scope", Scope, one.scope.value),
        mergers=pick(each for each in active if each.kind is one.kind),
        link_kinds=words("link", LinkKind),
        targets=pick(active),
        removable=tuple(
            LinkRow(each.to_id, each.kind.value, labels.get(each.to_id, ""))
            for each in leaf.links
            if each.from_id == one.id
        ),
        evidence=tuple(
            EvidenceChoice(each.evidence.id, each.evidence.quote or into.text("evidence.unquoted"))
            for each in leaf.evidence
        ),
        is_active=one.state is EntryState.ACTIVE,
    )


def _node(branch: Branch, into: Translator) -> TaxonomyNode:
    one = branch.entry
    return TaxonomyNode(
        id=one.id,
        href=f"/entries/{one.id}",
        kind=one.kind.value,
        kind_label=into.text(f"kind.{one.kind.value}"),
        label=one.label.in_(into.language),
        scope="" if one.scope.value == "unknown" else into.text(f"scope.{one.scope.value}"),
        evidence_count=branch.evidence_count,
        fresh=into.text("change.promoted") if branch.fresh else "",
        children=tuple(_node(child, into) for child in branch.children),
    )


def _link(one: Entry, language: Language, detail: str = "") -> Link:
    return Link(f"/entries/{one.id}", one.label.in_(language), detail)


def _related(one: Related, into: Translator) -> Link:
    word = f"link.{one.kind.value}" if one.outward else _INWARD[one.kind]
    return _link(one.entry, into.language, into.text(word))


def evidence_rows(
    found: Sequence[Spoken], entry: Entry, into: Translator, scope: Readable | None
) -> tuple[EvidenceRow, ...]:
    """Return what backs an entry, each stage named where it begins; scope: as in `entry_view`."""
    rows, before = [], None
    for one in found:
        row = _evidence(one, entry, into, scope)
        begins = one.stage is not None and one.stage != before
        before = one.stage
        title = one.stage[1].in_(into.language) if one.stage is not None and begins else ""
        rows.append(replace(row, stage=title))
    return tuple(rows)


def trail_rows(
    found: Trail, into: Translator, scope: Readable
) -> tuple[tuple[EarlierRow, ...], tuple[Link, ...]]:
    """Return the entry in the studies before and after its own."""
    language = into.language
    earlier = tuple(
        EarlierRow(
            one.title.in_(language),
            None if one.entry is None else _link(one.entry, language),
            () if one.entry is None else evidence_rows(one.evidence, one.entry, into, scope),
        )
        for one in found.earlier
    )
    later = tuple(
        _link(
            one.entry,
            language,
            f"{one.study.title.in_(language)} · {into.text(f'fate.{one.fate.value}')}",
        )
        for one in found.later
    )
    return earlier, later


def _evidence(one: Spoken, entry: Entry, into: Translator, scope: Readable | None) -> EvidenceRow:
    found, language = one.evidence, into.language
    is_whole = scope is None or scope.holds(entry.study_id, found.session_id)
    is_line = found.line_id is not None and found.session_id is not None and is_whole
    sound = f"/entries/{entry.id}/evidence/{found.id}/sound"
    time = timecode(one.at) if one.at is not None else ""
    href = f"/sessions/{found.session_id}/transcript#line-{found.line_id}" if is_line else ""
    title, gone = one.session_title, audio_gone(one.proofed_at, into)
    if one.place is not None:
        title, href = one.place.title, f"/passages/{one.place.id}"
        time = "" if one.place.is_answer else into.text("passage.number", number=one.place.number)
    return EvidenceRow(
        quote=found.quote or into.text("evidence.unquoted"),
        language=one.language or language.value,
        speaker=one.speaker,
        unit=one.unit.in_(language) if one.unit else "",
        session_title=title.in_(language),
        time=time,
        line_href=href,
        audio_href=""
        if not found.track_id or gone
        else (f"/tracks/{found.track_id}/audio.wav" if is_whole else sound),
        start_seconds=(found.start or 0.0) if is_whole else 0.0,
        audio_gone=gone,
        day=dates.day(one.day),
        coded_by=_coded_by(one, into),
    )


def _coded_by(one: Spoken, into: Translator) -> str:
    """Who coded it, in words; nothing where nobody is known."""
    names = into.text("document.name_stop").join(one.coders)
    return into.text("evidence.coded_by", names=names) if names else ""


def change_said(one: Event, into: Translator) -> tuple[str, str]:
    """Return what was done to an entry, with its reason, and who did it."""
    reason = str(one.body.get("override") or one.body.get("reason") or "")
    word = CHANGES[one.action]
    if one.action == "entry.imported" and one.body.get("by"):
        word = "change.brought_in"  # by a person, with a codebook or a project
    changed = into.text(word)
    return f"{changed}: {reason}" if reason else changed, one.actor or str(one.body.get("by") or "")


def _history(one: Event, into: Translator) -> HistoryRow:
    text, actor = change_said(one, into)
    day = dates.day(one.at)
    at = day if one.session_time is None else f"{day} · {timecode(one.session_time)}"
    return HistoryRow(at, text, actor)
