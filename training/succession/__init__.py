"""Succession: what a training keeps of the champion's segments, what became of each, and who moved because of what."""
