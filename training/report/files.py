"""The report's folder: the page and the model card as files, as a run of MLflow keeps them."""

from pathlib import Path

from training.report.card import card
from training.report.page import html
from training.report.report import Report

FOLDER = "report"
"""Under a run's artifacts."""
PAGE, CARD = "index.html", "MODEL_CARD.md"


def write(report: Report, folder: Path) -> None:
    """Write both files into a new folder."""
    folder.mkdir(parents=True)
    (folder / PAGE).write_text(html(report), encoding="utf-8")
    (folder / CARD).write_text(card(report), encoding="utf-8")
