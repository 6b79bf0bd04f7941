"""Projects of other tools in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from schemas.ids import StudyId
from server.domain import dates
from server.domain.codebook_plan import Planned
from server.domain.formats.refi_offsets import DIALECTS, Dialect, Scored, Unit, is_name
from server.domain.project_plan import MOST_PIECES, Becomes, Plan, Sample
from server.routes.exports_view import size
from server.services.projects import Shown, is_open
from server.store.jobs import UNFINISHED, Job, JobState
from server.store.projects import Import, ImportState
from server.store.studies import Study
from web.i18n import Translator, told_of
from web.project_views import Count, ImportRow, ProjectsView, ProjectView, SampleRow, TextRow
from web.views import Choice, Link, Problem

MOST_SHOWN = 200
"""Texts whose fate can be chosen one by one; the others are as they look."""
_MADE = (
    "entries", "evidence", "sources", "sessions", "memos", "notes", "links", "links_left",
    "unbacked", "kept",
)  # fmt: skip
_BAD_NAMES = 5
_UNITS = {Unit.CODE_POINT: "code_point", Unit.UTF16: "utf_sixteen", Unit.BYTE: "byte"}


def projects_view(
    study: Study,
    found: Sequence[tuple[Import, Job | None]],
    into: Translator,
    problems: tuple[Problem, ...] = (),
) -> ProjectsView:
    """Return the list."""
    return ProjectsView(
        study=_study(study, into),
        action=f"/studies/{study.id}/projects",
        rows=tuple(
            ImportRow(
                Link(f"/projects/{one.id}", one.title or one.file),
                one.origin,
                dates.moment(one.at),
                _state(one, job),
                into.text(f"project_state.{_state(one, job)}"),
            )
            for one, job in found
        ),
        further=(Link(f"/studies/{study.id}/codebook", into.text("project.codebook")),),
        problems=problems,
    )


def project_view(shown: Shown, into: Translator, problems: tuple[Problem, ...] = ()) -> ProjectView:
    """Return one import."""
    one, job, base = shown.one, shown.job, f"/projects/{shown.one.id}"
    busy = one.state is ImportState.ASKED and job is not None and job.state in UNFINISHED
    facts = [into.text("project_fact.file", file=one.file, size=size(one.size, into))]
    if one.origin:
        facts.append(into.text("project_fact.origin", origin=one.origin))
    plan = shown.plan
    return ProjectView(
        study=_study(shown.study, into),
        list=Link(f"/studies/{one.study_id}/projects", into.text("project.list")),
        title=one.title or one.file,
        facts=tuple(facts),
        action=base,
        live_href=base,
        state_label=into.text(f"project_state.{_state(one, job)}"),
        is_open=plan is not None,
        is_busy=busy,
        is_measured=busy and job is not None and job.total > 0,
        percent=100 * job.done // max(1, job.total) if job else 0,
        problem=_refusal(one, job, into),
        found=_found(shown, into) if plan else (),
        left=_left(plan.left, into) if plan else (),
        made=_made(one, into),
        made_links=_made_links(one, into),
        ways=_ways(one, into) if plan else (),
        way_note=_note(one, into) if plan else "",
        samples=tuple(_sample(each, into) for each in shown.samples),
        stages=tuple(
            Choice(each.id, each.title.in_(into.language), selected=each.id == one.choices.stage_id)
            for each in shown.stages
        ),
        texts=_texts(plan, into) if plan else (),
        more_texts=max(0, len(plan.texts) - MOST_SHOWN) if plan else 0,
        can_ask=plan is not None and plan.is_small and not any(row.problem for row in shown.rows),
        can_take_back=one.state is ImportState.IN,
        job_cancel=f"{base}/cancel" if busy else "",
        problems=problems or _too_much(plan, into),
    )


def way_of(value: str) -> Dialect | None:
    """Return the way of counting that a form's value names, None for none of ours."""
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 3 else len(DIALECTS)
    return DIALECTS[number] if number < len(DIALECTS) else None


def _study(study: Study, into: Translator) -> Link:
    return Link(f"/studies/{StudyId(study.id)}", study.title.in_(into.language))


def _state(one: Import, job: Job | None) -> str:
    is_failed = one.state is ImportState.ASKED and is_open(one, job)
    return "failed" if is_failed else one.state.value


def _refusal(one: Import, job: Job | None, into: Translator) -> str:
    is_failed = job is not None and job.state is JobState.FAILED and bool(job.code)
    if job is None or not is_failed or one.state is not ImportState.ASKED:
        return ""
    return told_of(job.code, job.fields or {}, into.language)


def _found(shown: Shown, into: Translator) -> tuple[Count, ...]:
    project, plan = shown.project, shown.plan
    assert project is not None  # shown together
    assert plan is not None
    marks = sum(len(one.marks) for one in plan.texts)
    memos = sum(len(one.memos) for one in plan.texts)
    counts = {
        "texts": (len(plan.texts), ""),
        "codes": (len(plan.codebook) - 1, _codes(shown.rows, into)),
        "codings": (marks, ""),
        "memos": (memos, ""),
        "links": (len(plan.links), ""),
        "users": (len(project.users), ""),
        "cases": (
            len(project.cases),
            into.text("project_found.cases_known", count=shown.known_cases),
        ),
    }
    return tuple(
        Count(into.text(f"project_found.{name}"), count, remark if count else "")
        for name, (count, remark) in counts.items()
    )


def _codes(rows: Sequence[Planned], into: Translator) -> str:
    new = sum(not row.problem and row.before is None for row in rows)
    known = sum(row.before is not None for row in rows)
    bad = [row.label for row in rows if row.problem]
    parts = [into.text("project_found.codes_new", count=new)] if new else []
    parts += [into.text("project_found.codes_known", count=known)] if known else []
    if bad:
        names = ", ".join(bad[:_BAD_NAMES])
        parts.append(into.text("project_found.codes_bad", names=names))
    return " · ".join(parts)


def _left(left: Mapping[str, int], into: Translator) -> tuple[Count, ...]:
    return tuple(
        Count(into.text(f"project_left.{name}"), count) for name, count in sorted(left.items())
    )


def _too_much(plan: Plan | None, into: Translator) -> tuple[Problem, ...]:
    if plan is None or plan.is_small:
        return ()
    return (Problem("", told_of("project.pieces", {"most": MOST_PIECES}, into.language)),)


def _made(one: Import, into: Translator) -> tuple[Count, ...]:
    if one.state not in (ImportState.IN, ImportState.TAKEN_BACK):
        return ()
    names = _MADE if one.state is ImportState.IN else ("kept",)
    return tuple(
        Count(into.text(f"project_made.{name}"), one.counts[name])
        for name in names
        if one.counts.get(name)
    )


def _made_links(one: Import, into: Translator) -> tuple[Link, ...]:
    if one.state is not ImportState.IN:
        return ()
    base = f"/studies/{one.study_id}"
    found = []
    if one.counts.get("entries"):
        found.append(Link(f"{base}/taxonomy", into.text("place.taxonomy")))
    if one.counts.get("sources"):
        found.append(Link(f"{base}/sources", into.text("source.list")))
    if one.counts.get("sessions"):
        found.append(Link(base, into.text("place.study")))
    return tuple(found)


def _ways(one: Import, into: Translator) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            str(DIALECTS.index(way.dialect)),
            _way(way, into),
            selected=way.dialect == one.dialect,
        )
        for way in one.ways
    )


def _way(way: Scored, into: Translator) -> str:
    told = asdict(way.dialect)
    parts = [into.text(f"project_unit.{_UNITS[way.dialect.unit]}")]
    flags = ("double_ends", "has_mark", "is_inclusive")
    parts += [into.text(f"project_way.{name}") for name in flags if told[name]]
    if way.quoted:
        fit = into.text("project_way.quoted", quoted=way.quoted, selections=way.selections)
    else:
        fit = into.text("project_way.edges", share=round(100 * way.share))
    return f"{', '.join(parts)} — {fit}" if way.selections else ", ".join(parts)


def _note(one: Import, into: Translator) -> str:
    """How sure the way is that is chosen."""
    first = one.ways[0]
    chosen = next(way for way in one.ways if way.dialect == one.dialect)
    if not first.selections:
        return into.text("project_note.none")
    if (chosen.quoted, chosen.edges) != (first.quoted, first.edges):
        return into.text("project_note.chosen")
    ties = sum((way.quoted, way.edges) == (first.quoted, first.edges) for way in one.ways)
    if first.share < 1.0 and not first.quoted:
        return into.text("project_note.unsure")
    return into.text("project_note.tie" if ties > 1 else "project_note.sure")


def _sample(one: Sample, into: Translator) -> SampleRow:
    verdict = ""
    if not one.words:
        verdict = "nowhere"
    elif one.name:
        verdict = "same" if is_name(one.words, one.name) else "other"
    return SampleRow(
        one.title,
        f"…{one.before}" if one.before else "",
        one.words,
        f"{one.after}…" if one.after else "",
        one.name,
        into.text(f"project_sample.{verdict}") if verdict else "",
        is_bad=verdict in ("nowhere", "other"),
    )


def _texts(plan: Plan, into: Translator) -> tuple[TextRow, ...]:
    return tuple(
        TextRow(
            f"text-{number}",
            one.title,
            tuple(
                Choice(
                    each.value,
                    into.text(f"project_becomes.{each.value}"),
                    selected=each is one.becomes,
                )
                for each in Becomes
            ),
            len(one.pieces),
            len(one.marks),
            len(one.memos),
            one.lost,
        )
        for number, one in enumerate(plan.texts[:MOST_SHOWN])
    )
