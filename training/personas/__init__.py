"""Personas: who the customers of each segment are, by which rule, and what of it is more than chance."""
