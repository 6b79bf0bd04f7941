"""The words of units that were not heard, and what was refused there; joined to `web.words`."""

from collections.abc import Mapping

UNHEARD_WORDS: Mapping[str, str] = {
    "unheard.progress": "Asked: {asked} of {all} that are waited for.",
    "unheard.stand": "Stand",
    "unheard.said": "{stance}, in writing",
    "unheard.said_words": "In writing",
    "unheard.said_earlier": "{said}, on version {number}",
    "unheard_state.waiting": "Asked",
    "unheard_state.opened": "Link opened",
    "unheard_state.answered": "Answered without a stand",
    "change.unit_heard": "A unit that was not heard answered in writing",
}

UNHEARD_ERRORS: Mapping[str, tuple[str, str]] = {
    "unheard.none": ("No unit is chosen.", "Tick the units that are to be asked."),
    "unheard.too_many": ("At most {most} wordings can be asked about at once.", "Choose fewer."),
    "unheard.changed": (
        "{gone} of what was chosen waits no more: it was answered or asked meanwhile.",
        "The list is as it stands now; choose again.",
    ),
}
