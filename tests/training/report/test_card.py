"""The model card: what it must say, that it fits, and that data cannot write Markdown into it."""

from dataclasses import replace

from tests.training.report import sample
from training.bundle.agreement import Agreement
from training.report.card import LONGEST, card, description


def test_the_card_has_what_a_card_must_have() -> None:
    text = card(sample.report())
    for expected in (
        "# A shop\n",
        "## Intended use",
        "## Data and windows",
        "## Figures and calibration",
        "## Known failures",
        "## Limits",
        "## How to reproduce",
        "12,345 events of 200 customers",
        "a purchase in the last 56 days",
        "| churn\\_28d | 400 |",
        "- churn\\_28d: last purchase off: too low;",
        "`make train DATASET=shop` at commit `aaaaaaaaaaaa`",
        "`0123abcd`",
        "spend\\_28d was not learned: no customer",
        " | 0.20 |\n",
        "`level sd` how far that may be off in the period after the data",
    ):
        assert expected in text
    assert len(text) <= LONGEST
    assert description(text) == text


def test_many_targets_are_told_shorter_and_the_description_fits() -> None:
    many = sample.report("A shop", *(sample.target(f"buys_28d_{n}") for n in range(3)))
    assert "1 more in the report" not in card(many)
    crowd = sample.report("A shop", *[sample.target(f"buys_28d_of_the_category_{n}") for n in [*range(3)] * 14])
    text = card(crowd)
    assert "1 more in the report" in text
    assert len(text) > LONGEST
    short = description(text)
    assert LONGEST - 400 < len(short) <= LONGEST
    assert short.endswith("MODEL_CARD.md`)\n")


def test_data_cannot_write_markdown() -> None:
    text = card(sample.report("<b>x</b> [a](http://evil) `c`\n# mine"))
    assert text.startswith("# \\<b\\>x\\</b\\> \\[a\\](http://evil) \\`c\\` \\# mine\n")


def test_the_card_tells_whose_reasons_are_approximate_and_how_far_they_agree() -> None:
    def told(**shares: float) -> str:
        targets = [replace(sample.target(name), agreement=Agreement(share, 800)) for name, share in shares.items()]
        return card(sample.report("A shop", *targets))

    assert "reasons" not in card(sample.report()).lower()
    assert "- Reasons are exact; approximate ones agree in 40% of rows.\n" in told(a=0.4)
    both = told(a=0.4, b=0.96, c=0.7)
    assert "- The reasons of b (96.0% of 800) are approximate, in so many rows of the validation the same" in both
    assert "- Other reasons are exact; approximate ones agree in 40% to 70% of rows.\n" in both
