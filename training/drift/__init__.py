"""Drift: whether what comes in, what is computed of it and what is answered are still as they were in training."""
