"""The one table of keys: what each does and where it works.

The page's script, the help page and the README take it from here. `code` is the physical key
(`KeyboardEvent.code`), with `Alt+`, `Ctrl+` or `Shift+` before it, so an open input method or
another keyboard layout does not matter for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from web.views import KeysView

Place = Literal["list", "composer", "board", "page", "archive", "passages", "steno", "differences"]

PLACES: Mapping[Place, str] = {
    "list": "In the transcript",
    "composer": "While writing a note",
    "board": "At a proposal",
    "page": "Anywhere on the live page",
    "archive": "In the archive",
    "passages": "At passages of a source or of answers",
    "steno": "On the stenographer's page",
    "differences": "At a difference between two records",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key. shown: as it is printed on the key. label: what it does, in English."""

    code: str
    shown: str
    action: str
    label: str
    place: Place


KEYS: tuple[Key, ...] = (
    Key("ArrowDown", "↓", "next", "Next line", "list"),
    Key("ArrowUp", "↑", "previous", "Line before", "list"),
    Key("KeyJ", "j", "next", "Next line", "list"),
    Key("KeyK", "k", "previous", "Line before", "list"),
    Key("Home", "Home", "first", "First line", "list"),
    Key("End", "End", "last", "Newest line", "list"),
    Key("Digit1", "1", "problem", "Write a problem on this line", "list"),
    Key("Digit2", "2", "cause", "Write a cause on this line", "list"),
    Key("Digit3", "3", "consequence", "Write a consequence on this line", "list"),
    Key("Digit4", "4", "solution", "Write a solution on this line", "list"),
    Key("Digit5", "5", "example", "Write an example on this line", "list"),
    Key("Digit6", "6", "memo", "Write a memo on this line", "list"),
    Key("KeyC", "c", "confirm", "Confirm who spoke", "list"),
    Key("KeyX", "x", "strike", "Strike this line; once more to confirm", "list"),
    Key("KeyT", "t", "say", "Type a line for everybody", "list"),
    Key("KeyP", "p", "play", "Play this line", "list"),
    Key("KeyE", "e", "echo", "Link what was just said to the newest echo", "list"),
    Key("Slash", "/", "search", "Search the archive", "list"),
    Key("Enter", "Enter", "send", "Send the note to everybody", "composer"),
    Key("Shift+Enter", "Shift + Enter", "newline", "New line in the note", "composer"),
    Key("Alt+Digit1", "Alt + 1", "problem", "Make it a problem", "composer"),
    Key("Alt+Digit2", "Alt + 2", "cause", "Make it a cause", "composer"),
    Key("Alt+Digit3", "Alt + 3", "consequence", "Make it a consequence", "composer"),
    Key("Alt+Digit4", "Alt + 4", "solution", "Make it a solution", "composer"),
    Key("Alt+Digit5", "Alt + 5", "example", "Make it an example", "composer"),
    Key("Alt+Digit6", "Alt + 6", "memo", "Make it a memo", "composer"),
    Key("Escape", "Esc", "leave", "Back to the transcript; the draft is kept", "composer"),
    Key("KeyA", "a", "agree", "Agree", "board"),
    Key("KeyO", "o", "object", "Object, with a reason", "board"),
    Key("KeyR", "r", "record", "Off the record, or back on it", "page"),
    Key("KeyB", "b", "blank", "Pause the wall, or show it again", "page"),
    Key("Shift+Slash", "?", "help", "Show these keys", "page"),
    Key("Space", "Space", "toggle", "Play or pause the chosen hit", "archive"),
    Key("ArrowDown", "↓", "next", "Next hit", "archive"),
    Key("ArrowUp", "↑", "previous", "Hit before", "archive"),
    Key("ArrowDown", "↓", "next", "Next passage", "passages"),
    Key("ArrowUp", "↑", "previous", "Passage before", "passages"),
    Key("Space", "Space", "toggle", "Choose the passage, or let it go", "passages"),
    Key("Shift+ArrowDown", "Shift + ↓", "extend", "Choose the next passage as well", "passages"),
    Key("KeyE", "e", "entry", "To the field of the entry that they back", "passages"),
    Key(
        "Digit1",
        "1 – 6",
        "note",
        "Note a problem, cause, consequence, solution, example or memo",
        "passages",
    ),
    Key("Escape", "Esc", "leave", "Back to the passages", "passages"),
    Key("Enter", "Enter", "send", "Write the line; while correcting: keep it and go on", "steno"),
    Key(
        "Shift+Enter",
        "Shift + Enter",
        "newline",
        "New line in the box: each becomes a line of the record",
        "steno",
    ),
    Key(
        "ArrowUp",
        "↑",
        "previous",
        "Correct the line before (from an empty box: the newest)",
        "steno",
    ),
    Key("ArrowDown", "↓", "next", "Correct the line after", "steno"),
    Key("Escape", "Esc", "leave", "Leave the correction as it was, back to the box", "steno"),
    Key("Ctrl+Enter", "Ctrl + Enter", "split", "Split the line at the caret", "steno"),
    Key("Alt+Backspace", "Alt + ⌫", "join", "Join the line to the one before", "steno"),
    Key("Alt+KeyU", "Alt + U", "unclear", "Mark a place as not understood", "steno"),
    Key(
        "Ctrl+Space",
        "Ctrl + Space",
        "play",
        "Play; pressed again stop, then go on two seconds earlier",
        "steno",
    ),
    Key("F9", "F9", "play", "The same, where Ctrl + Space belongs to the input method", "steno"),
    Key("Alt+Digit1", "Alt + 1", "agree", "Record a spoken position: agree", "steno"),
    Key("Alt+Digit2", "Alt + 2", "live_with", "Record a spoken position: can live with", "steno"),
    Key(
        "Alt+Digit3",
        "Alt + 3",
        "object",
        "Record a spoken position: object, the line is the reason",
        "steno",
    ),
    Key("Alt+Digit4", "Alt + 4", "abstain", "Record a spoken position: abstain", "steno"),
    Key("Alt+KeyV", "Alt + V", "versions", "Show every version of the line", "steno"),
    Key("Alt+KeyE", "Alt + E", "everywhere", "Correct a term everywhere", "steno"),
    Key("Alt+KeyD", "Alt + D", "differences", "Go to what two records say differently", "steno"),
    Key("KeyT", "t", "take", "Take what the other record says", "differences"),
    Key("KeyK", "k", "leave", "Keep the line as it is", "differences"),
    Key("KeyB", "b", "apart", "It was other speech: both stand", "differences"),
    Key("KeyP", "p", "play", "Play the line", "differences"),
    Key("ArrowDown", "↓", "next", "Next difference", "differences"),
    Key("ArrowUp", "↑", "previous", "Difference before", "differences"),
    Key("Escape", "Esc", "escape", "Back to the box", "differences"),
    Key(
        "F1",
        "F1",
        "seat1",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "F2",
        "F2",
        "seat2",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "F3",
        "F3",
        "seat3",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "F4",
        "F4",
        "seat4",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "F5",
        "F5",
        "seat5",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "F6",
        "F6",
        "seat6",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "F7",
        "F7",
        "seat7",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "F8",
        "F8",
        "seat8",
        "Who speaks: in what is written, or in the line being corrected",
        "steno",
    ),
    Key(
        "Shift+F1",
        "Shift + F1",
        "carry1",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
    Key(
        "Shift+F2",
        "Shift + F2",
        "carry2",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
    Key(
        "Shift+F3",
        "Shift + F3",
        "carry3",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
    Key(
        "Shift+F4",
        "Shift + F4",
        "carry4",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
    Key(
        "Shift+F5",
        "Shift + F5",
        "carry5",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
    Key(
        "Shift+F6",
        "Shift + F6",
        "carry6",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
    Key(
        "Shift+F7",
        "Shift + F7",
        "carry7",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
    Key(
        "Shift+F8",
        "Shift + F8",
        "carry8",
        "Who speaks in this line and in those behind it that nobody confirmed",
        "steno",
    ),
)


def boot_keys(text: Callable[[str], str]) -> list[dict[str, str]]:
    """Return the table for the page's script; `text` translates (`Translator.text`)."""
    return [
        {
            "code": key.code,
            "shown": key.shown,
            "action": key.action,
            "label": text(key.label),
            "place": key.place,
        }
        for key in KEYS
    ]


def keys_view(text: Callable[[str], str]) -> KeysView:
    """Return the table as `/help/keys` shows it, by where the keys work."""
    return KeysView(
        tuple(
            (
                text(title),
                tuple((key.shown, text(key.label)) for key in KEYS if key.place == place),
            )
            for place, title in PLACES.items()
        )
    )


def readme_table() -> str:
    """Return the table as Markdown, in English, for the README."""
    rows = [f"| {PLACES[key.place]} | {key.shown} | {key.label} |" for key in KEYS]
    return "\n".join(["| where | key | does |", "| --- | --- | --- |", *rows])
