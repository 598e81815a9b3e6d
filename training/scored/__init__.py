"""Scored: tables of everybody that `make score` wrote, read again instead of asking the bundle about everybody."""
