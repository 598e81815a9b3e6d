"""The client: asks a service from Python, in the shapes of `serving.shape`; it imports nothing that computes."""

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import isfinite
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack, cast
from urllib.parse import quote

import httpx
import msgspec

from serving import shape
from serving.shape import Event

TIMES = 4
"""So often is asked in all, where asking again is safe."""
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds before the second time, doubled from time to time, and what no wait exceeds that we choose."""
MOST_ASKED = 30.0
"""Where the service asks for a longer wait, in seconds, it is told to the caller, who may have other things to do."""
_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_NOT_CONNECTED = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
_JSON = {"Content-Type": "application/json"}
Shape = TypeVar("Shape")


class Failed(Exception):
    """There is no answer.

    Attributes:
        status: HTTP's; 0 where no answer came, or one that cannot be read.
        title: what is wrong, in few words.
        detail: what was got, and what is allowed.
        retry_after: within how many seconds not to ask again, where the service says so.
    """

    def __init__(self, status: int, title: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{status} {title}: {detail}" if detail else f"{status} {title}")
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after = retry_after


class Options(TypedDict, total=False):
    """What may be said beside whom a request is about, as `shape.Request` has it."""

    as_of: str
    language: str
    campaign: str
    channel: str


class _Problem(msgspec.Struct):
    title: str = ""
    detail: str = ""


class Client:
    """Asks one service, over connections that it keeps; may be used by several threads.

    What changes nothing, and events that all have an `event_id`, are sent again where the connection fails or the
    service is too busy (429, 503), after the wait that it asks for, or else one that doubles, with chance in it.
    Nothing else is sent twice, nor what took too long.

    Example:
        >>> with Client("http://127.0.0.1:3000") as habitus:  # doctest: +SKIP
        ...     habitus.predict("1").customers[0].predictions["churn_28d"].value
        0.2932
    """

    def __init__(
        self, url: str, key: str | None = None, timeout: float = 10.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Prepare to ask; nothing is sent yet.

        Args:
            url: where the service is, such as `http://127.0.0.1:3000`.
            key: is sent as `Authorization: Bearer`.
            timeout: seconds for each step of one request: to connect, to send, to wait for what comes next.
            transport: what carries requests; by default HTTP, through the proxies that the environment names.
        """
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def predict(
        self, customer_ids: str | Sequence[str], *, action: bool = False, **options: Unpack[Options]
    ) -> shape.Answer:
        """Return segments and predictions of one customer or several, in their order; an unknown one has an `error`.

        Args:
            customer_ids: who is asked about.
            action: whether answers say what to do for each.
            options: what else may be said.

        Raises:
            Failed: there is no answer; as with all that follow.
        """
        asked = msgspec.structs.replace(_of(customer_ids, options), action=action)
        return self._read("POST", "/predict", shape.Answer, asked)

    def explain(self, customer_ids: str | Sequence[str], **options: Unpack[Options]) -> shape.Answer:
        """Return the same with reasons."""
        return self._read("POST", "/explain", shape.Answer, _of(customer_ids, options))

    def score(self, events: Iterable[Event], *, reasons: bool = False, **options: Unpack[Options]) -> shape.ScoreAnswer:
        """Return the answers for the customers of some events, from these alone; nothing is stored.

        Raises:
            ValueError: a number is none that JSON has.
        """
        asked = shape.ScoreRequest(_finite(events), reasons=reasons, **options)
        return self._read("POST", "/score", shape.ScoreAnswer, asked)

    def events(self, events: Iterable[Event]) -> list[shape.Told]:
        """Store events, and return what became of each; they are sent again only where all have an `event_id`.

        Raises:
            ValueError: a number is none that JSON has.
        """
        given = _finite(events)
        safe = all(event.event_id is not None for event in given)
        asked = shape.EventsRequest(cast("list[shape.Arrived]", given))
        return self._read("POST", "/events", shape.EventsAnswer, asked, safe=safe).events

    def customer(
        self, customer_id: str, why: str = "", as_of: str | None = None, language: str = shape.ENGLISH
    ) -> shape.CustomerAnswer:
        """Return what is known of one customer, with reasons, the newest events, and why they are in segments.

        Args:
            customer_id: an unknown one is a 404.
            why: `rule.NAME` and `segment.NAME`, separated by commas, or `all`.
            as_of: the moment that is asked about.
            language: of reasons and names.
        """
        given = {"why": why, "as_of": as_of, "language": language}
        params = {name: value for name, value in given.items() if value}
        return self._read("GET", _path(customer_id), shape.CustomerAnswer, params=params)

    def forget(self, customer_id: str) -> shape.Outstanding:
        """Forget one customer at once, and return what is left for `make erase`."""
        return self._read("DELETE", _path(customer_id), shape.Outstanding, safe=False)

    def segments(self) -> shape.Segments:
        """Return the segments and rules that customers may be in."""
        return self._read("GET", "/segments", shape.Segments)

    def bundle(self) -> shape.Served:
        """Return what is served."""
        return self._read("GET", "/bundle", shape.Served)

    def _read(
        self,
        method: str,
        path: str,
        kind: type[Shape],
        body: msgspec.Struct | None = None,
        params: Mapping[str, str] | None = None,
        *,
        safe: bool = True,
    ) -> Shape:
        content = None if body is None else msgspec.json.encode(body)
        headers = None if body is None else _JSON
        request = self._http.build_request(method, path, content=content, params=params, headers=headers)
        response = self._asked(request, TIMES if safe else 1)
        if not response.is_success:
            raise _failed(response)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.MsgspecError as error:
            raise Failed(0, "an answer that is not a service's", f"{method} {path}: {error}") from None

    def _asked(self, request: httpx.Request, times: int) -> httpx.Response:
        """Return the response to a request that is sent so many times at most."""
        for time_ in range(1, times + 1):
            wait = min(FIRST_WAIT * 2 ** (time_ - 1), LONGEST_WAIT) * random.uniform(0.5, 1)  # noqa: S311  no secret
            try:
                response = self._http.send(request)
            except httpx.TransportError as error:
                if time_ == times or not isinstance(error, _NOT_CONNECTED):
                    raise Failed(0, "no answer", f"{type(error).__name__} from {request.url.host}: {error}") from error
            else:
                asked = _retry_after(response)
                if response.status_code not in _AGAIN or time_ == times or (asked or 0) > MOST_ASKED:
                    return response
                wait = max(wait, asked or 0)
            time.sleep(wait)
        raise AssertionError("the last time returns or raises")


def _of(customer_ids: str | Sequence[str], options: Options) -> shape.Request:
    ids = [customer_ids] if isinstance(customer_ids, str) else list(customer_ids)
    return shape.Request(ids, **options)


def _finite(events: Iterable[Event]) -> list[Event]:
    """Return events whose numbers JSON has: of others it would make nothing, without a word."""
    given = list(events)
    for place, event in enumerate(given):
        for name in Event.__struct_fields__:
            value: Any = getattr(event, name)
            if isinstance(value, float) and not isfinite(value):
                raise ValueError(f"events[{place}].{name}: got {value}; a finite number is allowed, or None")
    return given


def _path(customer_id: str) -> str:
    """Return the path of a customer, one step whatever the id; dots alone would lead elsewhere."""
    return f"/customers/{quote(customer_id, safe='').replace('.', '%2E')}"


def _failed(response: httpx.Response) -> Failed:
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    title = problem.title or response.reason_phrase
    return Failed(response.status_code, title, problem.detail, _retry_after(response))


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that a response asks to wait, which it may also tell as a date."""
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
