"""One full and one empty view of the pages of stages 1 and 2."""

from schemas.session import Language
from web.colleague_views import ColleagueRow, ColleaguesView
from web.organisation_views import DepartmentList, OrganisationView, SuccessionFields
from web.passage_views import (
    NoteRow,
    PassageDesk,
    PassageRow,
    SheetPreview,
    SheetRow,
    ShelfRow,
    SourceForm,
    SourcesView,
    SourceView,
)
from web.preparing_views import NamedRow
from web.qr import qr_path
from web.questionnaire_views import (
    AnswersView,
    AskedRow,
    Letter,
    LevelRow,
    QuestionFields,
    QuestionnaireForm,
    QuestionnairesView,
    QuestionnaireView,
    RemindersView,
    ResponseView,
    StandingRow,
    SurveyView,
)
from web.report_views import Table
from web.views import Choice, Link, Problem

STUDY = Link("/studies/1", "Smart city")


def desk() -> PassageDesk:
    """Passages of which one backs an entry and carries a note."""
    return PassageDesk(
        (
            PassageRow(
                "p1", "p-p1", "1", "一、总体要求", "推动政务数据共享，打破部门壁垒。", "zh", "",
                (Link("/entries/1", "Data is not shared", "problem"),),
                (NoteRow("n", "cause", "Cause", "No list of interfaces", "陈静", True),),
            ),
            PassageRow("p2", "p-p2", "2", "", "Standards come first.", "en", "Water Bureau"),
        ),
        "/sources/1", True, (Choice("e", "Data is not shared", "data is not shared"),),
        (Choice("problem", "Problem"), Choice("memo", "Memo")), "7",
        Link("/entries/1", "Data is not shared", "e"),
    )  # fmt: skip


def full(_language: Language) -> list[object]:
    """Views as a study in the middle of its work has them."""
    preview = SheetPreview(
        ("Title", "Year"),
        (SheetRow(2, ("Plan", "2016"), ""), SheetRow(3, ("", "16"), "The title is missing.")),
        1, 1, "title,year\nPlan,2016\n,16\n", is_ready=False,
    )  # fmt: skip
    return [
        SourceView(
            "Guidance on standards", STUDY, Link("/studies/1/sources", "Sources"),
            ("State Council", "National", "2015"), "https://example.org/plan", desk(),
        ),
        SourcesView(
            STUDY, "/studies/1/sources",
            (ShelfRow(Link("/sources/1", "Guidance"), "State Council", "National", "2015", "Data", 2),),
            True, SourceForm("Guidance", year="15"), preview, (Choice("", "–"), Choice("city", "City")),
            (Problem("", "The year must have four digits."),), (), "sheet",
        ),
        OrganisationView(
            STUDY, "/studies/1",
            (SuccessionFields("w", "merged", "", "Health Bureau", "市卫生局", "2014"), SuccessionFields()),
            (Choice("w", "Health Commission"),), (Choice("merged", "Merged"),),
            (DepartmentList("t", "Data", "/x", (NamedRow("", "Planning", "规划处"), NamedRow())),),
            "succession", (Problem("", "Row 2 lacks the unit."),),
        ),
        ColleaguesView(
            STUDY, "/studies/1/people",
            (ColleagueRow("p", "陈静", "Water Bureau", "Planning", "Rivers", "Expert", "Chinese"),),
            (Choice("s", "From ship to truck"),), preview, True, "invited", 1,
            Link("/sessions/s/prepare#guests", "From ship to truck"),
            (Problem("", "Nobody is chosen."),),
        ),
        *_questionnaires(),
    ]  # fmt: skip


def _questionnaires() -> list[object]:
    level = LevelRow(
        "level-q-0",
        "own",
        "天津",
        tuple(Choice(str(n), "middle", selected=n == 3) for n in range(1, 6)),
    )
    rows = (
        AskedRow("q", 1, "Which data do you need from others?", "地籍数据。", 2, "王芳", ()),
        AskedRow("r", 2, "How far is the city?", "", 0, "", (level,)),
    )
    standing = StandingRow(
        "1", "Water Bureau", "released", "Released", "2 / 2", "2026-03-01 10:00", "Wang Fang", "",
        "http://localhost/reply/x", "2026-02-20 09:00", True,
    )  # fmt: skip
    late = StandingRow(
        "2",
        "交通委",
        "waiting",
        "Not opened",
        "0 / 2",
        "",
        "",
        "李",
        "http://localhost/reply/y",
        "",
        False,
    )
    return [
        QuestionnairesView(
            STUDY, "/studies/1/questionnaires", (Link("/questionnaires/1", "Survey", "Open"),),
            QuestionnaireForm("Survey"), (Problem("", "Title"),),
        ),
        QuestionnaireView(
            "Survey", STUDY, Link("/q", "Questionnaires"), "/questionnaires/1",
            QuestionnaireForm("Survey", "问卷", cities="Shanghai"),
            (QuestionFields("q", "Which data?", "哪些数据？", "open"), QuestionFields()),
            (Choice("open", "Words"),), (Choice("", "All units"),), "open", "Open", True, True,
            (standing, late), (("Released", 1), ("Not opened", 1)), "board",
            (Problem("", "The questionnaire has no question yet."),),
        ),
        RemindersView(
            "Survey", "Smart city", "天津", "2026-03-31", "内部", Link("/q", "Board"), "/q/lead",
            (Letter("交通委", "李", "http://localhost/reply/y", "mailto:?subject=x", qr_path("x")),),
        ),
        SurveyView(
            "Survey", Link("/q", "Board"), "/q/import",
            SheetPreview(
                ("Unit", "Answers"),
                (SheetRow(2, ("Nobody", "x"), "No unit that is asked has this name."),), 1, 0, "a",
            ),
            (Problem("", "The column is missing."),),
        ),
        AnswersView(
            "Survey", STUDY, Link("/q", "Board"), "1 of 2",
            (Table("How far?", ("Unit", "天津", "Shanghai"), (("Water", "3", "4"),)),), desk(),
        ),
        ResponseView(
            "1", "Survey", "Smart city", "市水务局", "Thank you.", "2026-03-31", rows, True, False, "",
            "Please name systems.", "王芳", {"saved": "Saved"}, saved=True,
            problems=(Problem("", "A colleague has changed this answer."),),
        ),
    ]  # fmt: skip


def empty(_language: Language) -> list[object]:
    """The same pages before anything happened."""
    nothing = PassageDesk((), "/sources/1")
    return [
        OrganisationView(STUDY, "/studies/1", (SuccessionFields(),), (), (), ()),
        ColleaguesView(STUDY, "/studies/1/people", (), (), SheetPreview(()), is_owner=False),
        SourceView("Plan", STUDY, Link("/studies/1/sources", "Sources"), (), "", nothing),
        SourcesView(STUDY, "/studies/1/sources", (), False, SourceForm(), SheetPreview(())),
        QuestionnairesView(STUDY, "/studies/1/questionnaires", (), QuestionnaireForm()),
        QuestionnaireView(
            "Survey",
            STUDY,
            STUDY,
            "/questionnaires/1",
            QuestionnaireForm(),
            (QuestionFields(),),
            (Choice("open", "Words"),),
            (Choice("", "All units"),),
            "prepared",
            "Prepared",
            True,
            True,
            (),
            (),
        ),
        RemindersView("Survey", "Smart city", "", "", "", STUDY, "/questionnaires/1/lead", ()),
        AnswersView("Survey", STUDY, STUDY, "0 of 0", (), nothing),
        SurveyView("Survey", STUDY, "/q/import", SheetPreview(())),
        ResponseView(
            "1", "Survey", "Smart city", "Water", "", "", (), False, False, "", "", "", {}
        ),
    ]
