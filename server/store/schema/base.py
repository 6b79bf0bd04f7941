"""What every table shares: naming of constraints, types of ids and serials."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(32)
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def id_column(name: str = "id", *, of: str | None = None, null: bool = False) -> Column[str]:
    """A column of ids: the primary key, or with `of` a reference that goes with its row."""
    reference = [ForeignKey(f"{of}.id", ondelete="CASCADE")] if of else []
    return Column(name, ID, *reference, primary_key=name == "id", nullable=null)
