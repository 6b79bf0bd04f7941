"""Every table, declared once; migrations create them, store modules alone speak to them.

Times are UTC seconds since 1970 as floats unless a column says otherwise. Session time is
seconds since `session.opened_at`. JSON columns hold what no query looks into.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = String(32)
_SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _id(name: str = "id", *, of: str | None = None, null: bool = False) -> Column[str]:
    reference = [ForeignKey(f"{of}.id", ondelete="CASCADE")] if of else []
    return Column(name, _ID, *reference, primary_key=name == "id", nullable=null)


# The study and what it prepares.

study = Table(
    "study",
    metadata,
    _id(),
    Column("slug", String(80), nullable=False, unique=True),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("city_en", Text, nullable=False),
    Column("city_zh", Text, nullable=False),
    Column("rule", JSON, nullable=False),
    Column("languages", String(4), nullable=False, default="both"),  # both | en | zh
    Column("retention_months", Integer),  # null: kept without a limit
    Column("marking", Text, nullable=False, default=""),  # printed on every document
    _id("follows_id", null=True),  # the earlier study whose results this one starts from
    Column("event_seq", BigInteger, nullable=False, default=0),
    Column("created_at", Float, nullable=False),
)

stage = Table(
    "stage",
    metadata,
    _id(),
    _id("study_id", of="study"),
    Column("number", Integer, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    UniqueConstraint("study_id", "number"),
)

theme = Table(
    "theme",
    metadata,
    _id(),
    _id("study_id", of="study"),
    Column("number", Integer, nullable=False),
    Column("slug", String(80), nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    UniqueConstraint("study_id", "number"),
)

unit = Table(
    "unit",
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("theme_id", of="theme", null=True),
    Column("slug", String(80), nullable=False),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("order", Integer, nullable=False),
    UniqueConstraint("study_id", "slug"),
)

unit_alias = Table(
    "unit_alias",
    metadata,
    _id(),
    _id("unit_id", of="unit"),
    Column("alias", Text, nullable=False),
    UniqueConstraint("unit_id", "alias"),
)

source = Table(
    "source",
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("stage_id", of="stage"),
    Column("slug", String(80), nullable=False),
    Column("title", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("level", String(40), nullable=False),
    Column("year", Integer),
    Column("topic", String(80), nullable=False),
    Column("targets", Text, nullable=False),
    Column("url", Text, nullable=False),
    UniqueConstraint("study_id", "slug"),
)

# Who may come in.

account = Table(
    "account",
    metadata,
    _id(),
    Column("login", String(120), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2; "" where only links let in
    Column("language", String(2), nullable=False),
    Column("created_at", Float, nullable=False),
)

membership = Table(
    "membership",  # which accounts run which studies
    metadata,
    Column("study_id", _ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", _ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("share", String(12), nullable=False),  # owner | moderator
)

login = Table(
    "login",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    _id("account_id", of="account", null=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

entrance = Table(
    "entrance",  # one-time and personal links: the token itself is never stored
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("purpose", String(20), nullable=False),  # moderator | seat | projector
    _id("account_id", of="account", null=True),
    _id("session_id", of="session", null=True),
    _id("person_id", of="person", null=True),
    Column("uses_left", Integer),  # null: any number
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

session = Table(
    "session",
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("stage_id", of="stage"),
    _id("theme_id", of="theme", null=True),
    Column("kind", String(24), nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(12), nullable=False),
    Column("code_sha256", String(64), nullable=False),  # the join code, normalised
    Column("code", String(12), nullable=False),  # shown to moderators only
    Column("recording", String(40), nullable=False, default=""),  # bundled recording, if any
    Column("place", Text, nullable=False, default=""),
    Column("starts", String(16), nullable=False, default=""),  # local time, YYYY-MM-DDTHH:MM
    Column("opened_at", Float),
    Column("closed_at", Float),
    _id("step_id", null=True),
    _id("floor", null=True),
    _id("on_table", null=True),  # the proposal that the room is on
    Column("mirror_seq", BigInteger, nullable=False, default=0),
    Column("created_at", Float, nullable=False),
)

step = Table(
    "step",
    metadata,
    _id(),
    _id("session_id", of="session"),
    Column("order", Integer, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    _id("actor_unit_id", of="unit", null=True),
    Column("detail", JSON, nullable=False, default=dict),  # see schemas.session.StepDetail
    UniqueConstraint("session_id", "order"),
)

person = Table(
    "person",
    metadata,
    _id(),
    _id("session_id", of="session"),
    _id("account_id", of="account", null=True),
    _id("unit_id", of="unit", null=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("language", String(2), nullable=False),
    Column("notice_at", Float),  # when the notice was shown and accepted
    Column("seen_at", Float),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("session_id", "account_id"),
)

login_person = Table(
    "login_person",  # one login may be one person in each of several sessions
    metadata,
    Column(
        "token_sha256",
        String(64),
        ForeignKey("login.token_sha256", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("session_id", _ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    _id("person_id", of="person"),
)

# What was heard.

track = Table(
    "track",
    metadata,
    _id(),
    _id("session_id", of="session"),
    _id("person_id", of="person", null=True),
    Column("kind", String(12), nullable=False),
    Column("label", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("offset", Float, nullable=False),  # session time of sample 0
    Column("ended", Boolean, nullable=False, default=False),
    Column("created_at", Float, nullable=False),
)

utterance = Table(
    "utterance",  # the to-do list of the ear; id = line id
    metadata,
    _id(),
    _id("track_id", of="track"),
    Column("first_sample", BigInteger, nullable=False),
    Column("last_sample", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # pending | kept | dropped
    Column("reason", Text, nullable=False, default=""),
    Column("floor", _ID),  # who had the floor when it ended
    Column("step_id", _ID),
    Column("created_at", Float, nullable=False),
    Index("ix_utterance_state", "state"),
)

line = Table(
    "line",
    metadata,
    Column(
        "seq", _SERIAL, primary_key=True, autoincrement=True
    ),  # order of arrival; rowid of search
    Column("id", _ID, nullable=False, unique=True),
    _id("session_id", of="session"),
    _id("track_id", of="track", null=True),
    _id("person_id", of="person", null=True),
    _id("unit_id", of="unit", null=True),
    _id("step_id", null=True),
    Column("at", Float, nullable=False),  # session time
    Column("start", Float),  # track time
    Column("end", Float),
    Column("speaker", Text, nullable=False),
    Column("presumed", Boolean, nullable=False),
    Column("source", String(14), nullable=False),
    Column("language", String(2), nullable=False),
    Column("text", Text, nullable=False),
    Column("confidence", Float),
    Column("model", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),  # why it was kept
    Column("revision", Integer, nullable=False, default=0),
    Column("edits", JSON, nullable=False, default=list),  # see schemas.transcript.Edit
    Column("family", _ID),  # of those split from or joined to one another: one of their ids
    Column("created_at", Float, nullable=False),
    Index("ix_line_session_id_at", "session_id", "at"),
)

line_version = Table(
    "line_version",
    metadata,
    Column("line_id", _ID, ForeignKey("line.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("by", _ID),  # person; null for an engine
    Column("at", Float, nullable=False),
)

suggestion = Table(
    "suggestion",  # another text for a line, which a person takes or leaves
    metadata,
    _id(),
    _id("session_id", of="session"),
    Column("line_id", _ID, ForeignKey("line.id", ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", Text, nullable=False),  # of which model or file
    Column("state", String(8), nullable=False),  # open | taken | left
    Column("at", Float, nullable=False),
)

term = Table(
    "term",  # what somebody corrected a wrong word to: to be heard better from now on
    metadata,
    Column("study_id", _ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("text", String(80), primary_key=True),
    Column("by", _ID, nullable=False),
    Column("at", Float, nullable=False),
)

upload = Table(
    "upload",  # a recording that is brought into a session
    metadata,
    _id(),
    _id("session_id", of="session"),
    _id("person_id", of="person"),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("language", String(2), nullable=False),
    Column("stereo", Boolean, nullable=False),  # its two channels are two speakers
    Column("state", String(12), nullable=False),  # see services/uploads.py
    Column("position", Float, nullable=False, default=0.0),  # seconds decoded
    Column("length", Float, nullable=False, default=0.0),  # seconds, as far as is known
    Column("tracks", JSON, nullable=False, default=list),
    Column("code", String(40), nullable=False, default=""),  # why it was refused
    Column("at", Float, nullable=False),
)

discretion = Table(
    "discretion",  # what a session keeps to itself; no row: as the columns' defaults say
    metadata,
    Column("session_id", _ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("audio", String(8), nullable=False),  # kept | deleted | none
    Column("off_since", Float),  # off the record since
    Column("screen_delay", Float),  # seconds before a projector shows speech; null: never
    Column("screen_blank", Boolean, nullable=False),
    Column("proofed_at", Float),  # when the audio was deleted because the transcript was proofed
)

off_record = Table(
    "off_record",
    metadata,
    _id(),
    _id("session_id", of="session"),
    Column("began_at", Float, nullable=False),
    Column("ended_at", Float),
)

redaction = Table(
    "redaction",  # what was struck: gone from the rows at once, from document and audio when done
    metadata,
    _id(),  # of the line that was
    _id("session_id", of="session"),
    _id("track_id", of="track", null=True),
    Column("first_sample", BigInteger),
    Column("last_sample", BigInteger),
    Column("kin", JSON, nullable=False, default=list),  # lines that shared words with it
    Column("asked_by", _ID, nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("done_at", Float),
)

# What was noted and agreed.

draft = Table(
    "draft",
    metadata,
    _id(),
    _id("session_id", of="session"),
    _id("person_id", of="person"),
    Column("body", JSON, nullable=False),  # {kind, targets, text, ...}, the browser's own shape
    Column("updated_at", Float, nullable=False),
)

annotation = Table(
    "annotation",  # a projection of the document, rebuilt at will
    metadata,
    Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    Column("id", _ID, nullable=False, unique=True),
    _id("session_id", of="session"),
    Column("author", _ID, nullable=False),
    Column("line_id", _ID, nullable=False),  # the first target
    Column("unit_id", _ID),  # the voice's unit
    Column("voice_name", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("opened", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("at", Float, nullable=False),
)

search_item = Table(
    "search_item",  # what the archive finds; its tokens lie beside it, see store/search.py
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),  # order of arrival
    Column("of", String(12), nullable=False),  # see store/search.py, Of
    Column("ref", String(48), nullable=False),  # id of what is found; a wording's with its number
    _id("study_id", of="study"),
    _id("session_id", of="session", null=True),
    Column("text", Text, nullable=False),  # as it was indexed
    Column("speaker", Text, nullable=False, default=""),
    Column("facets", Text, nullable=False, default=""),  # tokens of domain/facets.py
    Column("version", Integer, nullable=False),  # of the tokeniser
    UniqueConstraint("of", "ref"),  # browsers choose annotation ids: one may equal a line's
    sqlite_autoincrement=True,  # no key twice: what is left of a removed item must find nothing
)

search_state = Table(
    "search_state",  # "version": the tokeniser of the whole index; "study <id>": events followed
    metadata,
    Column("name", String(48), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

search_changed = Table(
    "search_changed",  # items changed while the index is rebuilt, as they were before
    metadata,
    Column("item_id", _SERIAL, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("facets", Text, nullable=False),
)

saved_search = Table(
    "saved_search",
    metadata,
    _id(),
    _id("account_id", of="account"),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),  # the query of its address
    Column("created_at", Float, nullable=False),
    UniqueConstraint("account_id", "name"),
)

proposal = Table(
    "proposal",
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("session_id", of="session"),
    Column("kind", String(12), nullable=False),
    Column("state", String(16), nullable=False),
    Column("draft_id", _ID, nullable=False),  # annotation id of the opened wording
    Column("grounds", JSON, nullable=False),  # annotation ids
    Column("affected", JSON, nullable=False),  # unit ids
    _id("entry_id", null=True),
    Column("outcome", JSON, nullable=False, default=dict),  # of a deferral, a keeping, a drop
    Column("revealed", Integer, nullable=False, default=0),  # wording whose positions were shown
    _id("split_from", null=True),
    Column("created_by", _ID, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("session_id", "draft_id"),
)

wording = Table(
    "wording",
    metadata,
    Column("proposal_id", _ID, ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("authors", JSON, nullable=False),
    Column("room_seq", BigInteger, nullable=False),
    Column("put_by", _ID, nullable=False),
    Column("put_at", Float, nullable=False),
)

position = Table(
    "position",
    metadata,
    Column("seq", _SERIAL, primary_key=True, autoincrement=True),  # the newest of a unit counts
    _id("proposal_id", of="proposal"),
    Column("number", Integer, nullable=False),
    _id("unit_id", of="unit"),
    _id("person_id", null=True),
    Column("stance", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("line_id", _ID),  # where it was spoken
    Column("recorded_by", _ID, nullable=False),
    Column("at", Float, nullable=False),
    CheckConstraint("stance <> 'object' OR reason <> ''", name="objection_has_reason"),
)

unit_speaker = Table(
    "unit_speaker",  # whose position counts, where a unit has several people in a session
    metadata,
    Column("session_id", _ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("unit_id", _ID, ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True),
    _id("person_id", of="person"),
)

mark = Table(
    "mark",  # "we too" or "not so": one for each unit on each note or entry
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("session_id", of="session"),
    _id("unit_id", of="unit"),
    _id("person_id", of="person"),
    Column("of", String(12), nullable=False),  # annotation | entry
    Column("ref", _ID, nullable=False),
    Column("shared", Boolean, nullable=False),  # true: we too; false: not so
    Column("example", Text, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("of", "ref", "unit_id"),
)

confidant = Table(
    "confidant",  # who reads what was objected to in private
    metadata,
    Column("study_id", _ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", _ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
)

private_objection = Table(
    "private_objection",  # sealed: who, on what, why and when stand inside the box
    metadata,
    _id(),
    _id("study_id", of="study"),
    Column("box", LargeBinary, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("parent_id", of="entry", null=True),
    Column("slug", String(120), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("label_en", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    Column("definition_en", Text, nullable=False),
    Column("definition_zh", Text, nullable=False),
    Column("scope", String(12), nullable=False),
    Column("scope_reason", Text, nullable=False, default=""),  # what the scope rests on
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("order", Integer, nullable=False),
    _id("stage_id", of="stage"),
    _id("proposal_id", null=True),
    _id("merged_into", null=True),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("study_id", "slug"),
    UniqueConstraint("proposal_id"),
)

entry_unit = Table(
    "entry_unit",
    metadata,
    Column("entry_id", _ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("unit_id", _ID, ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True),
    Column("heard", Boolean, nullable=False),
)

entry_link = Table(
    "entry_link",
    metadata,
    Column("from_id", _ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("to_id", _ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(12), primary_key=True),
)

evidence = Table(
    "evidence",
    metadata,
    _id(),
    _id("entry_id", of="entry"),
    _id("session_id", of="session", null=True),
    Column("line_id", _ID),
    Column("annotation_id", _ID),
    Column("track_id", _ID),
    Column("start", Float),
    Column("end", Float),
    Column("quote", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("entry_id", "annotation_id", "line_id"),
)

entry_version = Table(
    "entry_version",  # an entry as it stood from the study's event `seq` on
    metadata,
    Column("entry_id", _ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _id("study_id", of="study"),
    Column("seq", BigInteger, nullable=False),
    Column("body", JSON, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_entry_version_study_id_seq", "study_id", "seq"),
)

taxonomy_version = Table(
    "taxonomy_version",  # a name for the taxonomy as it stood after the event `seq`
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("stage_id", of="stage", null=True),
    Column("name", String(120), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("study_id", "name"),
)

challenge = Table(
    "challenge",  # of an entry in force, by a unit, until it is answered
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("entry_id", of="entry"),
    _id("session_id", of="session"),
    _id("unit_id", of="unit", null=True),
    _id("person_id", of="person"),
    Column("reason", Text, nullable=False),
    Column("answer", Text, nullable=False, default=""),
    Column("at", Float, nullable=False),
    Column("answered_at", Float),
)

study_event = Table(
    "study_event",  # append-only
    metadata,
    Column("study_id", _ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("session_id", _ID),
    Column("person_id", _ID),
    Column("role", String(20), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("base_version", Integer),
    Column("session_time", Float),
    Column("at", Float, nullable=False),
)

command = Table(
    "command",  # what an idempotency key has answered already
    metadata,
    Column("key", String(80), primary_key=True),
    Column("person_id", _ID, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Float, nullable=False),
)

# The documents.

mirror = Table(
    "mirror",
    metadata,
    Column("session_id", _ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("root", String(12), nullable=False),
    Column("key", String(64), nullable=False),
    Column("value", JSON, nullable=True),  # null removes the key
)

doc_update = Table(
    "doc_update",
    metadata,
    Column("doc", _ID, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("person", _ID, nullable=False),  # "" for the server
    Column("client", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

doc_client = Table(
    "doc_client",  # which client id belongs to whom, for good
    metadata,
    Column("doc", _ID, primary_key=True),
    Column("client", BigInteger, primary_key=True, autoincrement=False),
    Column("person", _ID, nullable=False),
)

doc_snapshot = Table(
    "doc_snapshot",
    metadata,
    Column("doc", _ID, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("state", LargeBinary, nullable=False),  # zlib of an update v1
    Column("sha256", String(64), nullable=False),
    Column("at", Float, nullable=False),
)

# The review.

review_round = Table(
    "review_round",
    metadata,
    _id(),
    _id("study_id", of="study"),
    _id("session_id", of="session"),
    Column("cut", String(8), nullable=False),
    Column("seq", BigInteger, nullable=False),  # the taxonomy as it stood after this event
    Column("seed", BigInteger, nullable=False),  # of the bootstrap
    Column("state", String(12), nullable=False),
    Column("codebook", JSON, nullable=False),  # the frozen entries, in order
    Column("created_at", Float, nullable=False),
    Column("signed_by", Text, nullable=False, default=""),
    Column("signed_at", Float),
)

review_unit = Table(
    "review_unit",  # what is coded, cut once: line ids, in order
    metadata,
    Column("round_id", _ID, ForeignKey("review_round.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("lines", JSON, nullable=False),
)

review_coder = Table(
    "review_coder",
    metadata,
    _id(),
    _id("round_id", of="review_round"),
    Column("name", Text, nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("sat_in", Boolean, nullable=False, default=False),  # in the session, or leads it
    Column("done_at", Float),
)

review_login = Table(
    "review_login",  # which coder a browser is
    metadata,
    Column(
        "token_sha256",
        String(64),
        ForeignKey("login.token_sha256", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("coder_id", _ID, ForeignKey("review_coder.id", ondelete="CASCADE"), primary_key=True),
)

review_coding = Table(
    "review_coding",  # no row: not seen; no codes: seen and empty
    metadata,
    Column("coder_id", _ID, ForeignKey("review_coder.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("codes", JSON, nullable=False),
    Column("memo", Text, nullable=False),
    Column("at", Float, nullable=False),
)

review_resolution = Table(
    "review_resolution",
    metadata,
    Column("round_id", _ID, ForeignKey("review_round.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("codes", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
)
