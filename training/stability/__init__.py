"""Stability: whether segments would be the same with other customers of the same kind, and whether they are more."""
