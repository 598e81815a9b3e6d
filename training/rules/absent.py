"""Absent: what a rule asks for, and what is not at hand where it is read."""


class Absent(ValueError):
    """A rule asks for what is not at hand here, such as a bundle; it may be elsewhere."""
