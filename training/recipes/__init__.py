"""Recipes: ways to fit one target, interchangeable. Each fits examples and leaves a scorer."""
