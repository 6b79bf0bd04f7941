"""Agendas to begin with: a work process walked through step by step, and a list of questions.

The four questions of a step are our adaptation of the cognitive walkthrough (C. Wharton, J. Rieman,
C. Lewis, P. Polson, 1994): awareness, means, fit, feedback.
"""

from enum import StrEnum

from schemas.session import Bilingual, Language, SessionKind, StepDetail


class Template(StrEnum):
    """An agenda to begin with."""

    USUAL = "usual"
    """That of the kind of session: a walkthrough develops jointly, a focus group is asked."""
    NONE = "none"
    PROCESS = "process"
    QUESTIONS = "questions"


Row = tuple[Bilingual, StepDetail]

_PROCESS = (
    (Bilingual("What starts the process", "事项如何启动"), 15),
    (Bilingual("The unit in charge acts", "牵头单位办理"), 20),
    (Bilingual("Data is handed to the next unit", "数据移交下一单位"), 20),
    (Bilingual("Supporting units act", "配合单位办理"), 20),
    (Bilingual("The result reaches the citizen or the company", "结果送达市民或企业"), 15),
    (Bilingual("What would help: solutions for the shelf", "改进设想：收集建议方案"), 20),
)

_QUESTIONS = (
    (
        Bilingual(
            "What happened the last time this went wrong?", "最近一次出现这个问题时，情况如何？"
        ),
        Bilingual("Which system, which place, when?", "哪个系统、什么地点、什么时间？"),
        15,
    ),
    (
        Bilingual("What causes it?", "原因是什么？"),
        Bilingual("Staff, money, rules, data or technology?", "人员、资金、制度、数据还是技术？"),
        15,
    ),
    (
        Bilingual("What follows from it, and for whom?", "造成什么后果，影响谁？"),
        Bilingual("How often, how much, since when?", "频率、数量、从何时开始？"),
        15,
    ),
    (
        Bilingual("What would solve it, and who would have to act?", "怎样解决，需要谁来做？"),
        Bilingual("Feasible now, with conditions, or not?", "现在可行、有条件可行，还是不可行？"),
        15,
    ),
)


def rows(template: Template, kind: SessionKind, language: Language) -> tuple[Row, ...]:
    """Return the steps of a template for a session of this kind and language, in order."""
    match template:
        case Template.USUAL:
            is_asking = kind is SessionKind.FOCUS_GROUP
            return rows(Template.QUESTIONS if is_asking else Template.PROCESS, kind, language)
        case Template.NONE:
            return ()
        case Template.PROCESS:
            return tuple((title, StepDetail(minutes=minutes)) for title, minutes in _PROCESS)
        case Template.QUESTIONS:
            return tuple(
                (title, StepDetail(probes=(probe.in_(language),), minutes=minutes))
                for title, probe, minutes in _QUESTIONS
            )
