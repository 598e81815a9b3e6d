"""The crowd: what customers did after the newest test cut-off, and who of them left, for what is told of segments."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.clock import DAY
from training.choice.choice import Choice
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.personas.contradiction import GAP, Left
from training.personas.people import Crowd
from training.personas.then import Then
from training.reasons.reasons import Explainer
from training.segmenters import Facts, Segmenter
from training.segmenters.declared import lifecycle
from training.segmenters.lifecycle_settings import told_by
from training.segmenters.rfm_settings import DAYS, RECENCY, SPEND
from training.targets import Target

Places = NDArray[np.int32]
_LOOKED_AT = (RECENCY, DAYS, SPEND, "purchase_tenure", GAP)
"""What RFM and its check look at."""


def gathered(
    ground: Ground,
    explainer: Explainer,
    panel: Panel,
    choices: Sequence[Choice],
    segmenters: Sequence[Segmenter],
    fitted: Mapping[str, Mapping[int, Segmenter]],
    days: Mapping[int, Facts],
    now: Facts,
    targets: Sequence[Target],
) -> Crowd:
    """Return what is known of all customers, but who they are.

    Args:
        ground: what is known of the business.
        explainer: what puts features into words.
        panel: everyone's who is drawn.
        choices: those of targets whose outcomes are told of segments.
        segmenters: the fitted ones.
        fitted: by name and newest test cut-off, each as of that day, with the names of now.
        days: the customers at those cut-offs.
        now: what is known of the drawn customers today.
        targets: all that are learned.
    """
    known = tuple(one for one in targets if one.name in now.predicted)
    told = told_by(lifecycle(ground.dataset), known)
    thens, left = list[Then](), None
    of_day = {moment: _of_day(segmenters, fitted, moment, facts) for moment, facts in days.items()}
    for choice in choices:
        moment = choice.split.test[0]
        facts, y = days[moment], panel.labels[choice.target.name][panel.spine.at([moment])]
        outcome = np.where(choice.predictor.eligible(facts.x), y, np.nan).astype(np.float64)
        ago = (ground.end - moment) / DAY
        thens.append(Then(choice.target.name, choice.target.task, ago, outcome, *of_day[moment]))
        if choice.target.name == told.churn:
            left = Left(told.churn, _few(facts), outcome, True)
    if left is None and told.churn in now.predicted:
        left = Left(told.churn, _few(now), now.predicted[told.churn], False)
    worth = next((one.name for one in known if one.task == "value" and one.unit == "currency"), "")
    nobody = np.empty(0, np.int64), pa.table({})
    of = ground.dataset, ground.log, ground.end
    return Crowd(*of, *nobody, explainer, now, thens, left, told.churn, told.comeback, worth)


def _of_day(
    segmenters: Sequence[Segmenter], fitted: Mapping[str, Mapping[int, Segmenter]], moment: int, facts: Facts
) -> tuple[dict[str, Places], dict[str, Places]]:
    """Return by segmenter the places of customers of another day, by cuts of that day, and by those of now."""
    then = dict[str, Places]()
    for one in segmenters:
        if (own := fitted[one.name].get(moment)) is not None:
            now = {segment.name: place for place, segment in enumerate(one.segments)}
            places = np.array([now.get(segment.name, -1) for segment in own.segments], np.int32)
            then[one.name] = places[own.assign(facts)]
    return then, {one.name: one.assign(facts) for one in segmenters}


def _few(facts: Facts) -> Facts:
    """Return those features alone that RFM and its check look at."""
    names = tuple(name for name in _LOOKED_AT if facts.has(name))
    return Facts(facts.columns(names).astype(np.float32), names)
