"""A small study with a live session, as rows: what the tests of the method start from."""

from sqlalchemy import insert

from schemas.ids import PersonId, SessionId, StageId, StudyId, UnitId
from schemas.session import Language, Person, Role
from server.store import tables
from server.store.database import Database

STUDY = StudyId("study")
STAGE = StageId("stage")
SESSION = SessionId("session")
WATER, TRAFFIC, PLANNING = UnitId("water"), UnitId("traffic"), UnitId("planning")


def person(name: str, role: Role = Role.EXPERT, unit: UnitId | None = None) -> Person:
    """A person of the live session whose id is their name."""
    return Person(PersonId(name), SESSION, name, role, unit, Language.EN)


MODERATOR = person("mo", Role.MODERATOR)
WANG = person("wang", unit=WATER)
LI = person("li", unit=TRAFFIC)
ZHAO = person("zhao", unit=PLANNING)
GUEST = person("guest", Role.OBSERVER)


def key(number: int) -> str:
    """An idempotency key of the right length."""
    return f"key-of-a-test-{number:08d}"


async def small_study(database: Database) -> None:
    """Fill the database: one study, three units, one live session opened at 1000, five people."""
    study = {"id": STUDY, "slug": "s", "title_en": "Study", "title_zh": "研究", "city_en": "City"}
    study |= {"city_zh": "市", "rule": {}, "created_at": 1.0}
    stage = {"id": STAGE, "study_id": STUDY, "number": 4, "title_en": "Groups", "title_zh": "小组"}
    sitting = {"id": SESSION, "study_id": STUDY, "stage_id": STAGE, "kind": "joint_development"}
    sitting |= {"title_en": "Flood", "title_zh": "内涝", "language": "en", "state": "live"}
    sitting |= {"code_sha256": "", "code": "", "opened_at": 1000.0, "created_at": 1.0}
    units = [
        {"id": unit, "study_id": STUDY, "slug": unit, "name_en": unit.title(), "name_zh": zh}
        | {"kind": "bureau", "order": order}
        for order, (unit, zh) in enumerate(
            [(WATER, "水务局"), (TRAFFIC, "交管局"), (PLANNING, "规划局")]
        )
    ]
    people = [
        {"id": one.id, "session_id": SESSION, "unit_id": one.unit_id, "name": one.name}
        | {"role": one.role, "language": one.language, "created_at": 1.0}
        for one in (MODERATOR, WANG, LI, ZHAO, GUEST)
    ]
    async with database.write() as work:
        for table, values in (
            (tables.study, [study]),
            (tables.stage, [stage]),
            (tables.unit, units),
            (tables.session, [sitting]),
            (tables.person, people),
        ):
            await work.connection.execute(insert(table), values)
