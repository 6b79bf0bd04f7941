"""What the pages on which a study and its sessions are prepared are given."""

from dataclasses import dataclass

from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class StudyForm:
    """The settings of a study as they stand or were sent; `likes` only for a new one."""

    action: str
    title_en: str = ""
    title_zh: str = ""
    city_en: str = ""
    city_zh: str = ""
    marking: str = ""
    retention: str = ""
    quorum: str = "0"
    threshold: str = "100"
    languages: tuple[Choice, ...] = ()
    methods: tuple[Choice, ...] = ()
    shows: tuple[Choice, ...] = ()
    likes: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class StudyNewView:
    """`/studies/new`."""

    form: StudyForm
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedRow:
    """One stage or theme in its list; an empty id is a row to fill in."""

    id: str = ""
    en: str = ""
    zh: str = ""


@dataclass(frozen=True, slots=True)
class UnitFields:
    """One unit in the list of its theme. aliases: separated by semicolons. theme: of `places`."""

    id: str = ""
    en: str = ""
    zh: str = ""
    aliases: str = ""
    kind: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True)
class UnitList:
    """The units of one theme, or of none, as a form.

    places: where a unit can stand, the first one here. is_open: shown without being asked for.
    """

    title: str
    action: str
    rows: tuple[UnitFields, ...]
    places: tuple[Choice, ...]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One account that runs the study; one may not remove oneself."""

    id: str
    name: str
    login: str
    share: str
    is_removable: bool


@dataclass(frozen=True, slots=True)
class StudyPrepareView:
    """`/studies/{study}/prepare`. saved: which part was just stored, "" for none."""

    title: str
    base: str
    form: StudyForm
    stages: tuple[NamedRow, ...]
    themes: tuple[NamedRow, ...]
    unit_lists: tuple[UnitList, ...]
    kinds: tuple[Choice, ...]
    members: tuple[MemberRow, ...]
    shares: tuple[Choice, ...]
    is_owner: bool
    saved: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of a sheet that is to be imported. problem: "" for a good one."""

    number: int
    theme: str
    en: str
    zh: str
    kind: str
    aliases: str
    problem: str


@dataclass(frozen=True, slots=True)
class StudyImportView:
    """`/studies/{study}/import`: a sheet, then what it would do. text: the sheet to confirm."""

    title: str
    base: str
    rows: tuple[ImportRow, ...] = ()
    bad_count: int = 0
    good_count: int = 0
    text: str = ""
    is_checked: bool = False
    is_ready: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Suiting:
    """The stage that a new session of a kind belongs to, unless somebody says otherwise."""

    kind: str
    stage: str


@dataclass(frozen=True, slots=True)
class SessionForm:
    """The details of a session as they stand or were sent; `agendas`, `suiting` for a new one."""

    action: str
    title_en: str = ""
    title_zh: str = ""
    place: str = ""
    starts: str = ""
    kinds: tuple[Choice, ...] = ()
    languages: tuple[Choice, ...] = ()
    spoken: tuple[Choice, ...] = ()
    scripts: tuple[Choice, ...] = ()
    stages: tuple[Choice, ...] = ()
    themes: tuple[Choice, ...] = ()
    agendas: tuple[Choice, ...] = ()
    suiting: tuple[Suiting, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionNewView:
    """`/studies/{study}/sessions/new`."""

    study: Link
    form: SessionForm
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class StepFields:
    """One step or question of an agenda; an empty id is a row to fill in."""

    id: str = ""
    en: str = ""
    zh: str = ""
    actor: str = ""
    hand_over: str = ""
    system: str = ""
    data_in: str = ""
    data_out: str = ""
    probes: str = ""
    minutes: str = ""


@dataclass(frozen=True, slots=True)
class GuestFields:
    """One invited person. attendance: in words, "" for a row to fill in."""

    id: str = ""
    name: str = ""
    unit: str = ""
    role: str = "expert"
    attendance: str = ""
    has_come: bool = False


@dataclass(frozen=True, slots=True)
class SessionPrepareView:
    """`/sessions/{session}/prepare`. is_process: steps of a process, else questions."""

    title: str
    base: str
    study: Link
    form: SessionForm
    steps: tuple[StepFields, ...]
    guests: tuple[GuestFields, ...]
    units: tuple[Choice, ...]
    roles: tuple[Choice, ...]
    code: str
    state: str
    is_process: bool
    is_closed: bool
    saved: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """One line of the attendance sheet."""

    unit: str
    name: str
    role: str
    attendance: str


@dataclass(frozen=True, slots=True)
class AttendanceView:
    """`/sessions/{session}/attendance`: to be signed on paper, live while the session runs."""

    title: str
    study_title: str
    when: str
    place: str
    marking: str
    rows: tuple[AttendanceRow, ...]
    waiting: tuple[AttendanceRow, ...]
    back: Link
    here_count: int = 0


@dataclass(frozen=True, slots=True)
class MeetingNoticeView:
    """`/sessions/{session}/notice`: the letter that invites the units."""

    title: str
    study_title: str
    city: str
    kind: str
    when: str
    place: str
    marking: str
    units: tuple[str, ...]
    steps: tuple[str, ...]
    notice: tuple[str, ...]
    code: str
    join_url: str
    back: Link
