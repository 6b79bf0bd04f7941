"""The shape of a session's shared document, declared once.

One Y.Doc per session. Five roots mirror rows and are written by the server alone; `annotations`
is written by people alone. `web/client/document.js` holds the same names and a test compares.

    meta         Map: "version", "session", "applied" (last mirror sequence), "title", "state",
                 "language", "floor", "step", "recording", "table" (the proposal that the
                 room is on), "step_since" (UTC seconds since which the step runs), "quiet"
                 and "round" (fields of schemas.conduct.Quiet and Round) while they last: JSON values
    agenda       Map: step id -> JSON {order, title: {en, zh}, actor, detail, progress}, detail:
                 null or the fields of schemas.session.StepDetail, progress: null or those of
                 schemas.conduct.Progress
    lines        Map: line id -> JSON (see LINE_KEYS)
    board        Map: proposal id -> JSON (see BOARD_KEYS)
    marks        Map: annotation id -> JSON {too, not: counts of units}
    annotations  Map: annotation id -> Map of ANNOTATION_KEYS

JSON values are replaced whole (one key, one item), never edited in place.
"""

VERSION = 1

META = "meta"
AGENDA = "agenda"
LINES = "lines"
BOARD = "board"
MARKS = "marks"
ANNOTATIONS = "annotations"

SERVER_ROOTS = (META, AGENDA, LINES, BOARD, MARKS)
PEOPLE_ROOTS = (ANNOTATIONS,)

LINE_KEYS = (
    "at", "text", "language", "source", "speaker", "person", "unit", "presumed",
    "track", "start", "end", "confidence", "revision", "step", "edits",
)  # fmt: skip
"""Keys of one line: the fields of schemas.transcript.Line, ids as strings, absent as null. edits:
one for each earlier revision, [[first, last, to, line or null, revision]], see schemas.transcript.Kept.
The text is empty where a line was joined to another one. source: WITHDRAWN where the line's unit took it back;
then nothing of it stands there but a sentence that says so."""

WITHDRAWN = "withdrawn"

BOARD_KEYS = (
    "kind", "state", "draft", "grounds", "number", "text", "affected", "tally", "shown",
    "objections", "stale", "entry", "at", "outcome", "divided", "hidden", "claim",
)  # fmt: skip
"""Keys of one proposal. number, text: the last wording put (0 and "" before the first). tally:
{agree, live_with, object, abstain, waiting, heard: counts of units}. shown: [{unit, stance, spoken,
written}] or null where the room must not see positions by unit. objections: reasons without names. stale:
whether some unit answered an earlier wording and not yet this one. at: seconds of session time.
outcome: {reason, unit, question} of a deferral, keeping or drop, or null. divided: units whose people
differ, [] where positions are not shown by unit. hidden: positions are hidden until they are
revealed; then the stances count 0 and nothing is contested or agreed. claim: {person, name, until} of
the moderator who works on it, or null; it lasts until then, UTC seconds."""

ANNOTATION_KEYS = (
    "author", "voice", "kind", "targets", "at", "wording", "thread", "opened", "withdrawn",
)  # fmt: skip
"""author: person id. voice: JSON {name, person, unit}. kind: schemas.annotation.Kind. targets:
JSON [{line, revision, start, end, quote}], at least one, at most MAX_TARGETS. at: milliseconds
since 1970 by the author's clock. wording: Text. thread: Map reply id -> JSON {author, text, at}.
opened, withdrawn: true or absent; set by the author (a moderator may set opened)."""

MAX_TARGETS = 50
MAX_WORDING_CHARACTERS = 4_000
MAX_ANNOTATIONS = 25_000
