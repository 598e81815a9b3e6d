"""The guard: what is refused unless it is allowed by name, since it is more often a mistake than meant."""

from collections.abc import Collection

EMPTY, REMOVALS, MOVED = "empty", "removals", "moved"
ALLOWANCES = (EMPTY, REMOVALS, MOVED)
FEW = 50
"""Members that may always be taken out."""
SHARE = 0.1
"""The share of members that may be taken out."""


class Guarded(ValueError):
    """A plan is refused; the message says what allows it."""


def require(audience: str, wanted: int, removals: int, members: int, allowed: Collection[str], *, ends: bool) -> None:
    """Refuse an audience that is empty, and one that loses many of its members.

    Args:
        audience: what it is called.
        wanted: how many are to be in it.
        removals: how many are to be taken out.
        members: how many are in it, put there by us.
        allowed: which of ALLOWANCES are allowed.
        ends: whether the audience is no longer declared.

    Raises:
        Guarded: it is refused.
    """
    if not wanted and not ends and EMPTY not in allowed:
        raise Guarded(f"audience {audience!r}: nobody is left to be in it; ALLOW={EMPTY} allows that.")
    most = max(FEW, int(SHARE * members))
    if removals > most and REMOVALS not in allowed:
        why = "it is declared no longer, and " if ends else ""
        raise Guarded(
            f"audience {audience!r}: {why}{removals:,} of its {members:,} members would be taken out; at most {most:,}"
            f" are without ALLOW={REMOVALS}."
        )
