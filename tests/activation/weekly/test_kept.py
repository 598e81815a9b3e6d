"""What was published stays, and one made again says what is other and why."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from activation.stores import stores
from activation.weekly import kept, publish
from activation.weekly.facts import Expected
from activation.weekly.words import words
from features import settings
from features.consent import forgetting, redaction, sought
from features.consent.suppression import CUSTOMER
from tests.activation.weekly import sample
from training.kpis.moves import Moves
from training.notes import note

SAY = words("en", "EUR")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))


def test_late_rows_are_told_beside_what_was_published() -> None:
    first = sample.weekly()
    done = publish.publish(first)
    assert done.said == []
    held = (kept.folder(first) / "1.json").read_bytes()
    late = msgspec.structs.replace(
        first, events=1_010, tiles=[msgspec.structs.replace(first.tiles[0], value=2.75), *first.tiles[1:]]
    )
    again = publish.publish(late)
    assert again.said == [
        "revenue: everybody: published 2.5, now 2.75",
        "why: events from before the week's end, 1,000 then and 1,010 now",
    ]
    assert (kept.folder(first) / "1.json").read_bytes() == held
    assert kept.published(first) == [first, late]
    page = " ".join(again.page.read_text(encoding="utf-8").split())
    assert "<td>2.5</td><td>2.75</td>" in page
    assert "events from before the week&#39;s end, 1,000 then and 1,010 now" in page
    assert "No figure is other." in publish.publish(late).page.read_text(encoding="utf-8")


def test_why_says_what_is_other() -> None:
    own = sample.weekly()
    other = msgspec.structs.replace(own, bundle="b2", version="4", declaration="d2")
    assert kept.why(own, other, SAY) == ["the bundle, version 3 then and version 4 now", "the dataset file"]
    assert kept.why(own, own, SAY) == ["values of rows, or the program: all else is the same"]


def test_a_forecast_is_kept_as_it_was_published_first() -> None:
    own = sample.weekly()
    publish.publish(own)
    later = msgspec.structs.replace(own.sizes[0], next=Expected(value=1.0, low=0.0, high=2.0))
    publish.publish(msgspec.structs.replace(own, sizes=[later, *own.sizes[1:]]))
    champions, regulars = {("rfm", "champions"): own.sizes[0].next}, {("rule", "regulars"): own.sizes[2].next}
    assert kept.forecast("shop", "2026-03-09", "b1", "d1") == champions | regulars
    assert kept.forecast("shop", "2026-03-09", "b1", "d2") == champions  # a rule may ask for something else by now
    assert kept.forecast("shop", "2026-03-09", "b2", "d1") == {}  # the segments of another bundle are others
    assert kept.forecast("shop", "2026-03-16", "b1", "d1") == {}


def test_the_file_beside_names_audiences_and_nobody() -> None:
    done = publish.publish(sample.weekly())
    lines = (done.page.parent / kept.CONTACTS).read_text(encoding="utf-8").splitlines()
    assert lines[0] == '"name","id","created","purpose","count"'
    assert len(lines) == 2


def test_sizes_of_few_cannot_be_told_from_the_rest() -> None:
    counts = [np.array(one) for one in ([500, 100, 5], [50, 30, 5], [60, 30, 0], [510, 100, 0])]
    assert Moves(*counts).hidden(20) == {1, 2}
    assert Moves(*counts).few(20) == {1, 2}
    assert Moves(*counts).hidden(0) == set()


def test_what_is_kept_has_a_store_that_forgets_whom_a_text_names() -> None:
    said = note.Note(kind="segment", name="rfm.lost", verdict="useful", text="ask customer-0042", at="2026-03-09")
    note.add("shop", [said, said])
    counted = note.counted("shop")["segment rfm.lost"]
    assert (counted.useful, counted.wrong, counted.newest) == (2, 0, "ask customer-0042")
    publish.publish(sample.weekly())
    table = stores("shop")
    found = {path.name: forgetting.store_of(path, table) for path in forgetting.files()}
    assert {one.name for name, one in found.items() if one and "shop" in name} == {"what sales and service say"}
    assert None not in found.values()
    assert redaction.forget([settings.notes("shop")], sought.of([(CUSTOMER, "customer-0042")])) == 1
    assert [one.text for one in note.read("shop")] == ["ask [erased]"] * 2
