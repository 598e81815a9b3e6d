"""Segments: refuse a challenger that puts too many of the same customers elsewhere than the champion does.

They did nothing: whoever acts on segments would see customers move because a model was fitted again. Both bundles are
asked about the same customers as of the challenger's moment; segments of one name are the same.
"""

from collections.abc import Collection

from features.consent.groups import enough, said
from features.dataset import Dataset
from features.log.log import Log
from training.bundle.bundle import Bundle
from training.gate.gate import Verdict
from training.segmenters.declared import settings
from training.succession.moved import Elsewhere, elsewhere

GATE = "segments"


def judge(
    dataset: Dataset, log: Log, challenger: Bundle, champion: Bundle, redeclared: Collection[str] = ()
) -> tuple[Verdict, ...]:
    """Return the verdict on each segmenter that both bundles have.

    Args:
        dataset: which says how many may move.
        log: the events of now.
        challenger: the bundle that wants to be served.
        champion: the one that is.
        redeclared: segmenters that the dataset declared otherwise for the champion.

    Raises:
        DatasetError: the dataset's table of segments is wrong.
    """
    limit, smallest = settings(dataset).moved, dataset.smallest_group
    families = [{one.name: one.family for one in bundle.segmenters} for bundle in (champion, challenger)]
    return tuple(
        verdict(name, found, limit, smallest, _advice(name, families[0][name], families[1][name], redeclared))
        for name, found in elsewhere(log, champion, challenger).items()
    )


def verdict(name: str, found: Elsewhere, limit: float, smallest: int, advice: str) -> Verdict:
    """Return the verdict on one segmenter; where groups are to have a size, a smaller number is not told."""
    told = enough(found.count, smallest)
    drawn = f"{found.asked:,} drawn of {found.known:,}" if found.asked < found.known else f"{found.asked:,}"
    return Verdict(
        GATE,
        name,
        found.share if told else None,
        f"at most {limit:.0%} elsewhere",
        found.share <= limit,
        f"{found.share:.1%}" if told else said(found.count, smallest),
        f"of {drawn} customers are put elsewhere than by the champion, as of the same moment",
        advice,
    )


def _advice(name: str, before: str, after: str, redeclared: Collection[str]) -> str:
    allow = "allow more (`moved` of [segments] in the dataset file), or `make promote FORCE=1`"
    if before != after:
        return f"It is of another family ({after}; the champion's is {before}): if that is meant, {allow}."
    if name in redeclared:
        return f"The dataset declares it otherwise than for the champion: if that is meant, {allow}."
    return f"It was fitted again: see in its run why the champion's was not kept, and if that is meant, {allow}."
