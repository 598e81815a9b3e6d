"""What MLflow loads: the bundle as a pyfunc, from this file's code and never from a pickle.

`mlflow.pyfunc.load_model(...).predict(events, params={"as_of": "2017-12-31"})` takes canonical events and returns the
same table as the batch scores: one row for each customer. What is missing is None, which MLflow's server writes as
null, and no error holds a value of a row, since that server answers with it, and logs it.
"""

from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from features.buckets import intake
from features.log import as_of
from features.log.spine import NONE, Spine
from training.bundle import bundle

_EXACT = 2**53
"""From here on a number with a fraction is not told from the next whole one."""


class BundleModel(PythonModel):  # type: ignore[misc]  # MLflow has no types
    """Scores customers from their events."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the bundle, which checks itself."""
        self.bundle = bundle.load(Path(context.artifacts["bundle"])).bundle

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  MLflow's signature
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Score every customer of the events as of `params["as_of"]`, by default the bundle's.

        `own` asks about each customer at the bundle's as-of or at their own newest event, whichever is later.

        `params["campaign"]` is by which they are to be contacted, and `params["channel"]` its channel.

        Raises:
            ValueError: an event breaks the contract; nothing is scored from half of a history. Or a column is missing,
                or the campaign is not known.
        """
        few = intake.of_rows(_columns(model_input), self.bundle.zone, self.bundle.kinds)
        if few.log is None or few.rejects:
            raise ValueError(f"events that cannot be used: {dict(Counter(reason for _, reason in few.rejects))}")
        events = few.log
        given = params or {}
        text, campaign = given.get("as_of"), self.bundle.campaign(given.get("campaign"), given.get("channel"))
        asked = as_of.resolve(text, ZoneInfo(self.bundle.zone))
        spoken = as_of.moments(as_of.Moment(self.bundle.as_of, "end of data"), events.own, asked)
        everyone = np.arange(len(events.customers), dtype=np.int64)
        scores = self.bundle.score(events, Spine.of(everyone, spoken.as_of, NONE if campaign is None else 0), campaign)
        return _without_nan(scores.to_table().to_pandas())


def _columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns of a table as Python has them, None for what is missing."""
    found: dict[str, list[Any]] = {}
    for name in frame.columns:
        if frame[name].dtype.kind == "f" and (frame[name].abs() >= _EXACT).any():
            raise ValueError(f"{str(name)[:80]!r} has a number that lost digits; such large ones are allowed as text")
        try:
            table = pa.Table.from_pandas(frame[[name]], preserve_index=False)
        except pa.ArrowException:  # it says which value it could not convert
            raise ValueError(f"{str(name)[:80]!r} holds values of several types, or of one that no event has") from None
        found |= _in_microseconds(table).to_pydict()
    return found


def _without_nan(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with None for what is missing: of NaN, MLflow's server would make JSON that is none."""
    lacking = frame.columns[frame.isna().any()]
    return frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), None) for name in lacking})


def _in_microseconds(table: pa.Table) -> pa.Table:
    """Return a table whose times are no finer than ours: finer ones would come as those of pandas."""
    kinds = [
        pa.field(one.name, pa.timestamp("us", one.type.tz) if pa.types.is_timestamp(one.type) else one.type)
        for one in table.schema
    ]
    return table.cast(pa.schema(kinds), safe=False)


set_model(BundleModel())
