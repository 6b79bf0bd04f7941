"""Agreement: every published example we could source, other libraries, and what is undefined."""

import math
import random
import warnings
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain import agreement
from server.domain.agreement import UndefinedAgreement

Unit = dict[str, str]


def table(*rows: str) -> list[Unit]:
    """Units from one string a coder, a character a unit; a dot or star is missing."""
    coders = {f"coder {number}": row.replace(" ", "") for number, row in enumerate(rows)}
    length = {len(row) for row in coders.values()}
    assert len(length) == 1
    return [
        {coder: row[at] for coder, row in coders.items() if row[at] not in ".*"}
        for at in range(length.pop())
    ]


def counted(*cells: tuple[str, str, int]) -> list[Unit]:
    """Units of two coders from a contingency table."""
    return [{"a": one, "b": other} for one, other, times in cells for _ in range(times)]


def rated(rows: Sequence[Sequence[int]]) -> list[Unit]:
    """Units from how many raters chose each category."""
    return [
        {f"{category}/{number}": str(category) for category, n in enumerate(row) for number in range(n)}
        for row in rows
    ]  # fmt: skip


# Krippendorff 2011: A (binary, two observers), B (nominal), C and D (four, missing data).
KRIPPENDORFF_A = table("0100000000", "1110010010")
KRIPPENDORFF_B = table("a a b b d c c c e d d a", "b a b b b c c c e d d d")
KRIPPENDORFF_C = table("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3",
                       ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")  # fmt: skip
# The 3 x 15 table of the article on Krippendorff's alpha: 0.691 (nominal), not of the 2011 paper.
TABLE_3_15 = table("*****34121133*3", "1*21 3343*******", "**21 344*211 33*4")  # fmt: skip
# Cohen 1960, p. 45: three categories, 200 units, kappa .492.
COHEN_P45 = counted(
    ("1", "1", 88), ("1", "2", 14), ("1", "3", 18),
    ("2", "1", 10), ("2", "2", 40), ("2", "3", 10),
    ("3", "1", 2), ("3", "2", 6), ("3", "3", 12),
)  # fmt: skip
# Fleiss 1971, table 1: 30 patients, 6 psychiatrists, 5 diagnoses; kappa .430.
FLEISS_1971 = rated([
    (0, 0, 0, 6, 0), (0, 3, 0, 0, 3), (0, 1, 4, 0, 1), (0, 0, 0, 0, 6), (0, 3, 0, 3, 0),
    (2, 0, 4, 0, 0), (0, 0, 4, 0, 2), (2, 0, 3, 1, 0), (2, 0, 0, 4, 0), (0, 0, 0, 0, 6),
    (1, 0, 0, 5, 0), (1, 1, 0, 4, 0), (0, 3, 3, 0, 0), (1, 0, 0, 5, 0), (0, 2, 0, 3, 1),
    (0, 0, 5, 0, 1), (3, 0, 0, 1, 2), (5, 1, 0, 0, 0), (0, 2, 0, 4, 0), (1, 0, 2, 0, 3),
    (0, 0, 0, 0, 6), (0, 1, 0, 5, 0), (0, 2, 0, 1, 3), (2, 0, 0, 4, 0), (1, 0, 0, 4, 1),
    (0, 5, 0, 1, 0), (4, 0, 0, 0, 2), (0, 2, 0, 4, 0), (1, 0, 5, 0, 0), (0, 0, 0, 0, 6),
])  # fmt: skip
# The encyclopaedia's example, often called Fleiss 1971: 10 subjects, 14 raters; kappa .210.
FLEISS_14 = rated([
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
])  # fmt: skip


@pytest.mark.parametrize(
    ("units", "published"),
    [
        (KRIPPENDORFF_A, 0.095),
        (KRIPPENDORFF_B, 0.692),
        (KRIPPENDORFF_C, 0.743),
        (TABLE_3_15, 0.691),
    ],
    ids=["2011 A", "2011 B", "2011 C", "3 by 15"],
)
def test_alpha_is_as_published(units: list[Unit], published: float) -> None:
    assert agreement.krippendorff_alpha(units) == pytest.approx(published, abs=0.0006)


def test_cohens_kappa_is_as_published() -> None:
    assert agreement.cohen_kappa(COHEN_P45) == pytest.approx(0.492, abs=0.0005)
    assert agreement.percent(COHEN_P45) == pytest.approx(0.70)


@pytest.mark.parametrize(
    ("cells", "published"),
    [((20, 5, 10, 15), 0.4), ((45, 15, 25, 15), 0.1304), ((25, 35, 5, 35), 0.2593)],
)
def test_cohens_kappa_of_two_by_two_tables(cells: tuple[int, ...], published: float) -> None:
    pairs = (("y", "y"), ("y", "n"), ("n", "y"), ("n", "n"))
    units = counted(*((*pair, times) for pair, times in zip(pairs, cells, strict=True)))

    assert agreement.cohen_kappa(units) == pytest.approx(published, abs=0.00005)


@pytest.mark.parametrize(("units", "published"), [(FLEISS_1971, 0.430), (FLEISS_14, 0.210)])
def test_fleisss_kappa_is_as_published(units: list[Unit], published: float) -> None:
    assert agreement.fleiss_kappa(units) == pytest.approx(published, abs=0.0006)


@pytest.mark.parametrize(
    ("category", "published"), list(enumerate([0.245, 0.245, 0.520, 0.471, 0.566]))
)
def test_fleisss_kappa_of_one_category(category: int, published: float) -> None:
    units = [{one: value == str(category) for one, value in unit.items()} for unit in FLEISS_1971]

    assert agreement.fleiss_kappa(units) == pytest.approx(published, abs=0.0006)


def test_distances_of_sets() -> None:
    a, ab, bc, nothing = frozenset("a"), frozenset("ab"), frozenset("bc"), frozenset[str]()

    assert agreement.jaccard(a, ab) == 0.5
    assert agreement.jaccard(nothing, nothing) == 0
    assert agreement.masi(a, ab) == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert agreement.masi(ab, bc) == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert agreement.masi(a, nothing) == 1


def test_what_cannot_be_compared_is_undefined_with_its_reason() -> None:
    apart = table("aa..", "..bb")
    same = table("aaaa", "aaaa")
    cases = [
        (agreement.percent, apart, "agreement.no_pairs"),
        (agreement.krippendorff_alpha, apart, "agreement.no_pairs"),
        (agreement.krippendorff_alpha, same, "agreement.no_variation"),
        (agreement.cohen_kappa, same, "agreement.no_variation"),
        (agreement.fleiss_kappa, same, "agreement.no_variation"),
        (agreement.cohen_kappa, table("ab", "ab", "ab"), "agreement.two_coders"),
        (agreement.fleiss_kappa, table("ab", "a.", "ab"), "agreement.incomplete"),
        (agreement.krippendorff_alpha, [], "agreement.no_pairs"),
    ]
    for coefficient, units, reason in cases:
        with pytest.raises(UndefinedAgreement) as refused:
            coefficient(units)
        assert refused.value.code == reason


def test_seen_and_empty_is_a_value_and_unseen_is_missing() -> None:
    empty: frozenset[str] = frozenset()
    code = frozenset({"x"})
    seen = [{"a": code, "b": empty}, {"a": code, "b": code}, {"a": empty, "b": empty}]
    unseen = [{"a": code}, {"a": code, "b": code}, {"a": empty, "b": empty}]

    assert agreement.percent(seen) == pytest.approx(2 / 3)
    assert agreement.percent(unseen) == 1
    assert agreement.krippendorff_alpha(unseen) == 1


def test_the_same_seed_gives_the_same_interval_around_the_coefficient() -> None:
    ask = agreement.krippendorff_alpha
    first = agreement.bootstrap(FLEISS_1971, seed=7, resamples=300)

    assert first == agreement.bootstrap(FLEISS_1971, seed=7, resamples=300)
    assert first != agreement.bootstrap(FLEISS_1971, seed=8, resamples=300)
    assert first.low < ask(FLEISS_1971) < first.high


def test_an_interval_is_the_alphas_of_the_units_drawn_again() -> None:
    units = [{coder: frozenset(value) for coder, value in unit.items()} for unit in KRIPPENDORFF_C]
    chance, compared = random.Random(5), agreement.pairable(units)
    drawn = (chance.choices(compared, k=len(compared)) for _ in range(200))
    alphas = sorted(agreement.krippendorff_alpha(each, agreement.jaccard) for each in drawn)

    found = agreement.bootstrap(units, agreement.jaccard, seed=5, resamples=200)

    assert (found.low, found.high) == (pytest.approx(alphas[4]), pytest.approx(alphas[-5]))


def test_an_interval_that_rests_on_few_resamples_is_undefined() -> None:
    rare = table("aaaaaaaaab", "aaaaaaaaab")

    with pytest.raises(UndefinedAgreement) as refused:
        agreement.bootstrap(rare, seed=1, resamples=200)
    assert refused.value.code == "agreement.unstable"


def test_a_code_is_rolled_up_to_its_category() -> None:
    units = [{"a": frozenset({"p1"}), "b": frozenset({"p2"})}]

    up = agreement.rolled_up(units, {"p1": "c", "p2": "c"})

    assert agreement.percent(up) == 1
    assert agreement.confusions(units) == {("p1", "p2"): 1}
    assert agreement.confusions(up) == {}


values = st.sampled_from("abc")
complete = st.lists(st.tuples(values, values, values), min_size=2, max_size=12)


@settings(deadline=None)  # the first call imports the library
@given(complete)
def test_statsmodels_and_nltk_agree(rows: list[tuple[str, str, str]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import numpy
        from nltk.metrics.agreement import AnnotationTask
        from statsmodels.stats import inter_rater

        units = [dict(zip("xyz", row, strict=True)) for row in rows]
        if len({value for row in rows for value in row}) == 1:
            return
        counts, _ = inter_rater.aggregate_raters(
            numpy.array([["abc".index(value) for value in row] for row in rows])
        )
        theirs = inter_rater.fleiss_kappa(counts)
        task = AnnotationTask(
            [(coder, str(at), value) for at, unit in enumerate(units) for coder, value in unit.items()]
        )  # fmt: skip
        alpha = task.alpha()

    assert agreement.fleiss_kappa(units) == pytest.approx(theirs)
    assert agreement.krippendorff_alpha(units) == pytest.approx(alpha)


@settings(deadline=None)  # the first call imports the library
@given(st.lists(st.tuples(values, values), min_size=2, max_size=12))
def test_statsmodels_agrees_on_two_coders(rows: list[tuple[str, str]]) -> None:
    units = [{"x": one, "y": other} for one, other in rows]
    try:
        ours = agreement.cohen_kappa(units)
    except UndefinedAgreement:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import numpy
        from statsmodels.stats import inter_rater

        square = numpy.zeros((3, 3))
        for one, other in rows:
            square["abc".index(one), "abc".index(other)] += 1
        theirs = inter_rater.cohens_kappa(square, return_results=False)

    assert not math.isnan(ours)
    assert ours == pytest.approx(theirs)


@given(complete, st.permutations("abc"))
def test_alpha_does_not_depend_on_names(rows: list[tuple[str, str, str]], names: list[str]) -> None:
    rename = dict(zip("abc", names, strict=True))
    units = [dict(zip("xyz", row, strict=True)) for row in rows]
    renamed = [
        {coder.upper(): rename[value] for coder, value in unit.items()} for unit in reversed(units)
    ]

    def outcome(given: list[Unit]) -> float | str:
        try:
            return round(agreement.krippendorff_alpha(given), 12)
        except UndefinedAgreement as error:
            return error.code

    assert outcome(units) == outcome(renamed)


sets = st.frozensets(st.sampled_from("abc"))


@settings(deadline=None)  # the first call imports the library
@given(st.lists(st.tuples(sets, sets), min_size=2, max_size=8))
def test_nltk_agrees_on_sets_with_masi(rows: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    from nltk.metrics.agreement import AnnotationTask

    used = [(one, other) for one, other in rows if one and other]  # nltk divides by their union
    units = [{"x": one, "y": other} for one, other in used]
    if len({value for pair in used for value in pair}) < 2:
        return
    triples = [(coder, str(at), value) for at, u in enumerate(units) for coder, value in u.items()]

    theirs = AnnotationTask(triples, distance=_masi).alpha()

    assert agreement.krippendorff_alpha(units, agreement.masi) == pytest.approx(theirs)


def _masi(one: frozenset[str], other: frozenset[str]) -> float:
    """nltk rounds its constants to two digits: its formula with the exact ones."""
    shared = len(one & other)
    if len(one) == len(other) == shared:
        weight = 1.0
    elif shared == min(len(one), len(other)):
        weight = 2 / 3
    elif shared:
        weight = 1 / 3
    else:
        weight = 0.0
    return 1 - shared / len(one | other) * weight
