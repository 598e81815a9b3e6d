"""Segmenters: each puts every customer in exactly one segment, by cut points that are stored and shown."""

from training.segmenters.rfm import Rfm, Segment

__all__ = ["Rfm", "Segment"]
