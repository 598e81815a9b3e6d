"""`python -m benchmarks.together`: how often the product that was taken out of a basket is among ten, by each measure.

The Complete Journey, baskets after 2017-11-05 of three or more of the 3,000 products that most baskets before it had.
One product of each basket is hidden, and the weights of the others' partners are added up.
"""

from typing import TYPE_CHECKING

from features import command

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from training.recommenders.bought import Bought
    from training.recommenders.pairs import Pairs

    Floats = NDArray[np.float64]
    Asked = tuple[NDArray[np.int32], int]
    """What is left of a basket, and what was taken out."""

AS_OF = "2017-11-05"
PRODUCTS, BASKETS, FEWEST, BEST = 3_000, 6_000, 3, 10
BAR = 0.175
"""What ours must reach of hit@10."""
SUPPORT, SHRINKAGE, SEED = 20, 20.0, 0


def main() -> None:
    """Print hit@10 and MRR of each measure, and what ours cost."""
    command.single_threaded()
    import time
    from zoneinfo import ZoneInfo

    from features import clock
    from features.buckets import intake
    from features.dataset import load
    from training.recommenders.bought import baskets
    from training.recommenders.together import together

    log, as_of = intake.take(load("complete_journey")).log, clock.parse(AS_OF, ZoneInfo("UTC"))
    every = baskets(log, as_of)
    together(every)  # compiled
    began = time.process_time()
    pairs = together(every)
    print(f"{len(every.products):,} products in {len(every):,} baskets: {len(pairs.index):,} pairs,", end=" ")
    print(f"{time.process_time() - began:.1f} s of CPU")
    before = _commonest(every)
    asked = _hidden(before, baskets(log.all_known(), clock.LAST, as_of))
    print(f"{len(asked):,} baskets asked\n{'':30}{'hit@10':>8}{'MRR':>8}")
    for name, weights in {"ours": _dense(together(before)), **_peers(before)}.items():
        hit, mrr = _figures(weights, asked)
        print(f"{name:30}{hit:8.4f}{mrr:8.4f}{_verdict(hit) if name == 'ours' else ''}")


def _verdict(hit: float) -> str:
    return f"   bar {BAR}: {'reached' if hit >= BAR else 'MISSED'}"


def _commonest(bought: "Bought") -> "Bought":
    """Return all baskets with those products alone that most have, of equals the smaller id; some are left empty."""
    from dataclasses import replace

    import numpy as np
    import pyarrow as pa

    kept = np.zeros(len(bought.products), np.bool_)
    kept[np.argsort(-bought.sizes, kind="stable")[:PRODUCTS]] = True
    rows = np.flatnonzero(kept[bought.items])
    offsets = np.searchsorted(rows, bought.offsets).astype(np.int64)
    places = (np.cumsum(kept) - 1).astype(np.int32)
    products = bought.products.filter(pa.array(kept))
    return replace(bought, products=products, offsets=offsets, items=places[bought.items[rows]])


def _hidden(before: "Bought", after: "Bought") -> "list[Asked]":
    """Draw baskets after the moment, and take one product out of each."""
    import numpy as np
    import pyarrow.compute as pc

    from features.arrow import to_numpy

    place = to_numpy(pc.index_in(after.products, value_set=before.products).fill_null(-1)).astype(np.int32)
    known = [place[after.items[a:b]] for a, b in zip(after.offsets[:-1], after.offsets[1:], strict=True)]
    baskets = [own[own >= 0] for own in known if (own >= 0).sum() >= FEWEST]
    random = np.random.default_rng(SEED)
    found: list[Asked] = []
    for basket in random.permutation(len(baskets))[:BASKETS].tolist():
        out = int(random.integers(baskets[basket].size))
        found.append((np.delete(baskets[basket], out), int(baskets[basket][out])))
    return found


def _dense(pairs: "Pairs") -> "Floats":
    """Return the weights of pairs as a table; of those that are not kept 0."""
    import numpy as np

    weights = np.zeros((len(pairs.products), len(pairs.products)))
    weights[pairs.owners, pairs.index] = pairs.weight
    return weights


def _peers(bought: "Bought") -> "dict[str, Floats]":
    """Return the tables of plainer measures, of all pairs."""
    import numpy as np
    from scipy.sparse import csr_matrix

    shape = len(bought), len(bought.products)
    held = csr_matrix((np.ones(bought.items.size), bought.items, bought.offsets), shape)
    both = (held.T @ held).toarray()
    sizes = np.diag(both).copy()
    np.fill_diagonal(both, 0.0)
    p = both / sizes[:, None]
    lift = p / (sizes / len(bought))
    return {
        "popularity": np.broadcast_to(sizes, both.shape),
        "P(j|i)": p,
        "lift": lift,
        f"lift, support {SUPPORT}": np.where(both >= SUPPORT, lift, 0.0),
        f"cosine, shrinkage {SHRINKAGE:g}": both / (np.sqrt(np.outer(sizes, sizes)) + SHRINKAGE),
        "root of P(j|i) x lift, all": np.sqrt(p * lift),
    }


def _figures(weights: "Floats", asked: "list[Asked]") -> tuple[float, float]:
    """Return the share of hidden products among the best ten, and the mean of 1 / rank, of equals by id."""
    import numpy as np

    ranks = np.empty(len(asked))
    for at, (left, hidden) in enumerate(asked):
        scores = weights[left].sum(axis=0)
        scores[left] = -np.inf
        ranks[at] = 1 + (scores > scores[hidden]).sum() + (scores[:hidden] == scores[hidden]).sum()
    return float((ranks <= BEST).mean()), float((1 / ranks).mean())


if __name__ == "__main__":
    main()
