"""Candidates: the recipes that a target is tried with, as data; the table of recipes says what the names stand for."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """A recipe by its name in the table, and what of it the target decides."""

    recipe: str
    settings: tuple[tuple[str, Any], ...] = ()


def candidate(recipe: str, **settings: Any) -> Candidate:
    """Return a recipe with some settings."""
    return Candidate(recipe, tuple(settings.items()))


def probability(*simple: Candidate) -> tuple[Candidate, ...]:
    """Return the recipes of a probability that are no baselines, those behind `simple` ones that need no label."""
    trees = ("lightgbm", "lightgbm_random")
    return (
        *simple,
        candidate("logistic"),
        *(candidate(one, objective="binary") for one in trees),
        candidate("blend", parts=trees, how="logit_mean"),
        *(candidate("blend_btyd", parts=(one.recipe, *trees), how="logit_mean") for one in simple),
    )


def value(objective: str, simple: Candidate) -> tuple[Candidate, ...]:
    """Return the recipes of a value that are no baselines, trees with an objective of LightGBM.

    Of those who buy regularly BTYD has another model.
    """
    trees = ("lightgbm", "lightgbm_random")
    several = (*trees, "lightgbm_l2", "ridge")
    return (
        simple,
        regular(simple),
        candidate("ridge"),
        *(candidate(one, objective=objective) for one in trees),
        candidate("lightgbm_l2"),
        candidate("two_stage"),
        candidate("blend", parts=trees, how="mean"),
        candidate("mean", parts=several, how="mean"),
        candidate("mean_btyd", parts=(simple.recipe, *several), how="mean"),
    )


def time(horizon_days: int, simple: Candidate) -> tuple[Candidate, ...]:
    """Return the recipes of a time that a horizon cuts off, that are no baselines."""
    return (
        simple,
        regular(simple),
        candidate("lightgbm_median", horizon_days=horizon_days),
        candidate("lightgbm_aft", horizon_days=horizon_days),
        candidate("blend", parts=("lightgbm_median", "lightgbm_aft"), how="mean"),
    )


def btyd(answer: str, horizon_days: int, **settings: Any) -> Candidate:
    """Return the recipe that needs no label: what the purchase history alone says of the horizon."""
    return candidate("btyd", answer=answer, horizon_days=horizon_days, **settings)


def regular(simple: Candidate) -> Candidate:
    """Return the recipe of the same answer of those who buy regularly."""
    return Candidate("btyd_regular", simple.settings)
