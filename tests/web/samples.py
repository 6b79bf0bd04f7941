"""One full and one empty view of every class in web.views, for the tests of pages.

Full views hold what real studies hold: long labels, both scripts, missing speakers, gone audio.
"""

from schemas.session import Language
from tests.web import (
    samples_documents,
    samples_exports,
    samples_gaps,
    samples_inheriting,
    samples_method,
    samples_requirements,
    samples_reviews,
    samples_solutions,
    samples_stages,
    samples_unheard,
)
from web.archive_views import (
    ArchiveView,
    CodingView,
    EchoLinkedView,
    EchoRow,
    EchoView,
    FacetChoice,
    FacetGroup,
    HitRow,
)
from web.entrance_views import JoinView, LobbyView, LoginView, SeatCard, SeatsView, SessionCard
from web.i18n import messages, translator
from web.keys import boot_keys, keys_view
from web.peers_views import PeerRow, PeersView
from web.qr import qr_path
from web.session_views import (
    ContextRow,
    ContextView,
    PromotionView,
    ReaderLine,
    ReaderNote,
    ReaderStep,
    ReaderView,
    SessionView,
    SimilarEntry,
    SoundCheckView,
    StenoView,
)
from web.study_views import Count, StudyView, ThemeBlock, UnitRow
from web.taxonomy_views import (
    EarlierRow,
    EntryView,
    EvidenceRow,
    HistoryRow,
    TaxonomyNode,
    TaxonomyView,
)
from web.views import Choice, Chrome, ErrorView, KeysView, Link, Piece, Problem


def chrome(language: Language, *, person: str = "李伟", path: str = "/") -> Chrome:
    """Return what surrounds a page for a person who is signed in; person "" is a stranger."""
    text = translator(language).text
    links = (
        Link("/studies/1", text("place.study"), current=path.startswith("/studies/1")),
        Link("/studies/1/taxonomy", text("place.taxonomy")),
        Link("/archive", text("place.archive"), current=path == "/archive"),
    )
    return Chrome(
        language=language,
        path=path,
        nonce="n0nce",
        token="t0ken" if person else "",
        person=person,
        links=links if person else (),
    )


def full(language: Language) -> list[object]:
    """Return a view of every class with every field filled."""
    return [
        lobby(language),
        LoginView("chair", (Problem("login", "Login name or password is wrong."),)),
        join(language),
        JoinView("/seat/abc", "Walkthrough", "Study", "", "王芳", (), True, "市公安局", notice(language)),
        study(language),
        taxonomy(language),
        entry(language),
        session(language),
        seats(),
        PeersView(
            "Data sharing", "/s", "/s/peers", "wss://colloquy.example.org/ws/session/1",
            (PeerRow("1", "Robot", "2026-11-28 10:00", "", "/s/peers/1/revoke"), PeerRow("2", "分析程序", "2026-11-27 10:00", "2026-11-28 09:00", "")),
            "k3J9tokentokentokentokentokentoken",
        ),
        StenoView("Focus group", "Step 2", "/sessions/s", session(language).boot),
        sound_check(language),
        archive(language),
        coding(language),
        echo(language),
        EchoLinkedView("No shared schedule", "/entries/3"),
        reader(language),
        context(),
        promotion(),
        ErrorView(404, "This page does not exist, or not for you.", "Look at the address.", (Link("/", "Start page"),)),
        keys_view(translator(language).text),
        *samples_method.full(language),
        *samples_gaps.full(language),
        *samples_unheard.full(),
        *samples_requirements.full(language),
        *samples_solutions.full(language),
        *samples_inheriting.full(language),
        *samples_stages.full(language),
        *samples_exports.full(language),
        *samples_reviews.full(language),
        *samples_documents.full(),
    ]  # fmt: skip


def empty(language: Language) -> list[object]:
    """Return a view of every class with nothing in it."""
    return [
        LobbyView((), (), can_sign_in=False),
        LoginView(),
        JoinView("/join", "Session", "Study", "", "", (), False, "", ()),
        StudyView("Study", "", (), (), (), (), "1", "/t", is_moderator=False),
        TaxonomyView("Study", (), 0, "/t"),
        EntryView("e", "Entry", "", "", "category", "Category", (), "", "", (), (), (), (), (), ()),
        session(language, empty=True),
        SeatsView("Session", "", ()),
        PeersView("Session", "/s", "/s/peers", "ws://localhost/ws/session/1"),
        StenoView("Session", "", "/s", session(language, empty=True).boot),
        SoundCheckView("Session", "/s", "", "en", (), {}),
        ArchiveView("", (), asked=False, next_href=""),
        EchoView("1", "2", "", "", ()),
        EchoLinkedView("Entry", "/entries/1"),
        CodingView("1", "Entry", "/entries/1", "problem", "Problem", (), (), 0, 1, 1, None),
        ReaderView("Session", "Study", "", (), (), (), 0),
        ContextView(()),
        PromotionView("p", 1, "Text", "k" * 16, "problem", (), (), "", (), "", "", False, ""),
        ErrorView(500, "Something did not work.", ""),
        KeysView(),
        *samples_method.empty(language),
        *samples_gaps.empty(language),
        *samples_unheard.empty(),
        *samples_requirements.empty(language),
        *samples_solutions.empty(language),
        *samples_inheriting.empty(language),
        *samples_stages.empty(language),
        *samples_exports.empty(language),
        *samples_reviews.empty(language),
        *samples_documents.empty(),
    ]


def cards(language: Language) -> tuple[SessionCard, ...]:
    """Return one live, one prepared and one closed session."""
    text = translator(language).text
    joint, focus = text("session_kind.joint_development"), text("session_kind.focus_group")
    chinese, english = text("language.zh"), text("language.en")
    ways = tuple(
        Link(f"/sessions/1/{way}", text(f"session.{way}"))
        for way in ("prepare", "projector", "seats")
    )
    return (
        SessionCard("/sessions/1", "Data sharing: a registration walks through five units", joint,
                    text("session_state.live"), True, english, "K7M4-Q2XP", ways),
        SessionCard("/sessions/2", "数据共享：人口登记信息如何到达各单位", joint,
                    text("session_state.prepared"), False, chinese, "P3RW-8HVD", ways),
        SessionCard("/sessions/3", "Network information office: what is missing", focus,
                    text("session_state.closed"), False, english, ""),
    )  # fmt: skip


def lobby(language: Language) -> LobbyView:
    """Return the lobby of a moderator after a wrong code."""
    return LobbyView(
        studies=(Link("/studies/1", "Smart city plan of Tianjin, 13th five-year period", "5 themes, 53 units"),),
        sessions=cards(language),
        can_sign_in=True,
        problems=(Problem("code", "No open session has this code. Look at the screen in the room."),),
    )  # fmt: skip


def units() -> tuple[Choice, ...]:
    """Return some units as a picker offers them."""
    names = (
        ("Public Security Bureau", "市公安局", "gongan ga police"),
        ("Network Information Office", "市网信办", "wangxin wxb cac"),
        ("Municipal Communications Administration", "市通信管理局", "tongxin"),
        ("Tianjin Unicom Huayuan Data Port", "天津联通华苑数据港", "unicom huayuan"),
        ("Education Commission", "市教委", "jiaowei"),
    )
    return tuple(
        Choice(str(n), f"{en} · {zh}", f"{en} {zh} {more}".casefold())
        for n, (en, zh, more) in enumerate(names)
    )


def notice(language: Language) -> tuple[str, ...]:
    """Return the notice as routes take it from the translations."""
    return translator(language).notice()


def join(language: Language) -> JoinView:
    """Return the form after a name was forgotten."""
    return JoinView(
        action="/join", session_title="Data sharing: a registration walks through five units",
        study_title="Smart city plan of Tianjin", code="K7M4-Q2XP", name="", units=units(),
        fixed=False, unit_name="", notice=notice(language), problems=(Problem("name", "Say who you are."),),
    )  # fmt: skip


def study(language: Language) -> StudyView:
    """Return a study with three themes."""
    security = (
        UnitRow("Municipal Communications Administration", "市通信管理局", "Bureau", ""),
        UnitRow("Public Security Bureau", "市公安局", "Bureau", "city police, 公安"),
        UnitRow(
            "National Supercomputing Tianjin center", "国家超级计算天津中心", "Institution", ""
        ),
    )
    return StudyView(
        title="Smart city plan of Tianjin, 13th five-year period",
        city="Tianjin · 天津",
        stages=("Literature", "Questionnaire", "Joint development", "Focus groups"),
        sessions=cards(language),
        themes=(
            ThemeBlock("Infrastructure and information security", security),
            ThemeBlock("Citizen services", (UnitRow("Education Commission", "市教委", "Commission", ""),)),
            ThemeBlock("Environment", ()),
        ),
        standing=(Count("Problems", 12), Count("Causes", 7), Count("Wordings contested", 1)),
        study_id="1",
        taxonomy_href="/studies/1/taxonomy", is_moderator=True, new_session_href="/studies/1/sessions/new",
        prepare_href="/studies/1/prepare", gaps_href="/studies/1/gaps", unheard_href="/studies/1/unheard",
        matrix_href="/studies/1/matrix", report_href="/studies/1/report", solutions_href="/studies/1/solutions",
        requirements_href="/studies/1/requirements", sources_href="/studies/1/sources",
        questionnaires_href="/studies/1/questionnaires", exports_href="/studies/1/exports",
    )  # fmt: skip


def taxonomy(language: Language) -> TaxonomyView:
    """Return a tree of two categories, three levels deep, one entry fresh."""
    word = translator(language).text

    def node(
        id: str,
        kind: str,
        label: str,
        evidence: int = 0,
        fresh: str = "",
        *children: TaxonomyNode,
        scope: str = "",
    ) -> TaxonomyNode:
        return TaxonomyNode(
            id,
            f"/entries/{id}",
            kind,
            word(f"kind.{kind}"),
            label,
            scope,
            evidence,
            fresh,
            children,
        )

    data = node(
        "1", "category", "Data", 0, "",
        node("2", "problem", "Data is not shared between units, or only after written requests that take weeks", 4, "",
             node("3", "cause", "No unit owns the shared catalogue", 2, word("Agreed just now in “{session}”", session="Data sharing")),
             node("4", "consequence", "Citizens bring the same certificate two or three times", 3),
             node("5", "solution", "一次性告知单，由网信办统一维护", 1), scope=word("scope.national")),
        node("6", "problem", "Upgrades of systems are not coordinated", 1, scope=word("scope.local")),
    )  # fmt: skip
    support = node("7", "category", "Management support", 0, "", node("8", "problem", "Lack of interest, engagement and support of management for smart city projects"))  # fmt: skip
    return TaxonomyView(
        "Smart city plan of Tianjin", (data, support), 8, "/studies/1/taxonomy", "/studies/1"
    )


def evidence() -> tuple[EvidenceRow, ...]:
    """Return one row with sound, one without speaker, one whose audio is gone."""
    return (
        EvidenceRow("The list of papers on the wall is not the list in the system.", "en", "Li Wei", "Public Security Bureau",
                    "Data sharing", "00:41:52", "/sessions/1#line-1", "/tracks/1/audio.wav", 2512.4, "", "Joint development", "2026-03-01"),
        EvidenceRow("窗口贴的材料清单和系统里的不一样，群众要跑两三趟。", "zh", "王芳", "",
                    "数据共享", "00:12:07", "/sessions/2#line-2", "/tracks/2/audio.wav", 0.4, ""),
        EvidenceRow("We reconcile both lists every month, by hand.", "en", "Omar", "Education Commission",
                    "Focus group 2", "00:03:10", "/sessions/3#line-3", "", 0.0, "Sound deleted on 1 March 2026, as the study decided."),
    )  # fmt: skip


def entry(language: Language) -> EntryView:
    """Return an entry with everything."""
    return EntryView(
        id="2", label="Data is not shared between units, or only after written requests that take weeks",
        other_label="单位之间数据不共享，或需书面申请数周后才能获得",
        definition="A unit needs data that another unit holds; there is no catalogue, no standing agreement and no common format.",
        other_definition="某单位需要其他单位掌握的数据，但没有目录、没有长期协议，也没有统一格式。",
        other_language=Language.ZH if language is Language.EN else Language.EN,
        kind="problem", kind_label=translator(language).text("kind.problem"),
        path=(Link("/studies/1/taxonomy", "Taxonomy"), Link("/entries/1", "Data")),
        scope="Holds for the whole country", state="Active",
        units=("Public Security Bureau", "Network Information Office", "市教委"),
        not_yet_heard=("Maritime Administration", "Unicom"),
        links=(Link("/entries/3", "No unit owns the shared catalogue", "caused by"), Link("/entries/4", "Citizens bring the same certificate two or three times", "leads to")),
        children=(Link("/entries/5", "One list of papers, kept by one office", "Solution"),),
        evidence=evidence(),
        history=(HistoryRow("2026-11-23 09:41", "Promoted from wording 2 with the agreement of three units", "Chair, Data sharing"),
                 HistoryRow("2026-11-23 10:02", "Evidence added", "数据共享")),
        solution=samples_solutions.solution(), spread=samples_solutions.spread(),
        heir=samples_inheriting.heir(),
        earlier=(EarlierRow("The plan before", Link("/entries/9", "Data is not shared"), evidence()[:1]),
                 EarlierRow("The plan before that", None)),
        later=(Link("/entries/10", "Data is not shared", "The plan after · Persists"),),
    )  # fmt: skip


def session(language: Language, *, empty: bool = False) -> SessionView:
    """Return the live page of a moderator."""
    text = translator(language).text
    unit_rows = [] if empty else [{"id": "u1", "en": "Public Security Bureau", "zh": "市公安局", "kind": "bureau", "aliases": []}]  # fmt: skip
    boot: dict[str, object] = {
        "session": {"id": "s1", "title": "Data sharing", "language": "en", "state": "live", "study": "1", "kind": "joint_development"},
        "me": {"id": "p1", "name": "Chair", "role": "moderator", "unit": None},
        "can": {"annotate": True, "moderate": True, "speak": True, "chat": True},
        "units": unit_rows, "token": "t0ken", "language": language.value, "view": "room", "messages": {},
        "keys": boot_keys(text), "recording": None,
    }  # fmt: skip
    tree = TaxonomyView("Study", (), 0, "/t") if empty else taxonomy(language)
    more = {} if empty else {"code": "K7M4-Q2XP", "seats_href": "/sessions/s1/seats", "projector_href": "/sessions/s1/projector"}  # fmt: skip
    return SessionView("Data sharing", "Step 2 of 5", text("role.moderator"), True, False, boot, tree, **more)  # fmt: skip


def seats() -> SeatsView:
    """Return three cards and the general one."""
    people = (("王芳", "市网信办"), ("Li Wei", "Public Security Bureau"), ("Stenographer", ""))
    cards = []
    for number, (name, unit) in enumerate(people):
        url = f"https://colloquy.example/seat/{number}-3hF9qkX2Zp7LmV8sWbT4yA"
        cards.append(SeatCard(name, unit, url, *qr_path(url)))
    join_url = "https://colloquy.example/join#K7M4-Q2XP"
    return SeatsView("Data sharing: a registration walks through five units", "K7M4-Q2XP", tuple(cards), join_url, *qr_path(join_url))  # fmt: skip


def hit(key: int, of: str, kind: str, label: str, pieces: tuple[Piece, ...], language: str = "en", audio: str = "/tracks/1/audio.wav") -> HitRow:  # fmt: skip
    """Return one hit."""
    return HitRow(key, of, kind, label, "Li Wei" if language == "en" else "王芳", "Public Security Bureau",
                  "Data sharing", f"00:4{key % 10}:52", pieces, f"/sessions/1#line-{key}", f"/lines/{key}/context",
                  audio, 2512.4, language)  # fmt: skip


def archive(language: Language) -> ArchiveView:
    """Return hits in both scripts, marked once, twice and not at all."""
    word = translator(language).text
    plain, marked = (lambda text: Piece(text, False)), (lambda text: Piece(text, True))
    hits = (
        hit(9, "line", "line", "", (plain("The wall is not the "), marked("list"), plain(" of papers that is in the system, and nobody owns the "), marked("list"), plain("."))),
        hit(8, "annotation", "problem", word("kind.problem"), (marked("List"), plain(" on the wall and in the system differ")), audio=""),
        hit(7, "line", "line", "", (plain("每次都要重新排队，窗口之间没有人告诉他们缺什么；窗口贴的材料"), marked("清单"), plain("和系统里的不一样，群众要跑两三趟，我们每个月用手工核对一次，一直没有人负责统一维护这两份材料。")), "zh"),
        hit(6, "annotation", "cause", word("kind.cause"), (plain("No unit is responsible"),), audio=""),
    )  # fmt: skip
    chosen = FacetChoice(word("kind.problem"), 1, "/archive?q=list", True)
    cause = FacetChoice(word("kind.cause"), 1, "/archive?q=list&kind=problem&kind=cause", False)
    return ArchiveView(
        "list OR 清单", hits, True, "/archive?q=list&after=6", total=word("archive.total", count=4),
        widened="排队叫号", facets=(FacetGroup("kind", word("facet.kind"), (chosen, cause), True),),
        chosen=(chosen,), kept=(("kind", "problem"),), query="q=list&kind=problem",
        orders=(Link("/archive?q=list", word("archive.newest"), current=True),
                Link("/archive?q=list&order=relevance", word("archive.relevance"))),
    )  # fmt: skip


def echo(language: Language) -> EchoView:
    found = hit(1, "line", "line", "Said", (Piece("the drainage schedule", False),))
    return EchoView(
        "1", "2", "Nobody sees the drainage schedule",
        "Water · 2026-11-28 · the drainage schedule",
        (EchoRow(found, "2026-11-28", "Flood", "", "3", "No shared schedule"),
         EchoRow(found, "", "Flood", "Said elsewhere too: Flood. /lines/1")),
    )  # fmt: skip


def coding(language: Language) -> CodingView:
    """Return hits that have just become evidence."""
    hits = archive(language).hits
    return CodingView(
        "1", "Data is not shared", "/entries/1", "problem", translator(language).text("kind.problem"),
        hits, (), len(hits), 1, 1, 7, back_href="/archive?q=list", query="q=list",
    )  # fmt: skip


def reader(language: Language) -> ReaderView:
    """Return a short transcript with a note, a promotion and two steps."""
    word = translator(language).text
    note = ReaderNote("problem", word("kind.problem"), "Nobody owns the list", "Li Wei", "en", 12.0)
    promoted = ReaderNote("", word("reader.promoted"), "Data is not shared", "Chair", "en", 70.0)
    lines = (
        ReaderLine("1", "00:00:10", 10.0, "Li Wei", "Water Bureau", "The list is not the list.", "en",
                   "/tracks/1/audio.wav", 9.5, 14.0, (note,), (), "Measure the water level"),
        ReaderLine("2", "00:01:04", 64.0, "王芳", "", "每次都要重新排队。", "zh", "", 0.0, 0.0, (), (promoted,)),
    )  # fmt: skip
    return ReaderView(
        "From rising water to a closed road", "Smart city plan", "/sessions/1", lines,
        (ReaderStep("s1", "#line-1", "Measure the water level", "00:00:10", 10.0), ReaderStep("s2", "", "Close the road", "", 0.0)),
        (("Li Wei", "Water Bureau", 1), ("王芳", "", 1)), 2,
    )  # fmt: skip


def context() -> ContextView:
    """Return three lines, the middle one current."""
    return ContextView(
        (
            ContextRow("Chair", "00:41:40", "Let us walk through step two.", "en", False, "/sessions/1#line-0"),
            ContextRow("Li Wei", "00:41:52", "The list on the wall is not the list in the system.", "en", True, "/sessions/1#line-1"),
            ContextRow("王芳", "00:42:03", "每次都要重新排队。", "zh", False, "/sessions/1#line-2"),
        )
    )  # fmt: skip


def promotion() -> PromotionView:
    """Return the panel of a wording that one unit still objects to."""
    return PromotionView(
        proposal_id="p1", number=2, text="Two lists of required papers exist, and nobody owns either.",
        key="0123456789abcdef", kind="problem",
        kinds=(Choice("problem", "Problem", selected=True), Choice("cause", "Cause")),
        parents=(Choice("1", "Data", selected=True), Choice("7", "Management support")), category="",
        similar=(SimilarEntry("2", "Data is not shared between units", "Data", 4),),
        label_en="Two lists of required papers", label_zh="", needs_override=True,
        why_not_agreed="One unit objects: the portal's list is the valid one.",
        problems=(Problem("label_zh", "Give a label in at least one language."),),
    )  # fmt: skip


def sound_check(language: Language) -> SoundCheckView:
    """The pre-flight page."""
    boot = {
        "token": "t",
        "path": "/api/sessions/s/sound?language=en",
        "messages": messages(language),
    }
    languages = (
        ("en", "/sessions/s/sound?read=en", True),
        ("zh", "/sessions/s/sound?read=zh", False),
    )
    return SoundCheckView(
        "Focus group", "/sessions/s", "Good morning, everyone.", "en", languages,
        boot | {"most": 30, "ear": "ready"},
    )  # fmt: skip
