"""What the pages of questionnaires are given: preparing, board, answers, a unit's own sheet."""

from collections.abc import Mapping
from dataclasses import dataclass

from web.passage_views import PassageDesk, SheetPreview
from web.report_views import Table
from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class QuestionnaireForm:
    """The words of a questionnaire as they stand or were sent. cities: one a line."""

    title_en: str = ""
    title_zh: str = ""
    intro_en: str = ""
    intro_zh: str = ""
    cities: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class QuestionnairesView:
    """`/studies/{study}/questionnaires`. form: for a new one, None for who may not make one."""

    study: Link
    base: str
    rows: tuple[Link, ...]
    form: QuestionnaireForm | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionFields:
    """One question in the list; an empty id is a row to fill in."""

    id: str = ""
    en: str = ""
    zh: str = ""
    kind: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True)
class StandingRow:
    """How far one unit is. state: `waiting`, `opened`, `begun`, `released`."""

    id: str
    unit: str
    state: str
    state_label: str
    progress: str
    when: str
    by: str
    contact: str
    url: str
    reminded: str
    is_released: bool


@dataclass(frozen=True, slots=True)
class QuestionnaireView:
    """`/questionnaires/{questionnaire}`: its words and questions, and who has answered."""

    title: str
    study: Link
    list: Link
    base: str
    form: QuestionnaireForm
    questions: tuple[QuestionFields, ...]
    kinds: tuple[Choice, ...]
    themes: tuple[Choice, ...]
    state: str
    state_label: str
    is_owner: bool
    can_ask: bool
    rows: tuple[StandingRow, ...]
    tally: tuple[tuple[str, int], ...]
    saved: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A reminder to one unit, to be printed or mailed. qr: path data and side in modules."""

    unit: str
    contact: str
    url: str
    mail: str
    qr: tuple[str, int]


@dataclass(frozen=True, slots=True)
class RemindersView:
    """`/questionnaires/{questionnaire}/reminders`."""

    title: str
    study_title: str
    city: str
    due: str
    marking: str
    back: Link
    action: str
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class SurveyView:
    """`/questionnaires/{questionnaire}/import`: answers from a survey tool."""

    title: str
    back: Link
    action: str
    sheet: SheetPreview
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswersView:
    """`/questionnaires/{questionnaire}/answers`: released answers, and levels compared."""

    title: str
    study: Link
    back: Link
    count: str
    tables: tuple[Table, ...]
    desk: PassageDesk


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One city of a closed question with the five levels; name: of the field; key: of the level."""

    name: str
    key: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One question with its answer as it stands. version: 0 for nothing yet."""

    id: str
    number: int
    text: str
    answer: str
    version: int
    by: str
    levels: tuple[LevelRow, ...]
    stances: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class ResponseView:
    """`/responses/{response}`: what a unit is asked; autosaved. problem: of what was sent."""

    id: str
    title: str
    study_title: str
    unit: str
    intro: str
    due: str
    rows: tuple[AskedRow, ...]
    may_write: bool
    is_released: bool
    released: str
    reopened: str
    contact: str
    messages: Mapping[str, str]
    saved: bool = False
    problems: tuple[Problem, ...] = ()
