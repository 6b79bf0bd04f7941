"""Every table under one roof; migrations create them, store modules alone speak to them.

Times are UTC seconds since 1970 as floats unless a column says otherwise. Session time is
seconds since `session.opened_at`. JSON columns hold what no query looks into.
"""

from server.store.schema.agreement import (
    confidant,
    mark,
    position,
    private_objection,
    proposal,
    unit_speaker,
    wording,
)
from server.store.schema.annotation import (
    annotation,
    draft,
)
from server.store.schema.base import metadata
from server.store.schema.log import (
    command,
    doc_client,
    doc_snapshot,
    doc_update,
    mirror,
    study_event,
)
from server.store.schema.passage import (
    passage,
    passage_note,
)
from server.store.schema.people import (
    account,
    entrance,
    login,
    login_person,
    membership,
    person,
)
from server.store.schema.questionnaire import (
    answer,
    question,
    questionnaire,
    response,
    response_login,
)
from server.store.schema.review import (
    review_coder,
    review_coding,
    review_login,
    review_resolution,
    review_round,
    review_unit,
)
from server.store.schema.search import (
    saved_search,
    search_changed,
    search_item,
    search_state,
)
from server.store.schema.session import (
    discretion,
    off_record,
    session,
    speech,
    step,
)
from server.store.schema.study import (
    colleague,
    department,
    source,
    stage,
    study,
    theme,
    unit,
    unit_alias,
    unit_succession,
)
from server.store.schema.taxonomy import (
    challenge,
    entry,
    entry_link,
    entry_unit,
    entry_version,
    evidence,
    inherited,
    taxonomy_version,
)
from server.store.schema.transcript import (
    line,
    line_version,
    redaction,
    suggestion,
    term,
    track,
    upload,
    utterance,
)

__all__ = [
    "account",
    "annotation",
    "answer",
    "challenge",
    "colleague",
    "command",
    "confidant",
    "department",
    "discretion",
    "doc_client",
    "doc_snapshot",
    "doc_update",
    "draft",
    "entrance",
    "entry",
    "entry_link",
    "entry_unit",
    "entry_version",
    "evidence",
    "inherited",
    "line",
    "line_version",
    "login",
    "login_person",
    "mark",
    "membership",
    "metadata",
    "mirror",
    "off_record",
    "passage",
    "passage_note",
    "person",
    "position",
    "private_objection",
    "proposal",
    "question",
    "questionnaire",
    "redaction",
    "response",
    "response_login",
    "review_coder",
    "review_coding",
    "review_login",
    "review_resolution",
    "review_round",
    "review_unit",
    "saved_search",
    "search_changed",
    "search_item",
    "search_state",
    "session",
    "source",
    "speech",
    "stage",
    "step",
    "study",
    "study_event",
    "suggestion",
    "taxonomy_version",
    "term",
    "theme",
    "track",
    "unit",
    "unit_alias",
    "unit_speaker",
    "unit_succession",
    "upload",
    "utterance",
    "wording",
]
