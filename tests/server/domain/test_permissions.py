"""The whole table of permissions, said a second time in another form."""

import itertools

import pytest

from schemas.errors import Forbidden
from schemas.session import Role, SessionState
from server.domain.permissions import Action, allowed, require

MODERATOR, EXPERT, STENOGRAPHER, ANALYST, OBSERVER = Role
PREPARED, LIVE, CLOSED = SessionState

EVERYBODY = {MODERATOR, EXPERT, STENOGRAPHER, ANALYST, OBSERVER}
WRITERS = EVERYBODY - {OBSERVER}

EXPECTED: dict[tuple[Action, SessionState], set[Role]] = {
    **{(Action.READ, state): EVERYBODY for state in SessionState},
    **{(Action.KEEP_DRAFT, state): WRITERS for state in SessionState},
    **{(Action.INVITE, state): {MODERATOR} for state in SessionState},
    **{(Action.SEE_PARTICIPATION, state): {MODERATOR} for state in SessionState},
    (Action.OFF_RECORD, LIVE): {MODERATOR, STENOGRAPHER},
    **{(Action.STRIKE, state): {MODERATOR, STENOGRAPHER} for state in (LIVE, CLOSED)},
    **{
        (Action.STRIKE_OWN, state): {MODERATOR, EXPERT, STENOGRAPHER, ANALYST}
        for state in (LIVE, CLOSED)
    },
    (Action.SET_AUDIO, PREPARED): {MODERATOR},
    (Action.PROOF, CLOSED): {MODERATOR},
    (Action.RETURN, CLOSED): {MODERATOR},
    **{(Action.SET_SCREEN, state): {MODERATOR} for state in SessionState},
    **{
        (action, LIVE): {MODERATOR}
        for action in (Action.KEEP_TIME, Action.HUSH, Action.LEAD_ROUND, Action.ASK)
    },
    (Action.TELL_STORY, LIVE): {MODERATOR, STENOGRAPHER, ANALYST},
    (Action.ASSESS, LIVE): {MODERATOR, STENOGRAPHER, ANALYST},
    (Action.HOLD_PRIORITIES, LIVE): {MODERATOR},
    (Action.MARK_PRIORITIES, LIVE): {EXPERT},
    (Action.CHAT, LIVE): WRITERS,
    (Action.ANNOTATE, LIVE): WRITERS,
    (Action.SPEAK, LIVE): {MODERATOR, EXPERT},
    (Action.TAKE_FLOOR, LIVE): {MODERATOR, EXPERT},
    (Action.RECORD_ROOM, LIVE): {MODERATOR, STENOGRAPHER},
    **{(Action.TRY_SOUND, state): WRITERS for state in (PREPARED, LIVE)},
    (Action.TRY_SOUND, CLOSED): {MODERATOR, STENOGRAPHER},
    (Action.GIVE_FLOOR, LIVE): {MODERATOR, STENOGRAPHER},
    (Action.RECORD_POSITION, LIVE): {MODERATOR, STENOGRAPHER},
    (Action.CONFIRM_SPEAKER, LIVE): {MODERATOR, STENOGRAPHER, ANALYST},
    (Action.CONFIRM_SPEAKER, CLOSED): {MODERATOR, STENOGRAPHER, ANALYST},
    (Action.CORRECT, LIVE): {MODERATOR, STENOGRAPHER, ANALYST},
    (Action.CORRECT, CLOSED): {MODERATOR, STENOGRAPHER, ANALYST},
    (Action.UPLOAD, LIVE): {MODERATOR, STENOGRAPHER},
    **{(Action.REHEAR, state): {MODERATOR, STENOGRAPHER} for state in (LIVE, CLOSED)},
    (Action.OPEN_WORDING, LIVE): {MODERATOR, ANALYST},
    (Action.PROPOSE, LIVE): {MODERATOR, ANALYST},
    (Action.SET_AFFECTED, LIVE): {MODERATOR, ANALYST},
    (Action.TAKE_POSITION, LIVE): {EXPERT},
    (Action.PUT_WORDING, LIVE): {MODERATOR},
    (Action.DROP, LIVE): {MODERATOR},
    (Action.DEFER, LIVE): {MODERATOR},
    (Action.KEEP_CONTESTED, LIVE): {MODERATOR},
    (Action.REOPEN, LIVE): {MODERATOR},
    (Action.REVEAL, LIVE): {MODERATOR},
    (Action.UNDO, LIVE): {MODERATOR},
    (Action.SET_TABLE, LIVE): {MODERATOR},
    (Action.CLAIM, LIVE): {MODERATOR},
    (Action.NAME_SPEAKER, LIVE): {MODERATOR, EXPERT},
    (Action.MARK, LIVE): {EXPERT},
    (Action.OBJECT_PRIVATELY, LIVE): {EXPERT},
    (Action.OBJECT_PRIVATELY, CLOSED): {EXPERT},
    (Action.CHALLENGE, LIVE): {MODERATOR, EXPERT, ANALYST},
    (Action.PROMOTE, LIVE): {MODERATOR},
    (Action.OVERRIDE, LIVE): {MODERATOR},
    (Action.SET_STEP, LIVE): {MODERATOR},
    (Action.SET_STEP, PREPARED): {MODERATOR},
    (Action.OPEN_SESSION, PREPARED): {MODERATOR},
    (Action.CLOSE_SESSION, LIVE): {MODERATOR},
    (Action.PLAY_RECORDING, LIVE): {MODERATOR},
}


@pytest.mark.parametrize(
    ("role", "action", "state"), list(itertools.product(Role, Action, SessionState))
)
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    role: Role, action: Action, state: SessionState
) -> None:
    assert allowed(role, action, state) is (role in EXPECTED.get((action, state), set()))


def test_what_is_not_allowed_is_refused_with_the_action_and_the_reason() -> None:
    with pytest.raises(Forbidden) as refused:
        require(OBSERVER, Action.PROMOTE, LIVE)

    assert refused.value.code == "permission.denied"
    assert refused.value.fields == {"action": "promote", "role": "observer", "state": "live"}


def test_what_is_allowed_passes() -> None:
    require(MODERATOR, Action.PROMOTE, LIVE)
