"""The words of detail gaps, solutions, priorities and returns; joined to `web.words`."""

from collections.abc import Mapping

GAP_WORDS: Mapping[str, str] = {
    "gap.deferred": "Deferred",
    "gap.contested": "Contest unresolved",
    "gap.not_heard": "Not yet heard",
    "gap.step_not_reached": "Step never reached",
    "gap.expert_absent": "Expert absent",
    "gap.no_cause": "No cause",
    "gap.no_consequence": "No consequence",
    "gap.no_example": "No concrete example",
    "gap.one_voice": "Heard from one voice only",
    "gap.no_line": "Never said in a session",
    "gap.counted": "{reason} × {count}",
    "gap.sum": "weight {base} × units concerned {breadth}",
}

GAP_ERRORS: Mapping[str, tuple[str, str]] = {
    "gaps.none": ("No question has been chosen.", "Mark what the focus group is to ask."),
    "gaps.too_many": ("A session holds at most {most} questions.", "Choose fewer, or prepare two focus groups."),
    "gaps.changed": ("{gone} of the chosen gaps are gaps no more.", "The list is as it stands now; choose again."),
}  # fmt: skip
