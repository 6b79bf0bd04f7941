"""What was heard and typed: tracks, utterances, lines and their versions, uploads."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)
from sqlalchemy.types import JSON

from server.store.schema.base import ID, SERIAL, id_column, metadata

track = Table(
    "track",
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    id_column("person_id", of="person", null=True),
    Column("kind", String(12), nullable=False),
    Column("label", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("offset", Float, nullable=False),  # session time of sample 0
    Column("ended", Boolean, nullable=False, default=False),
    Column("either", Boolean, nullable=False, default=False),  # the other language as well
    Column("created_at", Float, nullable=False),
)

track_home = Table(
    "track_home",  # which node's disk a track lies on; none: of before there were nodes
    metadata,
    Column("track_id", ID, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True),
    Column("node", ID, nullable=False),
)

utterance = Table(
    "utterance",  # the to-do list of the ear; id = line id
    metadata,
    id_column(),
    id_column("track_id", of="track"),
    Column("first_sample", BigInteger, nullable=False),
    Column("last_sample", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # pending | kept | dropped
    Column("reason", Text, nullable=False, default=""),
    Column("floor", ID),  # who had the floor when it ended
    Column("step_id", ID),
    Column("created_at", Float, nullable=False),
    Index("ix_utterance_state", "state"),
)

line = Table(
    "line",
    metadata,
    Column(
        "seq", SERIAL, primary_key=True, autoincrement=True
    ),  # order of arrival; rowid of search
    Column("id", ID, nullable=False, unique=True),
    id_column("session_id", of="session"),
    id_column("track_id", of="track", null=True),
    id_column("person_id", of="person", null=True),
    id_column("unit_id", of="unit", null=True),
    id_column("step_id", null=True),
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
    Column("family", ID),  # of those split from or joined to one another: one of their ids
    Column("created_at", Float, nullable=False),
    Index("ix_line_session_id_at", "session_id", "at"),
)

line_version = Table(
    "line_version",
    metadata,
    Column("line_id", ID, ForeignKey("line.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("by", ID),  # person; null for an engine
    Column("at", Float, nullable=False),
)

difference = Table(
    "difference",  # what another record says in the place of a line; a person settles it
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    Column("line_id", ID, ForeignKey("line.id", ondelete="CASCADE")),  # null: no line says it
    Column("text", Text, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("person_id", ID),
    Column("unit_id", ID),
    Column("start", Float),  # session time, where no line says it
    Column("end", Float),
    Column("language", String(2), nullable=False),
    Column("others", JSON, nullable=False),  # lines that say the same speech
    Column("origin", String(8), nullable=False),  # heard | typed | brought
    Column("source", Text, nullable=False),  # of which model or file
    Column("order", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # open | taken | left | apart
    Column("settled_by", ID),
    Column("settled_at", Float),
    Column("at", Float, nullable=False),
    Index("ix_difference_session_id_state", "session_id", "state"),
)

rehearing = Table(
    "rehearing",  # a session that is transcribed again by another model
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    id_column("person_id", of="person"),
    Column("model", Text, nullable=False),
    Column("state", String(10), nullable=False),  # running | done | cancelled | failed
    Column("done", Integer, nullable=False),  # utterances
    Column("total", Integer, nullable=False),
    Column("changed", Integer, nullable=False),  # lines that nobody had touched
    Column("offered", Integer, nullable=False),  # differences for people to settle
    Column("code", String(40), nullable=False),  # why it failed
    Column("at", Float, nullable=False),
)

term = Table(
    "term",  # what somebody corrected a wrong word to: to be heard better from now on
    metadata,
    Column("study_id", ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("text", String(80), primary_key=True),
    Column("by", ID, nullable=False),
    Column("at", Float, nullable=False),
)

upload = Table(
    "upload",  # a recording that is brought into a session
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    id_column("person_id", of="person"),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("language", String(2), nullable=False),
    Column("either", Boolean, nullable=False, default=False),  # as of its tracks
    Column("stereo", Boolean, nullable=False),  # its two channels are two speakers
    Column("state", String(12), nullable=False),  # see services/uploads.py
    Column("position", Float, nullable=False, default=0.0),  # seconds decoded
    Column("length", Float, nullable=False, default=0.0),  # seconds, as far as is known
    Column("tracks", JSON, nullable=False, default=list),
    Column("code", String(40), nullable=False, default=""),  # why it was refused
    Column("at", Float, nullable=False),
)

redaction = Table(
    "redaction",  # what was struck: gone from the rows at once, from document and audio when done
    metadata,
    id_column(),  # of the line that was
    id_column("session_id", of="session"),
    id_column("track_id", of="track", null=True),
    Column("first_sample", BigInteger),
    Column("last_sample", BigInteger),
    Column("kin", JSON, nullable=False, default=list),  # lines that shared words with it
    Column("asked_by", ID, nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("forgotten_at", Float),  # gone from the document
    Column("silenced_at", Float),  # gone from the sound
    Column("done_at", Float),
)
