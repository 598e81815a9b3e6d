"""Levels: whether probabilities and sums hold at many moments of the past, with each cure and without."""
