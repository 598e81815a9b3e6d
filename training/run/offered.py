"""The runs of what is offered: one for each list, with a run for each method that was tried below it."""

from collections.abc import Mapping

import numpy as np

from features.clock import iso
from training.choice.learn import Trained
from training.choice.offered import Offered
from training.choice.offering import OFFERS
from training.recommenders.judged import TASKS
from training.run.data import log_data
from training.tracking.tracking import Tracker


def record(tracker: Tracker, parent_id: str, trained: Trained, tags: Mapping[str, str]) -> None:
    """Log the lists where any was learned: what each method found at both origins, under the same names."""
    found = trained.offered
    if found is None:
        return
    work = trained.work.get(OFFERS)
    for name, chosen in found.chosen.items():
        own = {**tags, "list": name}
        with tracker.run(f"offer {name}", parent_id, own, work) as run_id:
            log_data(tracker, run_id, trained, "training")
            params = {"method": chosen, "origins": ", ".join(iso(one.as_of)[:10] for one in found.origins)}
            named = {f"named_{place}": method for place, method in enumerate(found.named[name], 1)}
            tracker.log(run_id, params={**params, **named}, metrics=figures(found, name, chosen))
            for method in found.origins[0].figures[name]:
                of_method = {**own, "method": method, "chosen": str(method == chosen).lower()}
                with tracker.run(f"offer {name} {method}", run_id, of_method, work) as method_id:
                    log_data(tracker, method_id, trained, "training")
                    tracker.log(method_id, params={"method": method}, metrics=figures(found, name, method))


def figures(found: Offered, name: str, method: str) -> dict[str, float]:
    """Return what a method found of each task of a list: the newest origin is 1; each metric and its paired gain.

    `minus_chosen` is the mean difference to the list's chosen method on the customers' NDCG, `minus_chosen_se` its
    standard error.
    """
    told: dict[str, float] = {}
    chosen = found.chosen[name]
    for place, origin in enumerate(found.origins, 1):
        for task in (task for task, listed in TASKS.items() if listed == name):
            for metric, values in origin.figures[task][method].items():
                told[f"origin_{place}_{task}_{metric.replace('@', '_at_')}"] = float(np.nanmean(values))
            told[f"origin_{place}_{task}_customers"] = origin.of(task, method).size
            if method != chosen:
                gain, error = origin.ahead(task, method, chosen)
                told |= {
                    f"origin_{place}_{task}_minus_chosen": gain,
                    f"origin_{place}_{task}_minus_chosen_se": error,
                }
    return told
