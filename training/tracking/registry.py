"""The registry: each dataset's bundles as versions of one registered model, found by alias.

`python -m training.tracking.registry --dataset NAME` prints where the bundle to serve is, so that a service need
not import MLflow to find it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from features import clock, command
from features.log.event import COLUMNS
from training.tracking import pointer, tracking
from training.tracking.answer import Unreachable, told

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models import Model, ModelSignature

CHAMPION, CHALLENGER = "champion", "challenger"
CUT_OFF = "data_cut_off"
"""The tag of a version that says up to when it knows events."""
HISTORY = "champion_history"
"""A tag of the registered model: the versions that were champion, in order, the newest last."""
MODEL_CODE = Path(__file__).parents[1] / "bundle" / "model.py"


@dataclass(frozen=True)
class Registered:
    """One version of a dataset's bundle."""

    model: str
    version: str
    alias: str
    folder: str
    """Where the bundle lies on this machine."""


class NothingRegistered(LookupError):
    """No bundle of a dataset has been registered."""


def model_name(dataset: str) -> str:
    """Return the name of a dataset's registered model."""
    return f"habitus-{dataset}"


def register(
    tracker: tracking.Tracker, run_id: str, bundle: Path, dataset: str, tags: Mapping[str, str], card: str = ""
) -> Registered:
    """Log a bundle as a model of a run, make it the dataset's newest version, and call it the challenger.

    The model card becomes the version's description.
    """
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    client = tracker.client
    logged = client.create_logged_model(tracker.experiment_id, name="bundle", source_run_id=run_id, model_type="pyfunc")
    written = Model(
        artifact_path=logged.artifact_location, run_id=run_id, model_uuid=logged.model_id, model_id=logged.model_id
    )
    try:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save(Path(folder, "model"), bundle, written)
            for cache in Path(folder).rglob("__pycache__"):
                shutil.rmtree(cache)
            client.log_model_artifacts(logged.model_id, str(Path(folder, "model")))
    except BaseException:
        client.finalize_logged_model(logged.model_id, LoggedModelStatus.FAILED)
        raise
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    name = model_name(dataset)
    with contextlib.suppress(MlflowException):  # it is there already
        client.create_registered_model(name)
    version = client.create_model_version(
        name,
        f"models:/{logged.model_id}",
        run_id=run_id,
        model_id=logged.model_id,
        tags=dict(tags),
        description=card or None,
        await_creation_for=0,
    )
    client.set_registered_model_alias(name, CHALLENGER, version.version)
    return find(client, dataset, (CHALLENGER,))


def save(folder: Path, bundle: Path, model: Model | None = None) -> None:
    """Write a bundle into a new folder as MLflow loads and serves it."""
    import mlflow

    mlflow.pyfunc.save_model(
        folder,
        python_model=str(MODEL_CODE),
        artifacts={"bundle": str(bundle)},
        signature=_signature(),
        pip_requirements=["mlflow", "numba", "duckdb", "pyarrow", "msgspec"],
        mlflow_model=model,
    )


def find(client: MlflowClient, dataset: str, aliases: tuple[str, ...] = (CHAMPION, CHALLENGER)) -> Registered:
    """Return the version that the first of the aliases names; artifacts are copied here only where a server has them.

    Raises:
        NothingRegistered: none of the aliases names a version.
    """
    from mlflow.exceptions import MlflowException

    name = model_name(dataset)
    for alias in aliases:
        try:
            version = client.get_model_version_by_alias(name, alias)
        except MlflowException as error:
            if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                raise Unreachable(told(tracking.place().uri, str(error))) from None
            continue
        return Registered(name, str(version.version), alias, _folder(client, name, version.version))
    raise NothingRegistered(
        f"no bundle of {dataset!r} is registered in {tracking.place().uri}: run `make train` first."
    )


def _folder(client: MlflowClient, name: str, version: str) -> str:
    from mlflow.artifacts import download_artifacts

    uri = client.get_model_version_download_uri(name, version)
    if uri.startswith("models:/m-"):
        uri = client.get_logged_model(uri.removeprefix("models:/")).artifact_location
    local = Path(uri.removeprefix("file://"))
    return str((local if local.is_dir() else Path(download_artifacts(uri))) / "artifacts" / "bundle")


def champion(client: MlflowClient, dataset: str) -> Registered | None:
    """Return the version that is served; None where none has been promoted."""
    try:
        return find(client, dataset, (CHAMPION,))
    except NothingRegistered:
        return None


def crown(client: MlflowClient, dataset: str, version: str) -> None:
    """Make a version the champion, point services to it, and add it to the dataset's history of champions.

    The alias goes first: a process that is killed in between leaves a history that ends with the champion before.
    """
    name = model_name(dataset)
    history = _champions(client, dataset)
    client.set_registered_model_alias(name, CHAMPION, version)
    pointer.write(dataset, Path(_folder(client, name, version)), version, CHAMPION)
    client.set_registered_model_tag(name, HISTORY, ",".join([*history, version]))


def champion_before(client: MlflowClient, dataset: str) -> Registered:
    """Return the version that was the champion before the one of now, of those that still exist.

    Raises:
        NothingRegistered: there is no champion, or none before it.
    """
    from mlflow.exceptions import MlflowException

    name, now = model_name(dataset), champion(client, dataset)
    if now is None:
        raise NothingRegistered(f"{dataset!r} has no champion in {tracking.place().uri}: run `make promote` first.")
    for version in reversed(_champions(client, dataset)):
        if version != now.version:
            with contextlib.suppress(MlflowException):  # it was deleted
                return Registered(name, version, "", _folder(client, name, version))
    raise NothingRegistered(f"version {now.version} is the first champion of {dataset!r}: there is none to return to.")


def trained_by(client: MlflowClient, dataset: str, moment: int) -> Registered | None:
    """Return the newest version that knows of nothing at or after a moment, in microseconds UTC; None where none is."""
    name = model_name(dataset)
    every = sorted(client.search_model_versions(f"name='{name}'"), key=lambda one: -int(one.version))
    for one in every:
        cut_off = one.tags.get(CUT_OFF)
        if cut_off and clock.parse(cut_off, ZoneInfo("UTC")) <= moment:
            return Registered(name, str(one.version), "", _folder(client, name, one.version))
    return None


def can_return(client: MlflowClient, dataset: str) -> bool:
    """Return whether there is a champion before the one of now."""
    try:
        return bool(champion_before(client, dataset))
    except NothingRegistered:
        return False


def _champions(client: MlflowClient, dataset: str) -> list[str]:
    """Return the versions that were champion, the one of now last, also where its alias was set by hand."""
    text = client.get_registered_model(model_name(dataset)).tags.get(HISTORY, "")
    history = text.split(",") if text else []
    now = champion(client, dataset)
    return [*history, now.version] if now and history[-1:] != [now.version] else history


def _signature() -> ModelSignature:
    """Return what the model takes: canonical events and what is asked about them.

    MLflow only knows the columns' names, and the model itself looks at what is in them: MLflow's own checks refuse a
    time with an offset, and repeat all rows in the error where a column is missing or of another type.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType

    names = ("event", *(column.name for column in COLUMNS))
    columns = [ColSpec(AnyType(), name, required=False) for name in names]
    params = [ParamSpec(name, DataType.string, None) for name in ("as_of", "campaign", "channel")]
    return ModelSignature(Schema(columns), params=ParamSchema(params))


@tracking.reached()
def main(dataset: Annotated[str, typer.Option(help="The dataset's name.")] = "complete_journey") -> None:
    """Print the champion of a dataset, or the challenger where there is no champion yet, as JSON."""
    with command.told(NothingRegistered):
        found = find(tracking.client(tracking.place()), dataset)
    typer.echo(json.dumps(asdict(found)))


if __name__ == "__main__":
    command.run(main)
