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
from server.store.schema.inheriting import (
    inherited,
    inherited_evidence,
    inherited_mark,
    study_before,
)
from server.store.schema.job import job
from server.store.schema.log import (
    bulletin,
    command,
    doc_client,
    doc_generation,
    doc_snapshot,
    doc_update,
    mirror,
    refusal,
    session_lease,
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
    peer_token,
    person,
)
from server.store.schema.priority import (
    priority_round,
    priority_sheet,
)
from server.store.schema.project import (
    evidence_coder,
    project_import,
)
from server.store.schema.questionnaire import (
    answer,
    question,
    questionnaire,
    response,
    response_login,
)
from server.store.schema.requirement import (
    requirement,
    requirement_version,
)
from server.store.schema.returning import (
    return_item,
    return_round,
    unit_return,
)
from server.store.schema.review import (
    review_coder,
    review_coding,
    review_login,
    review_remark,
    review_resolution,
    review_round,
    review_unit,
)
from server.store.schema.search import (
    saved_search,
    search_changed,
    search_due,
    search_item,
    search_state,
)
from server.store.schema.session import (
    agenda_template,
    conduct,
    discretion,
    off_record,
    session,
    speech,
    step,
)
from server.store.schema.solution import solution_assessment
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
    taxonomy_version,
)
from server.store.schema.transcript import (
    difference,
    line,
    line_version,
    redaction,
    rehearing,
    term,
    track,
    track_home,
    upload,
    utterance,
)

__all__ = [
    "account",
    "agenda_template",
    "annotation",
    "answer",
    "bulletin",
    "challenge",
    "colleague",
    "command",
    "conduct",
    "confidant",
    "department",
    "difference",
    "discretion",
    "doc_client",
    "doc_generation",
    "doc_snapshot",
    "doc_update",
    "draft",
    "entrance",
    "entry",
    "entry_link",
    "entry_unit",
    "entry_version",
    "evidence",
    "evidence_coder",
    "inherited",
    "inherited_evidence",
    "inherited_mark",
    "job",
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
    "peer_token",
    "person",
    "position",
    "priority_round",
    "priority_sheet",
    "private_objection",
    "project_import",
    "proposal",
    "question",
    "questionnaire",
    "redaction",
    "refusal",
    "rehearing",
    "requirement",
    "requirement_version",
    "response",
    "response_login",
    "return_item",
    "return_round",
    "review_coder",
    "review_coding",
    "review_login",
    "review_remark",
    "review_resolution",
    "review_round",
    "review_unit",
    "saved_search",
    "search_changed",
    "search_due",
    "search_item",
    "search_state",
    "session",
    "session_lease",
    "solution_assessment",
    "source",
    "speech",
    "stage",
    "step",
    "study",
    "study_before",
    "study_event",
    "taxonomy_version",
    "term",
    "theme",
    "track",
    "track_home",
    "unit",
    "unit_alias",
    "unit_return",
    "unit_speaker",
    "unit_succession",
    "upload",
    "utterance",
    "wording",
]
