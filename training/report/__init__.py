"""The report: one page and one model card for a training run, from plain data that pure functions compute."""
