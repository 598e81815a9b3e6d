"""The as-of: always an argument, with a default that the data give and never the clock on the wall."""

from zoneinfo import ZoneInfo

from features import clock
from features.dataset import Dataset
from features.log.event import SELECTIONS
from features.log.log import Log


def resolve(text: str | None, dataset: Dataset, log: Log) -> int:
    """Return the as-of that was asked for, in microseconds UTC; by default the end of the data.

    Raises:
        ValueError: `text` is not an ISO date or time.
    """
    return clock.parse(text, ZoneInfo(dataset.zone)) if text else end(dataset, log)


def end(dataset: Dataset, log: Log) -> int:
    """Return where the data are complete up to: as the dataset says, or the end of its last complete day."""
    return (
        clock.parse(dataset.end.isoformat(), ZoneInfo(dataset.zone)) if dataset.end else log.end_of_last_complete_day()
    )


def start(dataset: Dataset, log: Log) -> int:
    """Return the start of the day of the first purchase, or of the first event where there is none.

    Campaigns may have begun before the sales that are known.
    """
    bought = SELECTIONS["purchase"].codes()[log.columns["code"]]
    times = log.columns["time"][bought] if bought.any() else log.columns["time"]
    return clock.start_of_day(int(times.min()), ZoneInfo(dataset.zone))
