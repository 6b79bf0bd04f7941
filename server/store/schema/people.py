"""Who may come in, and as whom: accounts, logins, entrances, people of a session."""

from sqlalchemy import Column, Float, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from server.store.schema.base import ID, id_column, metadata

account = Table(
    "account",
    metadata,
    id_column(),
    Column("login", String(120), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2; "" where only links let in
    Column("language", String(2), nullable=False),
    Column("created_at", Float, nullable=False),
)

membership = Table(
    "membership",  # which accounts run which studies
    metadata,
    Column("study_id", ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("share", String(12), nullable=False),  # owner | moderator
)

login = Table(
    "login",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    id_column("account_id", of="account", null=True),
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
    id_column("account_id", of="account", null=True),
    id_column("session_id", of="session", null=True),
    id_column("person_id", of="person", null=True),
    Column("uses_left", Integer),  # null: any number
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

person = Table(
    "person",
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    id_column("account_id", of="account", null=True),
    id_column("unit_id", of="unit", null=True),
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
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    id_column("person_id", of="person"),
)

peer_token = Table(
    "peer_token",  # lets a foreign Yjs program into one session, until it is revoked
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    id_column("person_id", of="person"),  # as whom it writes
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)
