"""Where entries may stand, what is alike, what an entry is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.annotation import Kind
from schemas.errors import Invalid
from schemas.ids import EntryId, StudyId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.domain import taxonomy

STUDY = StudyId("study")
CATEGORY, PROBLEM, CAUSE, CONSEQUENCE, SOLUTION = EntryKind


def entry(
    kind: EntryKind = PROBLEM,
    en: str = "",
    zh: str = "",
    *,
    state: EntryState = EntryState.ACTIVE,
    study: StudyId = STUDY,
) -> Entry:
    label = Bilingual(en, zh)
    name = EntryId(f"{kind}:{en}:{zh}")
    return Entry(name, study, kind, None, label, Bilingual(), Scope.UNKNOWN, state, 1, 0)


def make(kind: EntryKind, parent: Entry | None, label: Bilingual) -> Entry:
    return taxonomy.new_entry(
        EntryId("e"), STUDY, kind=kind, parent=parent, label=label, definition=Bilingual(), order=0
    )


@pytest.mark.parametrize("kind", EntryKind)
@pytest.mark.parametrize("parent", [None, *EntryKind])
def test_each_kind_stands_under_its_parents_only(kind: EntryKind, parent: EntryKind | None) -> None:
    admitted = {
        CATEGORY: {None, CATEGORY},
        PROBLEM: {CATEGORY, PROBLEM},
        CAUSE: {CATEGORY, PROBLEM},
        CONSEQUENCE: {CATEGORY, PROBLEM},
        SOLUTION: {CATEGORY, PROBLEM},
    }
    above = entry(parent, "x") if parent else None

    assert taxonomy.may_stand_under(kind, above) is (parent in admitted[kind])


def test_nothing_new_stands_under_what_is_retracted_or_in_another_study() -> None:
    retracted = entry(CATEGORY, "x", state=EntryState.RETRACTED)
    foreign = entry(CATEGORY, "x", study=StudyId("other"))

    for parent in (retracted, foreign, None):
        with pytest.raises(Invalid) as refused:
            make(PROBLEM, parent, Bilingual("label"))
        assert refused.value.code == "entry.parent"


def test_a_new_entry_is_active_in_its_first_version() -> None:
    made = make(PROBLEM, entry(CATEGORY, "x"), Bilingual("  data is late ", "数据滞后"))

    assert made.label == Bilingual("data is late", "数据滞后")
    assert (made.state, made.version, made.scope) == (EntryState.ACTIVE, 1, Scope.UNKNOWN)


@pytest.mark.parametrize("label", [Bilingual(), Bilingual("  ", "\n"), Bilingual("x" * 401)])
def test_a_label_is_neither_empty_nor_endless(label: Bilingual) -> None:
    with pytest.raises(Invalid) as refused:
        make(PROBLEM, entry(CATEGORY, "x"), label)

    assert refused.value.code == "entry.label"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_note_suggests_a_kind_of_entry(kind: Kind) -> None:
    assert taxonomy.kind_of(kind) in {PROBLEM, CAUSE, CONSEQUENCE, SOLUTION}


def test_slugs_are_readable_and_unique() -> None:
    label = Bilingual("Data isn't shared – at all", "数据不共享")

    assert taxonomy.slug(label, EntryId("1")).startswith("data-isn-t-shared-at-all-")
    assert taxonomy.slug(label, EntryId("1")) != taxonomy.slug(label, EntryId("2"))
    assert taxonomy.slug(Bilingual(zh="数据不共享"), EntryId("1")).startswith("entry-")


def test_similar_entries_are_found_in_both_languages_the_most_alike_first() -> None:
    sharing = entry(PROBLEM, "Data is not shared between departments", "部门之间数据不共享")
    storage = entry(PROBLEM, "Video is deleted for want of storage", "存储不足导致视频被删除")
    gone = entry(PROBLEM, "Data is not shared", "", state=EntryState.RETRACTED)
    category = entry(CATEGORY, "Data is not shared between departments")
    known = [storage, sharing, gone, category]

    english = taxonomy.similar("Departments do not share their data", known)
    chinese = taxonomy.similar("各部门数据不共享", known)

    assert [one.entry for one in english] == [sharing]
    assert [one.entry for one in chinese] == [sharing]


def test_likeness_folds_width_and_case() -> None:
    assert taxonomy.likeness("ＧＩＳ Platform", "gis platform") == 1.0
    assert taxonomy.likeness("", "x") == 0.0
    assert taxonomy.likeness("水", "水") == 1.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_symmetric_and_between_zero_and_one(one: str, other: str) -> None:
    found = taxonomy.likeness(one, other)

    assert 0.0 <= found <= 1.0
    assert found == taxonomy.likeness(other, one)
