"""Promotion with real parts: better and worse challengers, registered, judged, promoted, refused and rolled back."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import msgspec
import pytest
import typer
from mlflow import MlflowClient

from features.catalogue.feature import Aggregate
from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log import log as logs
from features.log.log import Log
from serving import served
from tests.conftest import NAME, Trained, run_here
from tests.training import challengers
from training import promote, rollback, targets
from training.bundle.bundle import MANIFEST, Bundle, Stored
from training.bundle.predictor import Predictor
from training.gate import exam
from training.gate.exam import CannotExamine, examine
from training.panel.ground import Ground
from training.recipes.rfm_regression import RFM
from training.targets.declared import with_needs
from training.tracking import pointer, registry, tracking

BUYS, SPEND = "buys_28d_grocery", "spend_28d"
NUMBERS = count(1)


@dataclass(frozen=True)
class Shop:
    """A dataset of its own with the part's events, and so with a registered model of its own."""

    toml: Path
    client: MlflowClient
    folder: Path
    log: Log

    @property
    def name(self) -> str:
        """What the dataset is called."""
        return self.toml.stem

    def register(self, bundle: Bundle) -> str:
        """Make a bundle the challenger; return its version."""
        tracker = tracking.Tracker("habitus-promotion")
        with tracker.run(f"train {self.name}") as run_id:
            place = self.folder / str(next(NUMBERS))
            place.mkdir()
            bundle.save(place / "bundle", self.log)
            return registry.register(tracker, run_id, place / "bundle", self.name, {}).version

    def crown(self, bundle: Bundle) -> str:
        """Make a bundle the champion, unseen; return its version."""
        version = self.register(bundle)
        registry.crown(self.client, self.name, version)
        return version

    @property
    def champion(self) -> str | None:
        """The champion's version, which services are pointed to."""
        found, pointed = registry.champion(self.client, self.name), pointer.read(self.name)
        assert (found and (found.version, Path(found.folder))) == (pointed and (pointed.version, Path(pointed.folder)))
        return found.version if found else None

    def tags(self, version: str) -> dict[str, str]:
        """Return a version's tags."""
        return dict(self.client.get_model_version(registry.model_name(self.name), version).tags)

    def refusals(self, version: str) -> set[tuple[str, str]]:
        """Return the gates that refused a version, with their targets, as its tag keeps them."""
        verdicts = json.loads(self.tags(version)[promote.VERDICTS])
        return {(verdict["gate"], verdict["target"]) for verdict in verdicts if not verdict["passed"]}


@pytest.fixture
def shop(trained: Trained, log: Log, tmp_path: Path) -> Shop:
    name = f"shop{next(NUMBERS)}_{tmp_path.name[:12]}"
    toml = trained.toml.with_name(f"{name}.toml")
    toml.write_text(trained.toml.read_text(encoding="utf-8").replace(f'"{NAME}"', f'"{name}"', 1), encoding="utf-8")
    return Shop(toml, tracking.client(tracking.place()), tmp_path, log)


@pytest.fixture(scope="module")
def declared(trained: Trained, log: Log) -> Dataset:
    assert len(log)
    return trained.dataset


@pytest.fixture(scope="module")
def good(stored: Stored) -> Bundle:
    """Return what was trained, with a target of each task."""
    return replace(
        stored.bundle, predictors=tuple(p for p in stored.bundle.predictors if p.target.name in {BUYS, SPEND})
    )


@pytest.fixture(scope="module")
def buys(good: Bundle) -> targets.Target:
    return next(p.target for p in good.predictors if p.target.name == BUYS)


@pytest.fixture(scope="module")
def shuffled(good: Bundle, declared: Dataset, log: Log, buys: targets.Target) -> Bundle:
    choice = challengers.choice(declared, log, good.kernel, buys, challengers.shuffled)
    return challengers.of(good, log, choice.predictor)


@pytest.fixture(scope="module")
def third(good: Bundle, declared: Dataset, log: Log, buys: targets.Target) -> Bundle:
    few = logs.pick(log, range(0, len(log.customers), 3))
    return challengers.of(good, few, challengers.choice(declared, few, good.kernel, buys).predictor)


@pytest.fixture(scope="module")
def broken(good: Bundle, declared: Dataset, log: Log, buys: targets.Target) -> Bundle:
    choice = challengers.choice(declared, log, good.kernel, buys, challengers.without_recency)
    return challengers.of(good, log, choice.predictor)


@pytest.fixture(scope="module")
def rule(good: Bundle, declared: Dataset, log: Log, buys: targets.Target) -> Bundle:
    """Return a bundle of few features that follows the recency rule."""
    few = [feature for feature in good.kernel.features if feature.name in RFM]
    kernel = Kernel(with_needs(few, [buys]))
    choice = challengers.choice(declared, log, kernel, buys)
    trial = next(trial for trial in choice.trials if trial.recipe.name == "recency_rule")
    assert choice.predictor.evidence is not None
    evidence = replace(choice.predictor.evidence, scorer=trial.scorer, settings=msgspec.to_builtins(trial.recipe))
    predictor = Predictor(buys, "recency_rule", trial.scorer, kernel.names, evidence)
    return replace(challengers.of(good, log, predictor), kernel=kernel, segmenters=())


def _promote(shop: Shop, *, force: bool = False) -> None:
    promote.main(str(shop.toml), force)


def _refused(shop: Shop) -> None:
    with pytest.raises(typer.Exit) as stopped:
        _promote(shop)
    assert stopped.value.exit_code == 1


def test_the_first_champion_passes_the_absolute_gates_and_is_served(shop: Shop, good: Bundle) -> None:
    version = shop.register(good)
    assert served.find(shop.name).notice == f"there is no champion yet: using the challenger, version {version}"
    done = run_here("training.promote", "--dataset", str(shop.toml))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"The champion was nobody and is version {version}" in done.stdout
    assert "make rollback" not in done.stdout
    assert (served.find(shop.name).alias, served.find(shop.name).version) == ("champion", version)
    verdicts = json.loads(shop.tags(version)[promote.VERDICTS])
    assert {verdict["gate"] for verdict in verdicts} == {"rows", "features", "calibration_slope", "ece", "total_ratio"}
    assert all(verdict["passed"] for verdict in verdicts)
    assert promote.FORCED not in shop.tags(version)


def test_what_would_change_is_said_and_nothing_changes(
    shop: Shop, good: Bundle, request: pytest.FixtureRequest
) -> None:
    asked = ("training.promote", "--dataset", str(shop.toml), "--only-say")
    version = shop.register(good)
    done = run_here(*asked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It would become the champion, in place of nobody: make promote" in done.stdout
    assert shop.champion is None
    assert promote.VERDICTS not in shop.tags(version)
    champion = shop.crown(good)
    shop.register(request.getfixturevalue("third"))
    done = run_here(*asked)
    assert done.returncode == 1
    assert f"It would be refused: the champion would stay version {champion}." in done.stdout
    assert shop.champion == champion


def test_the_champion_itself_is_nothing_to_promote(
    shop: Shop, good: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    version = shop.crown(good)
    _promote(shop)
    assert f"version {version} is the champion: there is nothing to promote" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("worse", "gates", "said"),
    [
        ("shuffled", {"against_champion", "calibration_slope"}, "The champion's recipe, fitted on the same rows, does"),
        ("third", {"rows"}, "34% of the rows that there are now"),
        ("broken", {"features"}, "1 that differ: purchase_recency (mean 0 in the bundle"),
    ],
)
def test_a_worse_challenger_is_refused_for_the_right_reason(
    shop: Shop,
    good: Bundle,
    worse: str,
    gates: set[str],
    said: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    only = replace(good, predictors=tuple(p for p in good.predictors if p.target.name == BUYS))
    champion = shop.crown(only)
    version = shop.register(request.getfixturevalue(worse))
    _refused(shop)
    assert gates <= {gate for gate, _ in shop.refusals(version)} <= {*gates, "ece"}
    assert shop.champion == champion
    assert promote.FORCED not in shop.tags(version)
    printed = " ".join(capsys.readouterr().out.split())
    assert said in printed
    assert f"The champion is version {champion}, as before. To overrule: make promote FORCE=1." in printed


def test_shuffled_labels_are_refused_with_no_champion_too(shop: Shop, shuffled: Bundle) -> None:
    version = shop.register(shuffled)
    _refused(shop)
    assert ("calibration_slope", BUYS) in shop.refusals(version)
    assert shop.champion is None


def test_what_nothing_can_examine_is_refused_or_promoted_with_a_tag_that_says_so(
    shop: Shop, good: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, unseen = good.predictors
    version = shop.register(replace(good, predictors=(seen, replace(unseen, evidence=None))))
    _refused(shop)
    assert shop.refusals(version) == {("unexamined", unseen.target.name)}
    assert f"{unseen.target.name} (no period), unexamined: got neither" in " ".join(capsys.readouterr().out.split())
    promote.main(str(shop.toml), unexamined=True)
    assert shop.champion == version
    assert shop.tags(version)["unexamined"] == unseen.target.name
    assert promote.FORCED not in shop.tags(version)


def test_force_says_what_it_overruled_and_a_rollback_takes_it_back(
    shop: Shop, good: Bundle, third: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = shop.crown(good), shop.register(third)
    _promote(shop, force=True)
    assert shop.champion == second
    assert shop.tags(second)[promote.FORCED] == f"rows of {BUYS}; targets of {SPEND}"
    assert "make rollback    return to the one before" in capsys.readouterr().out
    for now, before in ((second, first), (first, second)):
        rollback.main(str(shop.toml))
        assert shop.champion == before
        said = capsys.readouterr().out
        assert f"The champion was version {now} and is version {before}" in said
        assert f"goes forward to version {now}" in said
    history = shop.client.get_registered_model(registry.model_name(shop.name)).tags[registry.HISTORY]
    assert history == f"{first},{second},{first},{second}"


def test_a_better_challenger_with_other_features_passes_and_a_new_target_with_it(
    shop: Shop, rule: Bundle, good: Bundle
) -> None:
    champion, version = shop.crown(rule), shop.register(good)
    assert champion != version
    _promote(shop)
    assert shop.champion == version
    verdicts = json.loads(shop.tags(version)[promote.VERDICTS])
    (against,) = [verdict for verdict in verdicts if verdict["gate"] == "against_champion"]
    assert against["target"] == BUYS
    assert against["number"] < 0
    upper = float(against["detail"].rstrip(")").rsplit(" ", 1)[1])
    assert upper < 0, "better beyond noise"


def test_the_champions_recipe_is_fitted_on_the_challengers_rows(good: Bundle, declared: Dataset, log: Log) -> None:
    for told in examine(declared, log, good, good):
        assert told.same_rows
        assert told.rows == told.evidence.rows["refit"]
        assert told.y.size == told.evidence.rows["test"]
        assert told.champion is not None
        assert (told.champion == told.challenger).all(), "the same recipe on the same rows gives the same scorer"


def test_a_challenger_whose_test_is_not_in_the_sources_any_more_is_refused(
    good: Bundle, declared: Dataset, log: Log
) -> None:
    later = replace(good, as_of=good.as_of + 1)
    with pytest.raises(CannotExamine, match="the sources now end at 2017-12-31T00:00:00Z; the bundle's test needs"):
        examine(declared, log, later, None)


def test_a_recipe_that_is_gone_is_named(good: Bundle, declared: Dataset, log: Log) -> None:
    gone = replace(good, predictors=tuple(replace(p, recipe="oracle") for p in good.predictors))
    with pytest.raises(CannotExamine, match="champion's recipe 'oracle' is gone; there are"):
        examine(declared, log, good, gone)


def test_a_feature_that_the_catalogue_declares_otherwise_now_is_found_by_its_name(
    rule: Bundle, declared: Dataset, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = next(f for f in rule.kernel.features if f.name == "purchase_days_84d")
    assert isinstance(days, Aggregate)
    monkeypatch.setattr(exam, "allowed_by", lambda _: ((replace(days, window=2),), {}))
    (told,) = examine(declared, log, rule, None)
    then = told.evidence.columns
    assert told.columns["purchase_recency"] == then["purchase_recency"]
    assert told.columns["purchase_days_84d"].mean < then["purchase_days_84d"].mean / 5


def test_a_champion_that_cannot_be_read_stops_all_but_force(shop: Shop, good: Bundle) -> None:
    shop.crown(good)
    version = shop.register(good)
    champion = registry.champion(shop.client, shop.name)
    assert champion is not None
    shutil.rmtree(Path(champion.folder) / "predictors")
    _refused(shop)
    assert shop.refusals(version) == {("champion", "all targets")}
    _promote(shop, force=True)
    with pytest.raises(typer.Exit) as stopped:
        rollback.main(str(shop.toml))
    assert stopped.value.exit_code == 1
    assert shop.champion == version


def test_a_challenger_that_cannot_be_read_is_refused_with_force_too(
    shop: Shop, good: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.register(good)
    Path(registry.find(shop.client, shop.name).folder, MANIFEST).unlink()
    with pytest.raises(typer.Exit) as stopped:
        _promote(shop, force=True)
    assert stopped.value.exit_code == 1
    assert "refused: " in (said := capsys.readouterr().err)
    assert "there is no bundle here" in said
    assert shop.champion is None


@pytest.mark.parametrize("command", [promote.main, rollback.main])
def test_without_a_bundle_there_is_nothing_to_move(
    shop: Shop, command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as stopped:
        command(str(shop.toml))
    assert stopped.value.exit_code == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "run `make train` first" in said or "has no champion" in said


def test_the_first_champion_has_none_to_return_to(shop: Shop, good: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    version = shop.crown(good)
    with pytest.raises(typer.Exit):
        rollback.main(str(shop.toml))
    assert f"version {version} is the first champion of '{shop.name}'" in capsys.readouterr().err
    assert shop.champion == version


def test_a_split_of_now_is_that_of_training(good: Bundle, declared: Dataset, log: Log) -> None:
    ground = Ground.of(declared, log, good.as_of)
    tested = [predictor for predictor in good.predictors if predictor.evidence is not None]
    assert tested
    for predictor in tested:
        assert exam._seat(predictor, ground).today == exam._seat(predictor, ground).evidence.split
