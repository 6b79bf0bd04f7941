"""A step of an agenda as a session's document shows it."""

from dataclasses import asdict

from schemas.conduct import Progress
from schemas.session import Bilingual, Step, StepDetail
from server.store import conduct


def agenda_value(step: Step) -> dict[str, object]:
    """Return what a session's document holds of a step."""
    detail = asdict(step.detail) | {"probes": list(step.detail.probes)}
    return {
        "order": step.order,
        "title": both(step.title),
        "actor": step.actor,
        "detail": detail if step.detail != StepDetail() else None,
        "progress": conduct.progress_values(step.progress) if step.progress != Progress() else None,
    }


def both(text: Bilingual) -> dict[str, str]:
    """Return a text as the document holds it."""
    return {"en": text.en, "zh": text.zh}
