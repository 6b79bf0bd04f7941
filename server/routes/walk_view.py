"""The steps of a process as the minutes tell them: who acts, with what, and how it goes."""

from collections.abc import Iterator, Mapping, Sequence

from schemas.conduct import Aspect
from schemas.ids import UnitId
from schemas.session import Step, Unit
from web.i18n import Translator
from web.report_views import Section, Statement


def walk(
    agenda: Sequence[Step], units: Mapping[UnitId, Unit], into: Translator
) -> Iterator[Section]:
    """Yield the section of all steps of which more than the title is known; none where there is none."""
    told = tuple(
        Statement("", step.title.in_(into.language), notes=notes)
        for step in agenda
        if (notes := (*_prepared(step, units, into), *_stories(step, into)))
    )
    if told:
        yield Section("walk", "", into.text("minutes.walk"), statements=told)


def _prepared(
    step: Step, units: Mapping[UnitId, Unit], into: Translator
) -> tuple[tuple[str, str], ...]:
    """What was prepared for the step beyond the unit that acts, which the agenda names already."""
    detail, planned = step.detail, step.detail.minutes + step.progress.extra
    to = units.get(detail.hand_over) if detail.hand_over else None
    spent = round(step.progress.spent / 60)
    key = "minutes.spent" if spent else "minutes.planned"
    facts = (
        ("minutes.system", detail.system),
        ("minutes.data_in", detail.data_in),
        ("minutes.data_out", detail.data_out),
        ("minutes.hand_over", to.name.in_(into.language) if to else ""),
    )
    found = tuple((into.text(name), value) for name, value in facts if value)
    if not found or planned <= 0:
        return found
    time = into.text(key, planned=str(planned), spent=str(spent))
    return (*found, (into.text("minutes.time"), time))


def _stories(step: Step, into: Translator) -> Iterator[tuple[str, str]]:
    for aspect in Aspect:
        if (story := step.progress.walk.get(aspect)) is not None:
            said = into.text(f"minutes.story_{story.ending.value}")
            told = into.text("minutes.story", said=said, text=story.text) if story.text else said
            yield into.text(f"minutes.aspect_{aspect.value}"), told
