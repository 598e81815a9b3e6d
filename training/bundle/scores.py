"""Scores: what a bundle says of some customers, in the one shape that files, services and MLflow show."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.once import Once
from training.bundle.predictor import Predictor
from training.reasons.reasons import Explainer, Reason, Strongest
from training.reasons.wording import ENGLISH, outside
from training.segmenters import Segmenter
from training.targets.column import AS_OF, BECAUSE, BY, CUSTOMER, REASON, SEGMENT, WANTED


@dataclass(frozen=True)
class Scores:
    """Predictions and segments of rows of a spine."""

    customer_ids: pa.Array
    as_of: NDArray[np.int64]
    predictions: tuple[tuple[Predictor, NDArray[np.float64]], ...]
    """Each predictor with its numbers, shape (rows,); NaN outside its cohort."""
    segments: tuple[tuple[Segmenter, NDArray[np.int32]], ...]
    """Each segmenter with the place of every row's segment, shape (rows,)."""
    x: NDArray[np.float32]
    """The features, shape (rows, features)."""
    failed: tuple[NDArray[np.int32], ...]
    """Of each predictor, which of its cohort's bounds every row fails, shape (rows,); -1 for those inside."""
    explainer: Explainer
    """Of those features."""

    @Once
    def strongest(self) -> tuple[Strongest, ...]:
        """What explains each predictor's numbers; computed when it is first asked for."""
        return tuple(predictor.strongest(self.x, self.explainer) for predictor, _ in self.predictions)

    @Once
    def outside(self) -> tuple[list[str | None], ...]:
        """Why each predictor has no number for a row, in words; None where it has."""
        words = []
        for (predictor, _), failed in zip(self.predictions, self.failed, strict=True):
            texts = [bound.outside for bound in predictor.cohort.bounds]
            words.append([texts[place] if place >= 0 else None for place in failed.tolist()])
        return tuple(words)

    def outside_one(self, number: int, row: int, language: str) -> str:
        """Return why one of the predictors has no number for a row, in a language; empty where it has."""
        place = int(self.failed[number][row])
        return outside(self.predictions[number][0].cohort.bounds[place].outside, language) if place >= 0 else ""

    def outside_in(self, number: int, language: str) -> list[str | None]:
        """Return why one of the predictors has no number for each row, in a language that there are words of."""
        told = {text: outside(text, language) for text in self.outside[number] if text}
        return [told[text] if text else None for text in self.outside[number]]

    def reasons(self, number: int, row: int, language: str) -> list[Reason]:
        """Return why one of the predictions of a row is what it is, the strongest reason first; empty if unknown.

        Args:
            number: the place of the prediction in `predictions`.
            row: the row.
            language: one of those that there are words of.
        """
        found, usual = self.strongest[number], self.predictions[number][0].usual
        raises = bool(found.raises[row])
        return [
            self.explainer.reason(place, self.x[row], usual, raises, language)
            for place in found.feature[row].tolist()
            if place >= 0
        ]

    def to_table(self, language: str = ENGLISH, *, reasons: bool = True) -> pa.Table:
        """Return a row per customer: id, as-of, each target's value and why, each segmenter's segment.

        `<target>_reason` says why there is no value, `<target>_by` which recipe gave it, and `<target>_because_1` to
        `_3`, unless without `reasons`, why it is what it is.
        """
        columns = {CUSTOMER: self.customer_ids, AS_OF: pa.array(self.as_of).cast(pa.timestamp("us", "UTC"))}
        for number, (predictor, numbers) in enumerate(self.predictions):
            outside = np.isnan(numbers)
            columns[predictor.target.name] = pa.array(numbers, mask=outside)
            columns[REASON.format(predictor.target.name)] = pa.array(self.outside_in(number, language), pa.string())
            columns[BY.format(predictor.target.name)] = pa.array(predictor.by(self.x), pa.string(), mask=outside)
            if reasons:
                columns |= self._because(number, language)
        for segmenter, places in self.segments:
            names = pa.array([segment.name for segment in segmenter.segments])
            columns[SEGMENT.format(segmenter.name)] = names.take(pa.array(places))
        return pa.table(columns)

    def _because(self, number: int, language: str) -> dict[str, pa.Array]:
        """Return the columns that say why the predictions of a target are what they are."""
        name, rows = self.predictions[number][0].target.name, range(self.as_of.size)
        because = [[reason.text for reason in self.reasons(number, row, language)] for row in rows]
        texts = [[own[nth] if nth < len(own) else None for own in because] for nth in range(WANTED)]
        return {BECAUSE.format(name, nth): pa.array(own, pa.string()) for nth, own in enumerate(texts, 1)}
