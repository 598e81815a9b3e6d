"""`python -m benchmarks.recommend.size`: the memory and time of neighbours of 50,000 products, and of many lists."""

from features import command

PRODUCTS, CUSTOMERS, EACH = 50_000, 50_000, 100
"""Of a made-up shop: its products, its customers, and how many different products each bought."""
SEED = 0


def main() -> None:
    """Learn the neighbours of a made-up crowd, and print what that took."""
    command.single_threaded()
    import resource
    import time

    import numpy as np
    from rich.console import Console

    from training.recommenders import cosine, ease
    from training.recommenders.crowd import Crowd

    generator = np.random.default_rng(SEED)
    # a few products sell much and most little, as one over the rank
    item = np.minimum(PRODUCTS ** generator.uniform(size=(CUSTOMERS, EACH)) - 1, PRODUCTS - 1).astype(np.int32)
    rows = [np.unique(own) for own in item]
    begin = np.append(0, np.cumsum([own.size for own in rows])).astype(np.int64)
    crowd = Crowd(begin, np.concatenate(rows), np.ones(int(begin[-1])))
    console = Console()
    for name, fit in (("cosine", cosine.fit), ("EASE", ease.fit)):
        began = time.process_time()
        found = fit(crowd, PRODUCTS)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        seconds = time.process_time() - began
        console.print(
            f"{name}: {found.item.size:,} neighbours, {seconds:.0f} s of CPU, {peak:.2f} GB at the peak so far"
        )


if __name__ == "__main__":
    command.run(main)
