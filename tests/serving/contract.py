"""The contract: what the OpenAPI document says of an answer, held against the answer."""

from typing import Any

import httpx
import msgspec
from jsonschema import Draft202012Validator

from serving.limits.problem import MEDIA_TYPE
from serving.limits.settings import Limits
from serving.routes import operations

DOCUMENT: dict[str, Any] = msgspec.json.decode(operations.document(Limits()))
MOST = 80
"""So many characters of what was got may be in a problem."""


def kept(response: httpx.Response, method: str, path: str) -> None:
    """Fail where an answer is not one that the document tells of for a method of a path, as the document writes it."""
    told = DOCUMENT["paths"][path][method.lower()]["responses"].get(str(response.status_code))
    assert told is not None, f"{method} {path}: the document tells nothing of {response.status_code}: {response.text}"
    media = response.headers["content-type"].partition(";")[0]
    assert media in told["content"], media
    assert response.headers["x-request-id"]
    if media.endswith("json"):
        body = response.json()
        schema = {"components": DOCUMENT["components"], **told["content"][media]["schema"]}
        found = [error.message for error in Draft202012Validator(schema).iter_errors(body)]
        assert found == []
        assert (media == MEDIA_TYPE) == (response.status_code >= 400)
        if media == MEDIA_TYPE:
            assert body["status"] == response.status_code
            assert body["request_id"] == response.headers["x-request-id"]
