"""What we learn from events: targets, recipes, segmenters, the bundle and its registry. Imports `features` alone."""
