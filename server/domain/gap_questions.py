"""The question that would close a gap, in both languages; as an agenda's step it is asked aloud."""

from schemas.session import Bilingual

MOST_CHARACTERS = 480
"""A step's title holds at most 500."""

_QUESTIONS: dict[str, tuple[str, str]] = {
    "contested": (
        "Where do you stand on this wording, and what would have to change in it: {en}?",
        "贵单位怎样看待这一表述，哪些地方需要修改：{zh}？",
    ),
    "not_heard": (
        "Does this hold for your unit too, and how does it show: {en}?",
        "贵单位是否也存在这一情况，有哪些表现：{zh}？",
    ),
    "step_not_reached": (
        "How does this step run in your unit, with which system and data: {en}?",
        "贵单位在这一环节如何办理，使用什么系统和数据：{zh}？",
    ),
    "expert_absent": (
        "What would your unit have told in the session {en_session}?",
        "就{zh_session}会议所议事项，贵单位有哪些情况需要说明？",
    ),
    "no_cause": ("What causes this: {en}?", "造成这一问题的原因是什么：{zh}？"),
    "no_consequence": (
        "What follows from this, and for whom: {en}?",
        "这一问题造成什么后果，影响到谁：{zh}？",
    ),
    "no_example": (
        "Can you name an example, with the system, the place, a number and a date: {en}?",
        "请举一个具体事例，说明系统、地点、数量和时间：{zh}？",
    ),
    "one_voice": (
        "Only one unit has told this so far. How do you see it: {en}?",
        "目前只有一个单位反映这一情况，贵单位怎么看：{zh}？",
    ),
    "no_line": (
        "Can you tell how you meet this in your own work: {en}?",
        "请结合本单位工作谈谈这一情况：{zh}？",
    ),
}


def question_for(reason: str, text: Bilingual, session: Bilingual, asked: str = "") -> Bilingual:
    """Return what to ask. asked: the question that a room has put already; it is kept as it is."""
    if asked:
        return Bilingual(asked[:MOST_CHARACTERS])
    if reason == "deferred":
        return question_for("contested", text, session)
    en, zh = _QUESTIONS[reason]
    fields = {
        "en": _bare(text.en or text.zh),
        "zh": f"“{_bare(text.zh or text.en)}”",
        "en_session": f"“{session.en or session.zh}”",
        "zh_session": f"“{session.zh or session.en}”",
    }
    return Bilingual(en.format_map(fields), zh.format_map(fields))


def _bare(text: str) -> str:
    """A statement within a question: without its full stop, cut where it is very long."""
    said = text.strip().rstrip(".。?？!！")
    return said if len(said) <= 300 else f"{said[:299]}…"
