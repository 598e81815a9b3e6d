"""The sizes: what was forecast of segments, beside what came, as the weekly reports kept both."""

from collections.abc import Iterator

from activation.weekly import kept
from activation.weekly.facts import Size, Weekly
from features import settings
from training.drift.alarm import Alarm

FAR = 2.0
"""Half intervals beyond which what came is no chance of a busy week."""
MUCH = 0.2
"""The share of what was forecast that it is to be off by."""


def newest(dataset: str) -> Weekly | None:
    """Return the newest week's report as it was published last; None where there is none."""
    folder = settings.weekly(dataset)
    mondays = sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
    published = kept.of_week(dataset, mondays[-1]) if mondays else []
    return published[-1] if published else None


def alarms(weekly: Weekly | None) -> Iterator[Alarm]:
    """Yield an alarm for each segment whose size came far from its forecast."""
    for one in weekly.sizes if weekly else ():
        if (alarm := _alarm(one, weekly.last if weekly else "")) is not None:
            yield alarm


def _alarm(one: Size, last: str) -> Alarm | None:
    said, came = one.forecast, one.today
    if said is None or came is None:
        return None
    off, half = came - said.value, (said.high - said.value)
    if abs(off) <= FAR * half or abs(off) <= MUCH * said.value:
        return None
    told = f"{came:,} customers on {last}, where {said.value:,.0f} were forecast ({said.low:,.0f} to {said.high:,.0f})"
    return Alarm.of("forecast", f"{one.segmenter}.{one.segment}", told, min(1.0, abs(off) / max(came, said.value)), 0.0)
