"""A study's exports in the reader's language."""

from collections.abc import Collection, Sequence

from schemas.ids import StudyId
from server.domain import dates
from server.domain.formats.forms import FORMS
from server.services.exports import KEEP_DAYS, KEY, KIND, wish_of
from server.store.jobs import UNFINISHED, Job, JobState
from server.store.memberships import Share
from server.store.sessions import Sitting
from server.store.studies import Study
from web.exports_views import ExportsMadeView, ExportsView, FormChoice, MadeFileRow, MadeRow
from web.i18n import Translator, told_of
from web.views import Choice, Link, Problem

SHOWN = 20
"""Of one's exports, the newest."""


def exports_view(
    study: Study,
    sittings: Sequence[Sitting],
    made: ExportsMadeView,
    into: Translator,
    *,
    session: str,
    form: str,
    ticked: Collection[str] = (),
    problems: tuple[Problem, ...] = (),
) -> ExportsView:
    """Return the page; session, form, ticked: what is chosen to begin with."""
    language, base = into.language, f"/studies/{study.id}"
    chosen = form if form in set(FORMS) else next(iter(FORMS)).value
    every = Choice("", into.text("export_scope.study"))
    return ExportsView(
        study=Link(base, study.title.in_(language)),
        action=f"{base}/exports",
        forms=tuple(
            FormChoice(
                one.value,
                into.text(f"export_form.{one.value}"),
                into.text(f"export_detail.{one.value}"),
                one.value == chosen,
            )
            for one in FORMS
        ),
        sessions=(
            every,
            *(
                Choice(
                    one.session.id,
                    one.session.title.in_(language),
                    selected=one.session.id == session,
                )
                for one in sittings
            ),
        ),
        made=made,
        keep_days=KEEP_DAYS,
        pseudonyms="pseudonyms" in ticked,
        sound="sound" in ticked,
        problems=problems,
    )


def made_view(
    study_id: StudyId,
    jobs: Sequence[Job],
    sittings: Sequence[Sitting],
    into: Translator,
    share: Share,
) -> ExportsMadeView:
    """Return one's exports, newest first."""
    titles = {one.session.id: one.session.title.in_(into.language) for one in sittings}
    own = [job for job in jobs if job.kind == KIND][:SHOWN]
    return ExportsMadeView(
        live_href=f"/studies/{study_id}/exports/made",
        is_busy=any(job.state in UNFINISHED for job in own),
        rows=tuple(
            _row(job, titles.get(job.session_id) if job.session_id else None, into, share)
            for job in own
        ),
    )


def _row(job: Job, session: str | None, into: Translator, share: Share) -> MadeRow:
    wish = wish_of(job)
    parts = [session or into.text("export_scope.study")]
    if wish.pseudonyms:
        parts.append(into.text("export.pseudonyms"))
    if wish.sound:
        parts.append(into.text("export.sound"))
    problem = ""
    if job.state in (JobState.FAILED, JobState.GONE) and job.code:
        problem = told_of(job.code, job.fields or {}, into.language)
    is_busy = job.state in UNFINISHED
    return MadeRow(
        id=job.id,
        title=into.text(f"export_form.{wish.form.value}"),
        detail=" · ".join(parts),
        when=dates.moment(job.created_at),
        state=job.state.value,
        state_label=into.text(f"export_state.{job.state.value}"),
        is_busy=is_busy,
        is_measured=job.total > 0,
        percent=100 * job.done // max(1, job.total),
        files=tuple(
            MadeFileRow(
                f"/exports/{job.id}/{one.role}",
                into.text(f"export_file.{one.role}"),
                size(one.size, into),
            )
            for one in job.files
            if one.role != KEY or share is Share.OWNER
        ),
        until=dates.moment(job.expires_at) if job.expires_at and job.state is JobState.DONE else "",
        problem=problem,
        cancel=f"/exports/{job.id}/cancel" if is_busy else "",
        again="" if is_busy or job.state is JobState.DONE else f"/exports/{job.id}/again",
    )


def size(count: int, into: Translator) -> str:
    """Return a count of bytes as people read it."""
    if count < 1024:
        return into.text("export.bytes", size=count)
    if count < 1024 * 1024:
        return into.text("export.kilobytes", size=f"{count / 1024:.0f}")
    return into.text("export.megabytes", size=f"{count / 1024 / 1024:.1f}")
