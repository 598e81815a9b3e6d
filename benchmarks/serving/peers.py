"""FastAPI, as a good user writes it: with answers that it has stored, and with the same boosters on stored features."""

import os
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = "BENCH_FOLDER"
"""Where `prepared` put the features and the boosters."""


def stored() -> Any:
    """Return an application that returns bytes which it has stored: the least that any does."""
    from fastapi import FastAPI, Response

    app, answer = FastAPI(), Path(os.environ[FOLDER], "answer.json").read_bytes()

    @app.post("/predict")
    async def predict(asked: dict[str, Any]) -> Response:
        assert asked["customer_ids"]
        return Response(answer, media_type="application/json")

    return app


def boosters() -> Any:
    """Return an application that asks LightGBM for one row of each booster, on features that somebody else computed."""
    import lightgbm
    from fastapi import FastAPI

    folder = Path(os.environ[FOLDER])
    x = np.load(folder / "features.npy")
    places = {name: row for row, name in enumerate((folder / "customers.txt").read_text().splitlines())}
    loaded = []
    for path in sorted(folder.glob("booster-*.txt")):
        columns = np.load(path.with_suffix(".npy"))
        loaded.append((path.stem, lightgbm.Booster(model_file=str(path)), columns))
    app = FastAPI()

    @app.post("/predict")
    def predict(asked: dict[str, Any]) -> dict[str, dict[str, float]]:
        return _answered(asked, contributions=False)

    @app.post("/explain")
    def explain(asked: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return _answered(asked, contributions=True)

    def _answered(asked: dict[str, Any], contributions: bool) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for customer in asked["customer_ids"]:
            row = x[places[customer]]
            own = found.setdefault(customer, {})
            for name, booster, columns in loaded:
                one = row[columns][None]
                own[name] = float(booster.predict(one, num_threads=1)[0])
                if contributions:
                    by = booster.predict(one, pred_contrib=True, num_threads=1)[0, :-1]
                    own[f"{name}_because"] = np.argsort(-np.abs(by))[:3].tolist()
        return found

    return app
