"""Data files: what they may say, and that those that come along say it."""

from pathlib import Path

import pytest

from activation.destinations import normal, shipped
from activation.destinations.call import calls
from activation.destinations.definition import CHANGES, Definition, DefinitionError, Part
from tests.activation.destinations import example

TEXT = shipped.shipped()["webhook"].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title =", "titel =", r"unknown key 'titel'\. Did you mean 'title'"),
        ("keys =", "key =", r"\$\.authentication: unknown key 'key'\. Did you mean 'keys'"),
        ("items = 1000", "item = 1000", r"operations.*unknown key 'item'\. Did you mean 'items'"),
        ('reader = "listed"', 'redaer = "listed"', r"unknown key 'redaer'\. Did you mean 'reader'"),
        ('verdict = "done"', 'verdict = "fine"', "Invalid enum value 'fine'"),
        ('reader = "listed"', 'reader = "list"', "Invalid enum value 'list'"),
        ("about = ", "abuot = ", r"unknown key 'abuot'\. Did you mean 'about'"),
        ('enter = ["change"]', 'enter = ["chage"]', r"changes\.enter: got 'chage'\. Did you mean 'change'"),
        ('enter = ["change"]', 'entre = ["change"]', r"got 'entre'\. Did you mean 'enter'"),
        ('enter = ["change"]\n', "", r"'enter' must stand in 'changes' or in 'refused'"),
        (
            "[refused]",
            '[refused]\nenter = "no"',
            r"'enter' must stand in 'changes' or in 'refused', and in one of them",
        ),
        ("items = 1000", 'items = "many"', "Expected `int`, got `str`"),
        ("title", "[", "webhook.toml"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "webhook.toml"
    assert old in TEXT
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=said):
        shipped.read(file)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('from = "identifier"', 'from = "identifer"', "Did you mean 'identifier'"),
        ("items = 1000", 'items = 1000\nmedia = "yaml"', "media: got 'yaml'"),
        ("items = 1000", 'items = 1000\nbase = "api"', "base: got 'api'"),
        ('path = ""', 'path = "/{customer}"', "'customer' stands outside"),
        ('type = "audience"', 'type = { from = "fields.x" }', "'fields.x' stands outside"),
        ('as = "iso8601"', 'as = "iso"', "Did you mean 'iso8601'"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "webhook.toml"
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=f"webhook.*{said}"):
        calls(shipped.read(file), "webhook")


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="No such file"):
        shipped.read(tmp_path / "none.toml")


def test_every_part_of_a_file_has_a_place_for_its_errors() -> None:
    placed = {part for _, part in shipped._PLACES}
    assert placed | {Definition} == set(Part.__subclasses__())


@pytest.mark.parametrize("kind", example.TABLES)
def test_a_file_that_comes_along_is_whole(kind: str) -> None:
    known = shipped.read(shipped.shipped()[kind])
    assert set(known.changes) | set(known.refused) == set(CHANGES)
    used = {step for steps in known.changes.values() for step in steps}
    assert used == set(known.operations), "an operation that no change uses"
    assert set(known.forms) <= set(known.identifiers)
    assert set(known.forms.values()) <= set(normal.FORMS)
    assert not known.account or known.account in known.settings
    asked = {name for call in calls(known, kind).values() for name in call.required}
    assert asked <= set(known.settings)
    for operation in known.operations.values():
        assert operation.answers, "no answer is fine"
        assert not operation.contacts or not operation.safe or operation.dedupe, "a message that is sent twice"
        accepts = {rule.verdict == "accepted" for rule in operation.answers}
        assert (True in accepts) == (operation.poll is not None)


@pytest.mark.parametrize("kind", example.TABLES)
def test_no_host_is_written_without_encryption(kind: str) -> None:
    known = shipped.read(shipped.shipped()[kind])
    for base in known.bases.values():
        assert all(url.startswith(("https://", "file:", "{url}")) for url in base.values())


@pytest.mark.parametrize("kind", example.TABLES)
def test_a_reason_is_a_sentence_of_its_own(kind: str) -> None:
    known = shipped.read(shipped.shipped()[kind])
    for reason in (*known.refused.values(), *known.unverified.values()):
        assert len(reason) > 20
        assert not reason.endswith(".")
