"""The demo study's content, read from the JSON files beside this module and checked."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from schemas.ids import UnitId
from schemas.session import Bilingual, Language, Role, StepDetail
from schemas.taxonomy import LinkKind, Scope
from server.domain.inheriting import Fate

_FOLDER = Path(__file__).parent

Text = tuple[str, str]
"""Two texts: of a problem its label and its definition; of a cause its English and Chinese."""

Content = TypeVar("Content")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Named(_Model):
    en: str
    zh: str

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.en, self.zh)


class DemoUnit(_Named):
    """One organisation, known by further names in both languages."""

    slug: str
    kind: str
    aliases: tuple[str, ...]


class DemoTheme(_Named):
    """One theme with its units in protocol order."""

    slug: str
    units: tuple[DemoUnit, ...]


class DemoStudy(_Model):
    """The study with its stages, themes and units; beside: units that stand in no theme."""

    slug: str
    title: _Named
    city: _Named
    stages: tuple[_Named, ...]
    themes: tuple[DemoTheme, ...]
    beside: tuple[DemoUnit, ...] = ()


class DemoSource(_Model):
    """One policy or plan of the literature stage."""

    slug: str
    title: str
    issuer: str
    level: str
    year: int | None
    topic: str
    targets: str
    url: str


class DemoPassage(_Model):
    """A short paraphrase of ours of what a source says; backs: slugs of problems."""

    source: str
    en: str
    zh: str
    backs: tuple[str, ...] = ()


class DemoSuccession(_Named):
    """What a unit came from, named as it was; origin: the slug of a unit of the study, or ""."""

    unit: str
    origin: str
    change: str
    on: str


class DemoOrganisation(_Model):
    """What units came from, and departments by the slug of their theme."""

    successions: tuple[DemoSuccession, ...]
    departments: dict[str, tuple[_Named, ...]]


class DemoQuestion(_Named):
    """One question; theme: a theme's slug, "" for all units."""

    slug: str
    kind: str
    theme: str


class DemoResponse(_Model):
    """What a unit answered, by the questions' slugs; backs: slugs of problems, likewise."""

    unit: str
    by: str
    released: bool
    answers: dict[str, str]
    levels: dict[str, int]
    backs: dict[str, tuple[str, ...]]


class DemoQuestionnaire(_Model):
    """The questionnaire of the second stage with the answers of several units."""

    title: _Named
    intro: _Named
    cities: tuple[str, ...]
    due: str
    questions: tuple[DemoQuestion, ...]
    responses: tuple[DemoResponse, ...]


class _Statement(_Model):
    slug: str
    en: Text
    zh: Text

    @property
    def label(self) -> Bilingual:
        """The label in both languages."""
        return Bilingual(self.en[0], self.zh[0])

    @property
    def definition(self) -> Bilingual:
        """One sentence in both languages."""
        return Bilingual(self.en[1], self.zh[1])


class DemoProblem(_Statement):
    """One problem; units: those that are known to have named it."""

    scope: Scope = Scope.UNKNOWN
    units: tuple[str, ...] = ()
    causes: tuple[Text, ...] = ()
    consequences: tuple[Text, ...] = ()


class DemoCategory(_Statement):
    """One category with its problems."""

    problems: tuple[DemoProblem, ...]


class DemoTaxonomy(_Model):
    """The taxonomy that stage 4 starts from. links: slug, kind, slug, read in this order."""

    categories: tuple[DemoCategory, ...]
    links: tuple[tuple[str, LinkKind, str], ...]


class DemoStep(_Named):
    """One step of a work process, told in the language of its session.

    actor, hand_over: units' slugs; no hand_over where the same unit goes on. minutes: planned.
    """

    actor: str
    system: str = ""
    data_in: str = ""
    data_out: str = ""
    hand_over: str = ""
    minutes: int = 0

    def detail(self, units: Mapping[str, UnitId]) -> StepDetail:
        """What is prepared for the step. units: ids by slug."""
        to = units[self.hand_over] if self.hand_over else None
        return StepDetail(self.system, self.data_in, self.data_out, to, minutes=self.minutes)


class DemoPerson(_Model):
    """Who sits in a demo session. cue: the speaker of the recording whose part it is."""

    name: str
    cue: str
    unit: str = ""
    role: Role = Role.EXPERT


class DemoSession(_Model):
    """A session that can be played at once; `theme` is a theme's slug."""

    recording: str
    language: Language
    theme: str
    title: _Named
    steps: tuple[DemoStep, ...]
    people: tuple[DemoPerson, ...]


class DemoAttendee(_Model):
    """Who was invited to the session that is over; came: whether they did."""

    name: str
    unit: str = ""
    role: Role = Role.EXPERT
    came: bool = True


class DemoLine(_Model):
    """One line of it; step: the step's number."""

    by: str
    step: int
    text: str


class DemoWording(_Model):
    """A wording that was not settled; positions: unit, stance, reason."""

    text: str
    state: str
    asked: str
    question: str
    affected: tuple[str, ...]
    positions: tuple[tuple[str, str, str], ...]


class DemoAssessment(_Model):
    """What a focus group said of a solution; units by slug."""

    lead: str
    supporting: tuple[str, ...]
    feasibility: str
    reason: str
    depends_on: str
    horizon: str
    cost: str
    regulation: str


class DemoSolution(_Model):
    """An agreed solution; line: the number of the line that proposed it."""

    slug: str
    en: Text
    zh: Text
    solves: tuple[str, ...]
    line: int
    assessment: DemoAssessment | None


class DemoPriorities(_Model):
    """A silent step; sheets: unit, what it marked urgent, what it called its own to solve."""

    most: int
    sheets: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]


class DemoBefore(_Model):
    """A walkthrough that is over. concerned: by problem, whether each unit was heard on it."""

    title: _Named
    language: Language
    theme: str
    days_ago: int
    steps: tuple[DemoStep, ...]
    people: tuple[DemoAttendee, ...]
    lines: tuple[DemoLine, ...]
    wordings: tuple[DemoWording, ...]
    concerned: dict[str, dict[str, bool]]
    evidence: tuple[tuple[str, int], ...]
    solutions: tuple[DemoSolution, ...]
    priorities: DemoPriorities


class DemoFate(_Statement):
    """What the demo study took over; proofs: numbers of lines of its walkthrough that show it."""

    fate: Fate
    reason: str
    proofs: tuple[int, ...]


class DemoHeir(DemoFate):
    """A problem of the earlier study; line: the number of the line that named it there."""

    units: tuple[str, ...]
    line: int
    cause: DemoFate | None = None


class DemoEarlierSession(_Model):
    """The one session of the earlier study, long over."""

    title: _Named
    step: DemoStep
    people: tuple[DemoAttendee, ...]
    lines: tuple[DemoLine, ...]


class DemoEarlier(_Model):
    """The study that the demo study follows; by: who said what became of its entries."""

    slug: str
    title: _Named
    years_ago: int
    by: str
    stages: tuple[_Named, ...]
    theme: DemoTheme
    session: DemoEarlierSession
    category: _Statement
    entries: tuple[DemoHeir, ...]


def study() -> DemoStudy:
    """Return the study with its themes and units."""
    return _read("units.json", DemoStudy)


def sources() -> tuple[DemoSource, ...]:
    """Return the literature stage's sources."""
    return _read("sources.json", tuple[DemoSource, ...])


def passages() -> tuple[DemoPassage, ...]:
    """Return passages of the sources that say what they aim at."""
    return _read("passages.json", tuple[DemoPassage, ...])


def organisation() -> DemoOrganisation:
    """Return succession of units, and departments."""
    return _read("organisation.json", DemoOrganisation)


def questionnaire() -> DemoQuestionnaire:
    """Return the questionnaire with its answers."""
    return _read("questionnaire.json", DemoQuestionnaire)


def taxonomy() -> DemoTaxonomy:
    """Return the starting taxonomy."""
    return _read("taxonomy.json", DemoTaxonomy)


def sessions() -> tuple[DemoSession, ...]:
    """Return the prepared sessions."""
    return _read("sessions.json", tuple[DemoSession, ...])


def before() -> DemoBefore:
    """Return the walkthrough that is over."""
    return _read("before.json", DemoBefore)


def earlier() -> DemoEarlier:
    """Return the study before, and what became of its entries."""
    return _read("earlier.json", DemoEarlier)


def _read(name: str, shape: type[Content]) -> Content:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return TypeAdapter(shape).validate_python(json.loads(text), strict=False)
