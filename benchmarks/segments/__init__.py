"""Segments: how stable they are, what they tell, and what they cost."""
