"""The schema: the real service under what schemathesis makes of its OpenAPI document, with keys and without."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, seed, settings

from serving.limits import keys
from serving.limits.keys import KEYS, Role
from tests.conftest import Trained
from tests.serving.conftest import HOST, JSON, serving

schemathesis = pytest.importorskip("schemathesis")
pytestmark = pytest.mark.long

EXAMPLES, SEED = 15, 15
"""Of each operation."""
STREAM = "/live"
"""It never ends."""


@pytest.mark.parametrize("keyed", [False, True])
def test_no_operation_answers_outside_of_its_document(
    keyed: bool, trained: Trained, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_LIVE", f"sqlite:///{tmp_path}/live.sqlite")
    monkeypatch.setenv("HABITUS_KEY", "k" * 40)
    key, line = keys.made(Role.WRITE)  # nobody of the shared home is forgotten
    environment = {KEYS: line} if keyed else {}
    with serving(trained.toml, tmp_path / "server", **environment) as server:
        url = f"http://{HOST}:{server.port}"
        document = httpx.get(f"{url}/openapi.json", trust_env=False).json()
        schema = schemathesis.openapi.from_dict(document)
        tried = 0
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path == STREAM or (operation.method.upper() == "DELETE" and not keyed):
                continue
            _tried(operation, url, {"Authorization": f"Bearer {key}"} if keyed else {})
            tried += 1
        assert tried >= len(document["paths"]) - 1
        assert httpx.get(f"{url}/readyz", trust_env=False).is_success
        assert "Traceback" not in server.complained


def _tried(operation: Any, url: str, headers: dict[str, str]) -> None:
    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(operation.as_strategy())
    def holds(case: Any) -> None:
        response = case.call(base_url=url, headers={**JSON, **headers}, timeout=30)
        checks = schemathesis.checks
        case.validate_response(
            response,
            checks=[
                checks.not_a_server_error,
                schemathesis.specs.openapi.checks.status_code_conformance,
                schemathesis.specs.openapi.checks.content_type_conformance,
                schemathesis.specs.openapi.checks.response_schema_conformance,
            ],
        )

    holds()
