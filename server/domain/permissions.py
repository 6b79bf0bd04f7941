"""Who may do what in a session: one table, role by action by state, deny by default.

What else limits an action (one's own unit, the state of a proposal) is decided where it is done.
"""

from enum import StrEnum

from schemas.errors import Forbidden
from schemas.session import Role, SessionState


class Action(StrEnum):
    """What a person may do in a session."""

    READ = "read"
    CHAT = "chat"
    SPEAK = "speak"
    RECORD_ROOM = "record_room"
    TRY_SOUND = "try_sound"
    TAKE_FLOOR = "take_floor"
    GIVE_FLOOR = "give_floor"
    CONFIRM_SPEAKER = "confirm_speaker"
    CORRECT = "correct"
    UPLOAD = "upload"
    REHEAR = "rehear"
    KEEP_DRAFT = "keep_draft"
    ANNOTATE = "annotate"
    OPEN_WORDING = "open_wording"
    PROPOSE = "propose"
    PUT_WORDING = "put_wording"
    SET_AFFECTED = "set_affected"
    TAKE_POSITION = "take_position"
    RECORD_POSITION = "record_position"
    DROP = "drop"
    DEFER = "defer"
    KEEP_CONTESTED = "keep_contested"
    REOPEN = "reopen"
    REVEAL = "reveal"
    UNDO = "undo"
    SET_TABLE = "set_table"
    CLAIM = "claim"
    NAME_SPEAKER = "name_speaker"
    MARK = "mark"
    OBJECT_PRIVATELY = "object_privately"
    CHALLENGE = "challenge"
    PROMOTE = "promote"
    OVERRIDE = "override"
    SET_STEP = "set_step"
    KEEP_TIME = "keep_time"
    HUSH = "hush"
    LEAD_ROUND = "lead_round"
    ASK = "ask"
    TELL_STORY = "tell_story"
    ASSESS = "assess"
    HOLD_PRIORITIES = "hold_priorities"
    MARK_PRIORITIES = "mark_priorities"
    OPEN_SESSION = "open_session"
    CLOSE_SESSION = "close_session"
    PLAY_RECORDING = "play_recording"
    INVITE = "invite"
    OFF_RECORD = "off_record"
    STRIKE = "strike"
    STRIKE_OWN = "strike_own"
    SET_AUDIO = "set_audio"
    PROOF = "proof"
    SET_SCREEN = "set_screen"
    SEE_PARTICIPATION = "see_participation"
    RETURN = "return"


_ROLES = {
    "M": Role.MODERATOR,
    "E": Role.EXPERT,
    "S": Role.STENOGRAPHER,
    "A": Role.ANALYST,
    "O": Role.OBSERVER,
}

# fmt: off
_TABLE: dict[Action, tuple[str, str, str]] = {
    #                           prepared  live      closed
    Action.READ:               ("MESAO",  "MESAO",  "MESAO"),
    Action.CHAT:               ("",       "MESA",   ""),
    Action.SPEAK:              ("",       "ME",     ""),
    Action.RECORD_ROOM:        ("",       "MS",     ""),
    Action.TRY_SOUND:          ("MESA",   "MESA",   "MS"),
    Action.TAKE_FLOOR:         ("",       "ME",     ""),
    Action.GIVE_FLOOR:         ("",       "MS",     ""),
    Action.CONFIRM_SPEAKER:    ("",       "MSA",    "MSA"),
    Action.CORRECT:            ("",       "MSA",    "MSA"),
    Action.UPLOAD:             ("",       "MS",     ""),
    Action.REHEAR:             ("",       "MS",     "MS"),
    Action.KEEP_DRAFT:         ("MESA",   "MESA",   "MESA"),  # nobody's typing is lost at closing
    Action.ANNOTATE:           ("",       "MESA",   ""),
    Action.OPEN_WORDING:       ("",       "MA",     ""),
    Action.PROPOSE:            ("",       "MA",     ""),
    Action.PUT_WORDING:        ("",       "M",      ""),
    Action.SET_AFFECTED:       ("",       "MA",     ""),
    Action.TAKE_POSITION:      ("",       "E",      ""),
    Action.RECORD_POSITION:    ("",       "MS",     ""),
    Action.DROP:               ("",       "M",      ""),
    Action.DEFER:              ("",       "M",      ""),
    Action.KEEP_CONTESTED:     ("",       "M",      ""),
    Action.REOPEN:             ("",       "M",      ""),
    Action.REVEAL:             ("",       "M",      ""),
    Action.UNDO:               ("",       "M",      ""),
    Action.SET_TABLE:          ("",       "M",      ""),
    Action.CLAIM:              ("",       "M",      ""),  # says who works on it, locks nothing
    Action.NAME_SPEAKER:       ("",       "ME",     ""),  # an expert for the own unit
    Action.MARK:               ("",       "E",      ""),
    Action.OBJECT_PRIVATELY:   ("",       "E",      "E"),
    Action.CHALLENGE:          ("",       "MEA",    ""),
    Action.PROMOTE:            ("",       "M",      ""),
    Action.OVERRIDE:           ("",       "M",      ""),
    Action.SET_STEP:           ("M",      "M",      ""),
    Action.KEEP_TIME:          ("",       "M",      ""),
    Action.HUSH:               ("",       "M",      ""),
    Action.LEAD_ROUND:         ("",       "M",      ""),
    Action.ASK:                ("",       "M",      ""),
    Action.TELL_STORY:         ("",       "MSA",    ""),  # how a step goes, as the room told it
    Action.ASSESS:             ("",       "MSA",    ""),  # a solution, in a focus group
    Action.HOLD_PRIORITIES:    ("",       "M",      ""),
    Action.MARK_PRIORITIES:    ("",       "E",      ""),
    Action.OPEN_SESSION:       ("M",      "",       ""),
    Action.CLOSE_SESSION:      ("",       "M",      ""),
    Action.PLAY_RECORDING:     ("",       "M",      ""),
    Action.INVITE:             ("M",      "M",      "M"),  # join code, seat cards, projector link
    Action.SEE_PARTICIPATION:  ("M",      "M",      "M"),
    Action.RETURN:             ("",       "",       "M"),  # to the units, and what they answer
    Action.OFF_RECORD:         ("",       "MS",     ""),
    Action.STRIKE:             ("",       "MS",     "MS"),
    Action.STRIKE_OWN:         ("",       "MESA",   "MESA"),
    Action.SET_AUDIO:          ("M",      "",       ""),
    Action.PROOF:              ("",       "",       "M"),
    Action.SET_SCREEN:         ("M",      "M",      "M"),
}
# fmt: on

_STATES = (SessionState.PREPARED, SessionState.LIVE, SessionState.CLOSED)

_ALLOWED: frozenset[tuple[Role, Action, SessionState]] = frozenset(
    (_ROLES[letter], action, state)
    for action, columns in _TABLE.items()
    for state, letters in zip(_STATES, columns, strict=True)
    for letter in letters
)


def allowed(role: Role, action: Action, state: SessionState) -> bool:
    """Return whether a person of this role may do this while the session is in this state."""
    return (role, action, state) in _ALLOWED


def require(role: Role, action: Action, state: SessionState) -> None:
    """Do nothing if `allowed`; else raise Forbidden `permission.denied` with the action.

    `state` is among the error's fields because "the session is closed" is another advice than
    "this is for moderators".
    """
    if not allowed(role, action, state):
        raise Forbidden(
            "permission.denied", action=action.value, role=role.value, state=state.value
        )
