"""KPIs: what the customers did who were in a segment when a window began, each figure with its formula and interval."""
