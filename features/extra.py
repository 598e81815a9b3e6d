"""Extras: what is installed only where it is asked for."""


def lacking(extra: str) -> str:
    """Return what to tell who needs an extra that is not there, as the end of a sentence.

    Args:
        extra: its name in pyproject.toml.
    """
    return f'the extra `{extra}`: `make setup EXTRAS="{extra}"` installs it'
