"""The need: how much memory a training takes, by a small model, and how many processes or rows then fit.

The panel is mapped, and what is looked at of it counts once. A fit copies the columns of its recipe, at the most as
float32 beside float64.
"""

import os

MAIN = 1_000 * 10**6
"""Bytes of the process that reads, computes features and records: libraries, the kernel, a piece of the log."""
PROCESS = 450 * 10**6
"""Bytes of a process that fits, without any row."""
_TABLE, _FIT = 4, 12
"""Bytes of a row's feature in the panel, and in a fit."""
UNION = 1.15
"""Rows of a panel over those of its largest target: others have cut-offs of their own."""
FEATURES = 300


class TooManyRows(ValueError):
    """So many rows cannot be learned from in this memory; the message says how many can."""


def need(rows: int, features: int, processes: int) -> int:
    """Return the bytes that a training takes.

    Args:
        rows: of the target with most.
        features: of a row.
        processes: how many targets are learned at once.
    """
    values = int(rows * UNION) * features
    return MAIN + values * _TABLE + processes * (PROCESS + values * _FIT)


def processes(rows: int, features: int, memory: int) -> int:
    """Return how many targets can be learned at once, at most one for each core.

    Raises:
        TooManyRows: not even one.
    """
    found = next((n for n in range(os.cpu_count() or 1, 0, -1) if need(rows, features, n) <= memory), 0)
    if not found:
        most = largest(features, memory)
        fits = f"{most:,} rows are the most that fit" if most else "no row fits"
        takes = _gb(need(rows, features, 1))
        raise TooManyRows(f"rows: got {rows:,}, which take {takes} of memory; {fits} into MEMORY={_gb(memory)}.")
    return found


def largest(features: int, memory: int) -> int:
    """Return how many rows fit, in thousands; 0 where none do."""
    of_row = UNION * features * (_TABLE + _FIT)
    return max(0, int((memory - MAIN - PROCESS) / of_row) // 1_000 * 1_000)


def _gb(size: int) -> str:
    return f"{size / 10**9:.1f}GB"
