"""The words of a study that follows another; joined to `web.words` and `web.error_texts`."""

from collections.abc import Mapping

INHERITING_WORDS: Mapping[str, str] = {
    "fate.open": "Not looked at yet",
    "fate.solved": "Solved",
    "fate.partly": "Partly solved",
    "fate.persists": "Persists",
    "fate.irrelevant": "No longer relevant",
    "inherited.title": "From the study before",
    "inherited.brought": "Entries taken over: {count}",
    "inherited.version": "Version {number}",
    "change.inherited": "Taken over from the study before",
    "change.fate_said": "Said what became of it",
}

INHERITING_ERRORS: Mapping[str, tuple[str, str]] = {
    "follow.itself": ("One of the two studies follows the other already.", "Choose another study."),
    "follow.taken": ("This study follows another one already.", "A study follows at most one."),
    "follow.stage": ("The study has no stage yet, so it cannot take entries over.", "Give it its stages first."),
    "inherited.unknown": ("This entry was not taken over from a study before.", "Go back to the list."),
    "inherited.reference": ("“{given}” is no address of a line or a passage.", "Copy the address from the reader or from a source, one on each line."),
    "inherited.references": ("At most {most} lines and passages can be named.", "Keep those that show it best."),
    "inherited.foreign": ("One of the lines or passages does not exist in this study.", "Only what was said or written in this study shows what became of an entry."),
    "inherited.evidence": ("That it is solved, partly solved or still there needs a line or a passage that shows it.", "Tick one below, or paste its address."),
    "inherited.reason": ("That it is no longer relevant needs a reason.", "Say why."),
    "inherited.text": ("The reason is longer than {most} characters.", "Shorten it."),
    "inherited.stale": ("Somebody has said what became of it since: it is at version {version} now.", "Look at what stands, then save again."),
}  # fmt: skip
