"""What people read when something was refused: for every error code a sentence and advice.

`{name}` is a field of the error. A code may be refined by the error's reason (`archive.query` with
the reason `empty` is `archive.query.empty`). A test compares the codes with those that are raised.
"""

from collections.abc import Mapping

_RELOAD = "Reload the page and try again."
_NOTHING_LOST = "Nothing you typed is lost. Reload the page and try again."
_OPERATOR = "Tell whoever runs the server; its log says more."
_ADDRESS = "Look at the address, or go to the start page."
_REBUILD = "Run “{command}” in the server's folder, then start it again."
_CHECK_WORDS = "Correct the words and search again."
_KEPT_DRAFT = "Your text is kept as a draft."

UNKNOWN = (
    "Something did not work ({code}).",
    "Go back and try again. If it happens again, give this code to whoever runs the server.",
)

_PAGES: Mapping[str, tuple[str, str]] = {
    "assets.not_built": ("The pages' style and script files have not been built.", _REBUILD),
    "assets.unreadable": ("The list of the pages' style and script files cannot be read.", _REBUILD),
    "assets.unknown": ("A page asks for the file {name}, which was not built.", "Build the pages' files again, then start the server again."),
    "route.unknown": ("There is no page at this address.", _ADDRESS),
    "route.method": ("This address cannot be used in this way.", _ADDRESS),
    "request.too_large": ("What was sent is too large.", "Send less at once."),
    "request.form": ("What was sent cannot be read.", _RELOAD),
    "request.invalid": ("What was sent is not complete or not right.", "Check what you entered and try again."),
    "server.failed": ("The server made a mistake.", "Nothing that was shown as saved is lost. Try again; if it happens again, tell whoever runs the server."),
    "server.plain_http": ("This address is not encrypted, so microphones do not work here.", "Everything else works. Use the server's https address to speak."),
    "host.unknown": ("The server is not known under this name.", "Use the address that you were given."),
    "database.behind": ("The database is older than the server: it is at {at}, the server needs {needs}.", "Run “colloquy migrate”, then start the server again."),
    "log.unavailable": ("Changes cannot be written to disk right now.", "They are kept and written as soon as it works again."),
    "log.foreign_row": ("The log of this session holds a row that does not belong to it.", _OPERATOR),
    "log.damaged": ("The stored log of this session is damaged.", _OPERATOR),
    "log.snapshot_differs": ("A compacted copy of the session's document did not match it and was thrown away.", "Nothing is lost. Tell whoever runs the server."),
    "database.unreachable": ("The database does not answer.", "Look at COLLOQUY_DATABASE_URL and at whether the database runs."),
    "database.unavailable": ("The database does not answer right now.", "Try again in a moment. What you typed is kept in this browser."),
    "server.draining": ("The server is being restarted.", "The page connects again by itself."),
    "server.address_taken": ("The server cannot listen at {host}, port {port}: {reason}.", "Stop the program that is there, or choose another PORT."),
    "data.unwritable": ("The server cannot write to its data folder {folder}.", "Give the server's user the right to write there, then start it again."),
}  # fmt: skip

_PEOPLE: Mapping[str, tuple[str, str]] = {
    "login.needed": ("You are not signed in.", "Join with the code of the session, scan your seat card, or sign in."),
    "login.account_needed": ("This needs an account.", "Sign in with your account."),
    "login.wrong": ("Login name or password is wrong.", "Check both and try again."),
    "csrf.token": ("This page is too old to act on.", _NOTHING_LOST),
    "csrf.origin": ("This request came from another site.", "Open the page itself and try again."),
    "attempts.too_many": ("Too many tries from here.", "Wait {seconds} seconds and try again."),
    "account.login": ("The login name is empty or longer than {most} characters.", "Choose another one."),
    "account.login_taken": ("The login name {login} is taken.", "Choose another one."),
    "account.name": ("The name is empty or longer than {most} characters.", "Choose another one."),
    "account.password": ("The password must have between {least} and {most} characters.", "Choose another one."),
    "join.code_unknown": ("No session has this code.", "Compare it with the screen in the room or with the invitation."),
    "join.incomplete": ("Something is missing before you can join.", "Fill in what is marked."),
    "join.name": ("Say your name, at most 80 characters.", ""),
    "join.unit": ("Choose your unit from the list.", ""),
    "join.notice": ("Confirm that you have read what is recorded and kept.", ""),
    "link.unusable": ("This link does not work, or no longer.", "Links for moderators work once. Ask for a new one, or join with the code."),
    "socket.origin": ("This connection came from another site.", "Open the page itself and try again."),
    "ticket.invalid": ("The page's pass to the session has run out.", "The page asks for a new one by itself; if not, reload it."),
    "ticket.client_taken": ("This browser was taken for another one.", "Reload the page. " + _KEPT_DRAFT),
    "person.unknown": ("This person is not in the session.", _RELOAD),
    "permission.denied": ("You may not do this in this session.", "Ask the moderator."),
    "unit.unknown": ("This study does not know this unit.", "Choose a unit from the list."),
}  # fmt: skip

_SESSIONS: Mapping[str, tuple[str, str]] = {
    "study.unknown": ("This study does not exist, or not for you.", _ADDRESS),
    "session.unknown": ("This session does not exist, or not for you.", "Join it with its code, or go to the start page."),
    "session.closed": ("This session is closed.", "What was said and agreed in it can be read and searched."),
    "session.state": ("The session is not in a state that allows this.", "Look at the page again; somebody may have opened or closed it."),
    "step.unknown": ("The agenda has no such step.", _RELOAD),
    "line.unknown": ("This line does not exist, or not for you.", _RELOAD),
    "line.empty": ("A line needs at least one word.", ""),
    "line.too_long": ("A line holds at most {limit} characters.", "Send it in parts."),
    "draft.unknown": ("This draft does not exist any more.", _RELOAD),
    "draft.foreign": ("This draft belongs to somebody else.", _RELOAD),
    "draft.too_large": ("This draft is too long to be kept.", "Send it in parts."),
    "draft.too_many": ("You have {limit} drafts already.", "Send or delete one of them."),
    "command.key": ("The request came without its own number.", _RELOAD),
    "command.key_reused": ("This number was already used for another request.", _RELOAD),
    "archive.too_slow": ("This search took longer than {seconds} seconds and was stopped.", "Use a longer word, or narrow it by study, session or month."),
    "archive.query": ("These words cannot be searched for.", _CHECK_WORDS),
    "archive.query.empty": ("There is no word to look for.", _CHECK_WORDS),
    "archive.query.too_long": ("The question is too long.", "Use fewer words."),
    "archive.query.too_many": ("The question has too many words.", "Use fewer words."),
    "archive.query.too_deep": ("Too many brackets stand inside one another at character {at}.", _CHECK_WORDS),
    "archive.query.unclosed_quote": ("The quotation mark at character {at} has no partner.", _CHECK_WORDS),
    "archive.query.unclosed_parenthesis": ("The bracket at character {at} has no partner.", _CHECK_WORDS),
    "archive.query.unopened_parenthesis": ("The bracket at character {at} has no partner.", _CHECK_WORDS),
    "archive.query.operand_missing": ("A word is missing at character {at}.", _CHECK_WORDS),
    "archive.query.star": ("The asterisk at character {at} does not end a word.", _CHECK_WORDS),
    "archive.query.only_excluded": ("The question says only what is not wanted.", "Add a word that you look for."),
    "room.load_failed": ("The session's document cannot be opened right now.", "Try again in a moment. What you typed is kept in this browser."),
    "room.closed": ("The session's document is being closed on the server.", "The page connects again by itself."),
    "room.not_saved": ("Changes to this session cannot be written to disk right now.", "They are kept and written as soon as it works again. Try again in a moment."),
    "room.snapshot_differs": ("A compacted copy of the session's document did not match it and was thrown away.", "Nothing is lost. Tell whoever runs the server."),
    "annotation.unknown": ("This note does not exist any more.", _RELOAD),
}  # fmt: skip

_METHOD: Mapping[str, tuple[str, str]] = {
    "proposal.unknown": ("This proposal does not exist, or not for you.", _RELOAD),
    "proposal.exists": ("This draft has been proposed already.", ""),
    "proposal.grounds": ("A proposal rests on at least one and at most {at_most} notes.", "Choose its notes again."),
    "proposal.state": ("The proposal is no longer in a state that allows this.", "Look at it again; somebody may have decided meanwhile."),
    "proposal.no_wording": ("No wording has been put to the room yet.", "Put the wording first."),
    "proposal.stale_wording": ("The wording has changed: wording {number} is the newest.", "Read it and answer again."),
    "proposal.wording_unchanged": ("The text is the same as wording {number}.", "Change it before you put it again."),
    "proposal.reason": ("A reason is needed, at most {at_most} characters.", "Say the reason."),
    "proposal.contested": ("A unit has a reasoned objection.", "Change the wording, or promote with a reason that stays visible."),
    "proposal.waiting": ("Units that are concerned and present have not answered yet: {waiting}.", "Ask them, or promote with a reason that stays visible."),
    "proposal.hidden": ("Nobody has seen the positions yet.", "Show them first, or promote with a reason that stays visible."),
    "proposal.quorum": ("Fewer units have answered than the study's rule asks for.", "Ask more, or promote with a reason that stays visible."),
    "proposal.threshold": ("Fewer units can live with it than the study's rule asks for.", "Change the wording, or promote with a reason that stays visible."),
    "proposal.unanswered": ("No unit that is concerned has answered yet.", "Ask one, or promote with a reason that stays visible."),
    "wording.empty": ("The wording is empty.", "Write it before you put it to the room."),
    "position.line": ("The line given for this position is not one of this session.", "Choose the line where it was said."),
    "position.reason": ("This answer needs a reason, at most {at_most} characters.", "Say what must change."),
    "position.unit": ("You cannot answer for this unit.", "Answer for your own unit."),
    "mark.unit": ("You are here for no unit.", "Ask the moderator to seat you for your unit."),
    "mark.example": ("An example holds at most {at_most} characters.", "Shorten it."),
    "speaker.unit": ("This person is not here for that unit.", "Choose somebody of the unit."),
    "confidant.none": ("Nobody reads private objections in this study.", "Object openly, or ask the moderator to name a confidant."),
    "confidant.only": ("Only the study's confidant may read this.", ""),
    "objection.unknown": ("This private objection does not exist any more.", _RELOAD),
    "entry.changed": ("The entry has been changed since.", "Look at it, and retract or amend it there."),
    "entry.unknown": ("This entry does not exist, or not for you.", _ADDRESS),
    "entry.label": ("An entry needs a label in at least one language, at most {at_most} characters.", "Shorten it, or write one."),
    "entry.parent": ("An entry of this kind cannot stand there.", "Choose another place for it."),
    "entry.into": ("The wording cannot be merged into this entry.", "Choose another entry, or make a new one."),
}  # fmt: skip

_SOUND: Mapping[str, tuple[str, str]] = {
    "track.unknown": ("This recording does not exist, or not for you.", _RELOAD),
    "recording.unknown": ("The server has no such recording.", _RELOAD),
    "playback.speed": ("A recording plays at most at {most} times its speed.", "Choose a slower one."),
    "utterance.unknown": ("The server no longer knows this piece of sound.", _OPERATOR),
    "audio.frame": ("The sound arrived in a form that cannot be used.", "Reload the page and switch the microphone on again."),
    "audio.gap": ("A part of the sound is missing before this one.", "The browser sends it again by itself."),
    "audio.ended": ("This microphone has been switched off.", "Switch it on again to go on speaking."),
    "audio.disk_full": ("The server's disk is full; sound cannot be kept.", "Tell the operator. Notes and typed lines may fail too."),
    "audio.disk_slow": ("The server's disk is too slow right now; sound is kept in the browser.", "It is sent as soon as the disk answers."),
    "audio.store_locked": ("Another server uses the folder of recordings {folder}.", "Stop the other one, or give this one its own folder."),
    "ear.model_missing": ("No speech model is at {directory}.", "Copy a model's folder to the server and name it in COLLOQUY_MODEL. Notes and typed lines work without."),
    "ear.model_incomplete": ("The speech model at {directory} is incomplete: {lacking} is missing.", "Copy the whole folder again."),
    "ear.model_broken": ("The speech model at {directory} cannot be loaded.", "Copy the whole folder again, or take another model."),
    "ear.model_mels": ("The speech model at {directory} expects another kind of sound.", "Take another model."),
    "ear.worker": ("The process that turns speech into text has failed.", "It starts again by itself; the sound is kept and no line is lost."),
}  # fmt: skip

_DOCUMENT: Mapping[str, tuple[str, str]] = {
    "gate.author": ("A note can be sent under one's own name only.", _KEPT_DRAFT),
    "gate.client": ("This browser was taken for another one.", "Reload the page. " + _KEPT_DRAFT),
    "gate.foreign": ("Only its author may change this.", _KEPT_DRAFT),
    "gate.full": ("This is too much for one note or one session.", _KEPT_DRAFT),
    "gate.gap": ("This browser and the server have come apart.", "Reload the page. " + _KEPT_DRAFT),
    "gate.gone": ("What this belongs to has been deleted.", _KEPT_DRAFT),
    "gate.parent": ("The change does not fit the session's document.", "Reload the page. " + _KEPT_DRAFT),
    "gate.read_only": ("You are reading along in this session.", "Ask the moderator if you want to write."),
    "gate.root": ("The change does not fit the session's document.", "Reload the page. " + _KEPT_DRAFT),
    "gate.server": ("Only the server writes this.", _KEPT_DRAFT),
    "gate.value": ("The change has a value that cannot be used.", _KEPT_DRAFT),
}  # fmt: skip

ERRORS: Mapping[str, tuple[str, str]] = {
    **_PAGES, **_PEOPLE, **_SESSIONS, **_METHOD, **_SOUND, **_DOCUMENT
}  # fmt: skip
"""Error code to (what went wrong, what to do about it); advice may be empty."""
