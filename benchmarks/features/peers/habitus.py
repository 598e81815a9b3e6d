"""`python -m benchmarks.features.peers.habitus DATASET OUT MEMORY AS_OF...`: our engine on the shared features alone.

It is `python -m features.build` with a smaller catalogue.
"""

import sys
from pathlib import Path

from benchmarks.features.shared import NAMES
from features.buckets import memory
from features.build import build
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import Derived
from features.dataset import load
from features.kernel.kernel import Kernel


def kernel() -> Kernel:
    """Return the kernel of the shared features and of the parts of those that are derived."""
    names = set(NAMES)
    for feature in reversed(CATALOGUE):
        if isinstance(feature, Derived) and feature.name in names:
            names |= {feature.a, feature.b}
    return Kernel(tuple(feature for feature in CATALOGUE if feature.name in names))


def compute(dataset: str, as_of: list[int], out: Path, allowed: str) -> None:
    """Write one Parquet file for all moments."""
    build(load(dataset), kernel(), as_of, out / "features.parquet", memory.parse(allowed), now=0)


if __name__ == "__main__":
    compute(sys.argv[1], [int(text) for text in sys.argv[4:]], Path(sys.argv[2]), sys.argv[3])
