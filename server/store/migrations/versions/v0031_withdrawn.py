"""Lines that units withdrew before documents forgot them leave the documents as well.

And the archive's index is built anew at the next start: its months were UTC's.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0031"
down_revision: str | None = "v0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ITEM = sa.table("return_item", sa.column("session_id"), sa.column("line_id"), sa.column("kind"))
_SESSION = sa.table(
    "session", sa.column("id"), sa.column("language"), sa.column("mirror_seq", sa.BigInteger)
)
_MIRROR = sa.table(
    "mirror",
    sa.column("session_id"),
    sa.column("seq", sa.BigInteger),
    sa.column("root"),
    sa.column("key"),
    sa.column("value", sa.JSON),
)
_SAID = {
    "zh": "单位在核对记录时撤回了这条发言。",
    "en": "The unit withdrew this when the record was returned to it.",
}


def upgrade() -> None:
    op.execute("UPDATE search_state SET value = 0 WHERE name = 'version'")
    connection, item, session = op.get_bind(), _ITEM.c, _SESSION.c
    withdrawn = (
        sa.select(item.session_id, item.line_id, session.language)
        .join(_SESSION, session.id == item.session_id)
        .where(item.kind == "withdraw", item.line_id.is_not(None))
        .distinct()
        .order_by(item.session_id, item.line_id)
    )
    for session_id, line_id, language in connection.execute(withdrawn).all():
        shown = _shown(connection, session_id, line_id)
        if shown is None or shown["source"] == "withdrawn":
            continue
        said = _SAID["zh" if language == "zh" else "en"]
        gone = {"source": "withdrawn", "track": None, "text": said, "language": language}
        bumped = (
            sa.update(_SESSION)
            .where(session.id == session_id)
            .values(mirror_seq=session.mirror_seq + 1)
            .returning(session.mirror_seq)
        )
        seq = connection.execute(bumped).scalar_one()
        values = {"session_id": session_id, "seq": seq, "root": "lines", "key": line_id}
        connection.execute(sa.insert(_MIRROR).values(**values, value=shown | gone))


def _shown(connection: sa.Connection, session_id: str, line_id: str) -> dict[str, object] | None:
    """What the document was last told of a line; None where it has none of it."""
    mirror = _MIRROR.c
    last = sa.select(mirror.value).where(
        mirror.session_id == session_id, mirror.root == "lines", mirror.key == line_id
    )
    found: dict[str, object] | None = connection.execute(
        last.order_by(mirror.seq.desc()).limit(1)
    ).scalar()
    return found
