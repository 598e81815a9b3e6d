"""Permission: each rule by hand, and all of them beside a plain reading of the same rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.clock import DAY
from features.consent import loop, permission
from features.consent.answers import Answers
from features.consent.consent import Consent
from features.consent.loop import (
    AGE_UNKNOWN,
    AGELESS,
    DENIED,
    DENY,
    EVER,
    EVERYTHING,
    EXPIRED,
    GRANT,
    GRANTED,
    OBJECT,
    SILENT,
    UNDATED,
    UNREADABLE,
    YOUNG,
)
from features.consent.permissions import gathered

PURPOSES = ("profiling", "mail", "ads", "service")
CONSENT = Consent(
    {"profiling": "legitimate_interest", "mail": "consent", "ads": "consent", "service": "contract"},
    valid_days={"mail": 730},
)
NOW = 20_000


@dataclass(frozen=True)
class Said:
    """One answer; days, or None for no moment."""

    purpose: str
    answer: int
    day: int | None
    by: str = "ann"
    linked: int | None = None


def people(histories: Sequence[Sequence[Said]], ripe: Sequence[int] | None = None) -> permission.Given:
    """Return what some people said, each by identifiers of their own."""
    every = [(who, one) for who, own in enumerate(histories) for one in own]
    ids = pa.array([f"{who} {one.by}" for who, one in every], pa.string())
    linked = {f"{who} {one.by}": UNDATED if one.linked is None else one.linked * DAY for who, one in every}
    answers = Answers(
        "email",
        ids,
        np.array([EVERYTHING if one.purpose == "" else PURPOSES.index(one.purpose) for _, one in every], np.int64),
        np.array([one.answer for _, one in every], np.uint8),
        np.array([UNDATED if one.day is None else one.day * DAY for _, one in every], np.int64),
        np.zeros(len(every), np.int64),
    )
    ages = np.array([AGE_UNKNOWN] * len(histories) if ripe is None else ripe, np.int64)

    def owners(_: str, values: pa.Array) -> NDArray[np.int64]:
        return np.array([int(value.split()[0]) for value in values.to_pylist()], np.int64)

    def known(_: str, values: pa.Array) -> NDArray[np.int64]:
        return np.array([linked[value] for value in values.to_pylist()], np.int64)

    return gathered([answers], ages, owners, known)


def state(*said: Said, purpose: str = "mail", now: int = NOW, consent: Consent = CONSENT) -> int:
    return int(permission.standing(consent, people([said]), purpose, now * DAY).state[0])


YES, NO, STOP, WHAT = GRANT, DENY, OBJECT, UNREADABLE


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], SILENT),
        ([Said("mail", YES, 19_900)], GRANTED),
        ([Said("mail", NO, 19_900)], DENIED),
        ([Said("mail", YES, 19_900), Said("mail", NO, 19_950)], DENIED),
        ([Said("mail", NO, 19_900), Said("mail", YES, 19_950)], GRANTED),
        ([Said("mail", NO, 19_900), Said("mail", YES, 19_900)], DENIED),  # a tie
        ([Said("mail", YES, NOW)], GRANTED),  # it has come into force
        ([Said("mail", YES, NOW + 1)], SILENT),  # it has not
        ([Said("mail", YES, 19_900), Said("mail", NO, NOW + 1)], GRANTED),
        ([Said("mail", YES, None)], SILENT),  # without a moment it never grants
        ([Said("mail", NO, None)], DENIED),
        ([Said("mail", NO, None), Said("mail", YES, 19_900)], DENIED),  # nothing is later than it
        ([Said("mail", NO, 19_900), Said("mail", YES, None)], DENIED),
        ([Said("mail", NO, 19_900), Said("mail", YES, 19_800)], DENIED),
        ([Said("mail", WHAT, 19_900)], DENIED),
        ([Said("mail", YES, 19_900), Said("mail", WHAT, 19_950)], DENIED),
        ([Said("mail", WHAT, 19_900), Said("mail", YES, 19_950)], GRANTED),
        ([Said("ads", NO, 19_900), Said("mail", YES, 19_800)], GRANTED),  # a channel shuts itself alone
        ([Said("ads", STOP, 19_900), Said("mail", YES, 19_800)], DENIED),  # an objection shuts all of them
        ([Said("ads", STOP, 19_900), Said("mail", YES, 19_950)], GRANTED),  # until this one is granted anew
        ([Said("", STOP, 19_900)], DENIED),
        ([Said("", NO, 19_900), Said("mail", YES, 19_800)], DENIED),  # of what nobody can tell
        ([Said("mail", YES, NOW - 730)], EXPIRED),
        ([Said("mail", YES, NOW - 729)], GRANTED),
        ([Said("mail", NO, NOW - 800), Said("mail", YES, NOW - 730)], DENIED),
    ],
)
def test_what_was_said_of_a_purpose(said: list[Said], expected: int) -> None:
    assert state(*said) == expected
    assert state(*reversed(said)) == expected  # the order of rows says nothing


def test_an_objection_stops_profiling_and_all_marketing_and_no_contract() -> None:
    said = Said("mail", STOP, 19_900)
    assert [state(said, purpose=name) for name in PURPOSES] == [DENIED, DENIED, DENIED, SILENT]
    assert [state(Said("mail", NO, 19_900), purpose=name) for name in PURPOSES] == [SILENT, DENIED, SILENT, SILENT]
    assert state(Said("service", STOP, 19_900), purpose="service") == DENIED  # an objection to itself


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # Two identifiers that have been one since ever: the newest wins.
        ([Said("mail", NO, 19_000, "a"), Said("mail", YES, 19_500, "b")], GRANTED),
        # They became one on day 19,600: what they said before differs, and denies.
        ([Said("mail", NO, 19_000, "a"), Said("mail", YES, 19_500, "b", linked=19_600)], DENIED),
        ([Said("mail", NO, 19_000, "a", linked=19_600), Said("mail", YES, 19_500, "b")], DENIED),
        # An answer after the link decides, whichever of them gives it.
        (
            [
                Said("mail", NO, 19_000, "a", linked=19_600),
                Said("mail", YES, 19_500, "b"),
                Said("mail", YES, 19_601, "a", linked=19_600),
            ],
            GRANTED,
        ),
        # An identifier's own answers need no link.
        ([Said("mail", NO, 19_000, "a", linked=19_600), Said("mail", YES, 19_500, "a", linked=19_600)], GRANTED),
    ],
)
def test_a_conflict_that_is_merged_denies_until_somebody_answers_anew(said: list[Said], expected: int) -> None:
    assert state(*said) == expected


def test_silence_follows_the_declaration_and_without_it_the_basis() -> None:
    def silent(**unknown: Literal["allow", "deny"]) -> list[bool]:
        consent = Consent(CONSENT.purposes, unknown=dict(unknown))
        nobody = people([[]])
        return [bool(permission.standing(consent, nobody, name, NOW * DAY).allowed[0]) for name in PURPOSES]

    assert silent() == [True, False, False, True]
    assert silent(default="deny") == [False, False, False, False]
    assert silent(profiling="allow", default="deny") == [True, False, False, False]
    assert silent(mail="allow") == [True, True, False, True]


def test_who_is_too_young_allows_a_contract_alone_and_an_unknown_age_is_like_silence() -> None:
    consent = Consent(CONSENT.purposes, minimum_age=16, age="born")
    said = [[Said("mail", YES, 19_900)]] * 3
    given_ = people(said, [UNDATED + 1, (NOW + 1) * DAY, AGE_UNKNOWN])
    states = {name: permission.standing(consent, given_, name, NOW * DAY).state.tolist() for name in PURPOSES}
    assert states["mail"] == [GRANTED, YOUNG, AGELESS]
    assert states["profiling"] == [SILENT, YOUNG, SILENT]
    assert states["service"] == [SILENT, SILENT, SILENT]
    (_, older, _) = permission.standing(consent, given_, "mail", (NOW + 1) * DAY).allowed.tolist()
    assert older


def until(*said: Said) -> int | None:
    found = permission.standing(CONSENT, people([said]), "mail", NOW * DAY)
    return None if found.until[0] == EVER else int(found.until[0]) // DAY


def test_until_when_a_permission_holds() -> None:
    assert until(Said("mail", YES, 19_900)) == 19_900 + 730
    assert until(Said("mail", YES, 19_900), Said("mail", YES, 20_100)) == 20_100 + 730  # renewed in time
    assert until(Said("mail", YES, 19_900), Said("mail", NO, 20_100)) == 20_100
    assert until(Said("mail", YES, 19_900), Said("mail", NO, 20_100), Said("mail", YES, 20_100)) == 20_100
    assert until(Said("mail", NO, 19_900)) == NOW
    nobody = permission.standing(CONSENT, people([[]]), "profiling", NOW * DAY)
    assert nobody.until.tolist() == [EVER]


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ([Said("mail", YES, 19_900)], loop.LIFTS),
        ([Said("mail", YES, None)], loop.NO_MOMENT),
        ([Said("mail", YES, 19_900), Said("mail", NO, None)], loop.UNLIFTABLE),
        ([Said("mail", YES, 19_900), Said("mail", NO, 19_900)], loop.TIED),
        ([Said("mail", YES, 19_900), Said("mail", NO, 19_950)], loop.OLDER),
        ([Said("mail", YES, 19_900, "a"), Said("mail", NO, 19_000, "b", linked=19_950)], loop.MERGED),
    ],
)
def test_grants_that_lift_nothing_are_told_with_the_reason(said: list[Said], does: int) -> None:
    found = permission.grants(CONSENT, people([said]), "mail", NOW * DAY)
    assert sorted(found.tolist()) == sorted([does, *[loop.LIFTS] * (len(said) - 1)])


def plain(history: Sequence[Said], purpose: str, consent: Consent, now: int, ripe: int) -> bool:
    """Return whether a purpose is allowed, read from the rules as they stand in `permission`, without haste."""
    basis, silent = consent.purposes[purpose], consent.silent(purpose)
    if consent.minimum_age and basis != "contract":
        if ripe == AGE_UNKNOWN and not silent:
            return False
        if ripe != AGE_UNKNOWN and now * DAY < ripe:
            return False
    began = [one for one in history if one.day is None or one.day <= now]
    of_all = basis != "contract"
    refusals = [
        one
        for one in began
        if one.answer != GRANT and (one.purpose == purpose or (of_all and (one.answer == OBJECT or one.purpose == "")))
    ]
    grants = [one for one in began if one.answer == GRANT and one.purpose == purpose and one.day is not None]

    def lifts(grant: Said, refusal: Said) -> bool:
        assert grant.day is not None
        if refusal.day is None or grant.day <= refusal.day:
            return False
        joined = max(-1 if one.linked is None else one.linked for one in (grant, refusal))
        return grant.by == refusal.by or grant.day > joined

    for grant in grants:
        assert grant.day is not None
        days = consent.valid_days.get(purpose)
        if (days is None or now - grant.day < days) and all(lifts(grant, refusal) for refusal in refusals):
            return True
    return silent and not refusals and not grants


DAYS = st.integers(0, 8)
ANSWERS = st.builds(
    Said,
    st.sampled_from([*PURPOSES, ""]),
    st.sampled_from([GRANT, GRANT, DENY, OBJECT, UNREADABLE]),
    st.none() | DAYS,
    st.sampled_from(["a", "b"]),
)
LINKS = st.fixed_dictionaries({"a": st.none() | DAYS, "b": st.none() | DAYS})


@st.composite
def histories(draw: st.DrawFn) -> list[Said]:
    links = draw(LINKS)
    found: list[Said] = draw(st.lists(ANSWERS, max_size=6))
    return [Said(one.purpose, one.answer, one.day, one.by, links[one.by]) for one in found if one.purpose or one.answer]


@st.composite
def consents(draw: st.DrawFn) -> Consent:
    words: tuple[Literal["allow", "deny"], ...] = ("allow", "deny")
    how = st.sampled_from(words)
    return Consent(
        CONSENT.purposes,
        unknown=draw(st.dictionaries(st.sampled_from([*PURPOSES, "default"]), how)),
        valid_days=draw(st.dictionaries(st.sampled_from(PURPOSES), st.integers(1, 5))),
        minimum_age=draw(st.sampled_from([0, 16])),
    )


RIPE = st.sampled_from([AGE_UNKNOWN, AGE_UNKNOWN + 1, 3 * DAY, 6 * DAY, EVER])


@given(st.lists(st.tuples(histories(), RIPE), max_size=4), consents(), st.integers(0, 9))
def test_it_is_what_a_plain_reading_gives(people_: list[tuple[list[Said], int]], consent: Consent, now: int) -> None:
    ripe = [age for _, age in people_]
    given_ = people([said for said, _ in people_], ripe)
    for purpose in PURPOSES:
        found = permission.standing(consent, given_, purpose, now * DAY)
        for who, (said, age) in enumerate(people_):
            expected = [plain(said, purpose, consent, day, age) for day in range(now, 20)]
            assert found.allowed[who] == expected[0]
            ends = [now + later for later, holds in enumerate(expected) if not holds]
            assert found.until[who] == (ends[0] * DAY if ends else EVER)
