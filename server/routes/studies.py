"""The page of one study."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from schemas.ids import StudyId
from schemas.session import Language, Unit
from schemas.taxonomy import EntryKind, ProposalState
from server.routes.inheriting_view import fate_counts
from server.routes.joining import session_card
from server.routes.request import app_state, language_of, login_of, page, reader_of
from server.services.seating import Places
from server.services.studies import Overview
from server.store.sessions import Sitting
from server.store.standing import Standing
from web.entrance_views import SessionCard
from web.i18n import Translator, translator
from web.study_views import Count, StudyView, ThemeBlock, UnitRow
from web.words import WORDS

COUNTED_KINDS = (EntryKind.PROBLEM, EntryKind.CAUSE, EntryKind.CONSEQUENCE, EntryKind.SOLUTION)
COUNTED_STATES = (
    ProposalState.OPEN,
    ProposalState.CONTESTED,
    ProposalState.AGREED,
    ProposalState.DEFERRED,
    ProposalState.KEPT_CONTESTED,
)


async def study(request: Request) -> Response:
    """`GET /studies/{study}`: all its sessions for moderators, else those one came into."""
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    login = login_of(request)
    places = await app_state(request).seating.places(login)
    own = [sitting.session.id for sitting in places.sittings]
    overview = await app_state(request).studies.overview(study_id, only=own)
    view = study_view(overview, places, language_of(request))
    found = await app_state(request).following.inheritance(study_id)
    if found.before is not None or view.is_moderator:
        view = replace(view, inherited_href=f"/studies/{study_id}/inherited")
    if found.before is not None:
        into = translator(language_of(request))
        fates = fate_counts(found.counted, into)
        view = replace(view, before=found.before.title.in_(into.language), fates=fates)
    return page(request, view)


def study_view(overview: Overview, places: Places, language: Language) -> StudyView:
    """Return the study in the reader's language."""
    into, found = translator(language), overview.study
    runs = found.id in {study.id for study in places.studies}
    return StudyView(
        title=found.title.in_(language),
        city=found.city.in_(language),
        stages=tuple(stage.title.in_(language) for stage in overview.stages),
        sessions=tuple(_card(sitting, places, language) for sitting in overview.sessions),
        themes=_themes(overview, into),
        standing=_standing(overview.standing, into, runs=runs),
        study_id=found.id,
        taxonomy_href=f"/studies/{found.id}/taxonomy",
        report_href=f"/studies/{found.id}/report",
        requirements_href=f"/studies/{found.id}/requirements",
        solutions_href=f"/studies/{found.id}/solutions",
        is_moderator=runs,
        prepare_href=f"/studies/{found.id}/prepare" if runs else "",
        new_session_href=f"/studies/{found.id}/sessions/new" if runs else "",
        gaps_href=f"/studies/{found.id}/gaps" if runs else "",
        unheard_href=f"/studies/{found.id}/unheard" if runs else "",
        matrix_href=f"/studies/{found.id}/matrix" if runs else "",
        sources_href=f"/studies/{found.id}/sources",
        questionnaires_href=f"/studies/{found.id}/questionnaires" if runs else "",
        exports_href=f"/studies/{found.id}/exports" if runs else "",
        projects_href=f"/studies/{found.id}/projects" if runs else "",
    )


def _themes(overview: Overview, into: Translator) -> tuple[ThemeBlock, ...]:
    found = [(one.title.in_(into.language), one.units) for one in overview.themes]
    if overview.beside:
        found.append((into.text("theme.none"), tuple(overview.beside)))
    return tuple(
        ThemeBlock(title, tuple(_unit(one, into) for one in units)) for title, units in found
    )


def _standing(standing: Standing, into: Translator, *, runs: bool) -> tuple[Count, ...]:
    entries = [(f"standing.{kind}", standing.entries.get(kind, 0)) for kind in COUNTED_KINDS]
    settled = [(f"standing.{state}", standing.proposals.get(state, 0)) for state in COUNTED_STATES]
    counted = entries + (settled if runs else [])
    return tuple(Count(into.text(word), number) for word, number in counted if number)


def _card(sitting: Sitting, places: Places, language: Language) -> SessionCard:
    projector = places.projectors.get(sitting.session.id)
    return session_card(sitting, language, projector_href=projector)


def _unit(unit: Unit, into: Translator) -> UnitRow:
    language = into.language
    other = Language.EN if language is Language.ZH else Language.ZH
    name, other_name = unit.name.in_(language), unit.name.in_(other)
    return UnitRow(
        name,
        "" if other_name == name else other_name,
        _word(f"unit_kind.{unit.kind}", into, ""),
        " · ".join(unit.aliases),
    )


def _word(key: str, into: Translator, otherwise: str) -> str:
    """Kinds and levels come with a study's data: one that we have no word for is shown as given."""
    return into.text(key) if key in WORDS else otherwise
