"""Objectives: what a KPI of a segment is to become by a date, and whether it is on the way."""
