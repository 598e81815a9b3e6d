"""Spark, where it works on this machine: a job of nothing is asked of it first, and what never answers ends no test."""

import shutil
import subprocess
import sys
from functools import cache

import pytest

SECONDS = 150
"""A session is there within ten on an idle machine."""
JOB = (
    "from pyspark.sql import SparkSession\n"
    "session = SparkSession.builder.master('{master}').config('spark.ui.enabled', 'false').getOrCreate()\n"
    "assert session.sparkContext.parallelize(range(2), 2).count() == 2\n"
    "session.stop()\n"
)


def needed(master: str = "local[1]") -> None:
    """Leave the test out where Spark is not installed, or does not come to work with this master."""
    pytest.importorskip("pyspark.sql", reason='Spark is left out: make setup EXTRAS="spark"')
    if not shutil.which("java"):
        pytest.skip("Spark is left out: it needs Java 17 (openjdk-17-jre-headless)")
    if not _answers(master):
        pytest.skip(f"Spark is left out: on this machine a job of nothing does not end within {SECONDS} s on {master}")


@cache
def _answers(master: str) -> bool:
    asked = [sys.executable, "-c", JOB.format(master=master)]
    try:
        done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False
    assert done.returncode == 0, done.stderr
    return True
