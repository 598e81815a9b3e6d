"""The champion, as a training goes on with it: read from the registry, and barred where somebody was erased since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from features.consent import lineage
from features.consent.suppression import CUSTOMER, Suppression
from features.sources import erased
from training.bundle.bundle import BundleError, Stored, load
from training.succession.kept import Former
from training.tracking import registry

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from features.dataset import Dataset

DECLARED = "segments_declared"
"""The tag of a version: what the dataset declared of each segmenter, as digests."""


def former(client: MlflowClient, dataset: Dataset, *, refit: bool = False) -> tuple[Former | None, str]:
    """Return the champion to go on with, and what is to be said of it; None where there is none that can be read.

    To be asked when the data have been read, since an erasure waits for who has read them: the list of erased people
    is then the one by which they were read.

    Args:
        client: of the registry.
        dataset: whose champion it is.
        refit: whether every segmenter is to be fitted again.

    Raises:
        DatasetError: the list of erased people cannot be read.
    """
    from mlflow.exceptions import MlflowException

    try:
        found = registry.champion(client, dataset.name)
        if found is None:
            return None, ""
        stored = load(Path(found.folder))
        tags = client.get_model_version(found.model, found.version).tags
    except (BundleError, MlflowException, OSError) as error:
        return None, f"the champion cannot be read, so segments are fitted as if there were none: {error}"
    noted = tags.get(DECLARED)
    barred = bars(dataset, stored, erased.read(dataset))
    return Former(stored.bundle, found.version, json.loads(noted) if noted else None, barred, refit), barred


def bars(dataset: Dataset, stored: Stored, suppressed: Suppression) -> str:
    """Return why nothing of a bundle may be in one that is trained now; empty where it may.

    What is trained after an erasure is what it would be if the person had never been there. A bundle may have learned
    from somebody who was erased since, and so may the one whose cuts it keeps: it was trained before that.
    """
    if not suppressed:
        return ""
    if lineage.retrain_by(dataset.name, stored.id, suppressed) is not None:
        return "somebody whom the champion may have learned from was erased since"
    waiting = (one for one in suppressed.listed if dataset.identified is None or one[0] != CUSTOMER)
    if dataset.consent and not all(suppressed.was_erased(*one) for one in waiting):
        return (
            f"the champion may have learned from people in {dataset.consent.erasures} who are not erased yet"
            " (make erase FILE=<that file>)"
        )
    return ""
