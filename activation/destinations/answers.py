"""Answers: what became of each row, by the rules of a data file and those that hold for everybody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from activation.destinations.definition import Poll, Reading, Rule
from activation.destinations.outcome import Answered, Outcome, Verdict
from activation.destinations.readers import READERS, at, holds, word
from activation.destinations.request import Answer
from activation.destinations.row import Row

_MICRO = 1_000_000
_SOON = 1.0
"""Seconds until a call is made again whose destination does not say when."""
_LONGEST = 86_400.0
_FINE_STATUS = 2
_TOO_MANY = 429
"""It was turned away unread."""
_PAGES = (b"<!doctype html", b"<html", b"<!--", b"<head", b"<body")
_HEAD = 16
"""Bytes that tell of what kind a body is."""
_FINE = frozenset({Verdict.DONE, Verdict.ACCEPTED})
EVERYBODYS = (
    Rule(status=(429,), verdict=Verdict.AGAIN, wait=_SOON),
    Rule(status=(401,), verdict=Verdict.RENEW),
    Rule(status=(400, 409, 413, 422), verdict=Verdict.HALVE),
    Rule(status=("3xx", 403, 404, 405, 406, 410, 411, 414, 415), verdict=Verdict.NEVER),
    Rule(verdict=Verdict.DOUBT, wait=_SOON),
)
"""What holds where a destination says nothing else; after all others nobody knows."""


@dataclass(frozen=True)
class Asked:
    """What an answer is held against."""

    rows: Sequence[Row]
    names: Mapping[str, Mapping[str, Sequence[int]]]
    """Places of rows by what names them: `identifier`, `id`, `vendor`."""
    safe: bool
    """Whether a row may be sent again when nobody knows."""


def answered(rules: Iterable[Rule], asked: Asked, answer: Answer, now: int) -> Answered:
    """Return what an answer says of each row.

    Args:
        rules: of the operation and its destination; the first that fits is taken.
        asked: what was sent.
        answer: what came back.
        now: microseconds UTC, for a Retry-After that is a date.
    """
    body = decoded(answer.body)
    rule = next(one for one in (*rules, *EVERYBODYS) if _fits(one, answer, body))
    found = _placed(rule.readings, asked, [body])
    reason = word(body, rule.code) or f"HTTP {answer.status}"
    rest = rule.others if rule.others is not None and found.rows else rule.verdict
    if rest in _FINE and (rule.every or _short(found, at(body, rule.count) if rule.count else None)):
        rest, reason = Verdict.DOUBT, f"HTTP {answer.status}, which does not tell of this row"
    if rest in _FINE and answer.status // 100 == _FINE_STATUS and _is_page(answer.body):
        rest, reason = Verdict.DOUBT, f"HTTP {answer.status} with a page for people: something else answered"
    job = str(at(body, rule.job) or "") if rule.job else ""
    if rest is Verdict.ACCEPTED and rule.job and not job:
        rest, reason = Verdict.DOUBT, "accepted without a job to ask for"
    rows = _all(asked, found.rows, _known(asked, rest), reason)
    waits = any(one.verdict is Verdict.AGAIN for one in rows.values())
    return Answered(rows, waited(answer.headers, now, rule.wait) if waits else 0.0, job, answer.status == _TOO_MANY)


def renews(rules: Iterable[Rule], answer: Answer) -> bool:
    """Return whether an answer says that the credentials ran out."""
    body = decoded(answer.body)
    return next(one for one in (*rules, *EVERYBODYS) if _fits(one, answer, body)).verdict is Verdict.RENEW


def ran_out(asked: Asked) -> Answered:
    """Return what is said of rows whose job cannot be asked because the credentials ran out."""
    return _one(asked, Verdict.RENEW, "the credentials ran out")


def polled(poll: Poll, asked: Asked, answers: Sequence[Answer], now: int) -> Answered:
    """Return what a job says of its rows: ACCEPTED where it is not finished, or cannot be asked now."""
    bad = next((one for one in answers if one.status // 100 != _FINE_STATUS), None)
    if bad is not None and bad.status in {404, 410}:
        return _one(asked, Verdict.DOUBT, f"HTTP {bad.status}: the job is gone")
    bodies = [decoded(one.body) for one in answers]
    if bad is not None or not bodies or bodies[0] is None:
        reason = f"HTTP {bad.status}" if bad is not None else "an answer that is no JSON"
        return _one(asked, Verdict.ACCEPTED, reason, waited(bad.headers if bad else {}, now, poll.wait))
    found = _placed(poll.readings, asked, bodies)
    if poll.failed is not None and holds(bodies[0], poll.failed):
        return Answered(_all(asked, found.rows, _known(asked, poll.otherwise), "the job failed"))
    if not holds(bodies[0], poll.finished):
        return _one(asked, Verdict.ACCEPTED, "", poll.wait)
    short = _short(found, at(bodies[0], poll.count) if poll.count else None)
    rest = _known(asked, Verdict.DOUBT) if short else poll.verdict
    return Answered(_all(asked, found.rows, rest, "the job does not tell of this row" if short else ""))


def lost(asked: Asked) -> Answered:
    """Return what no answer says: AGAIN where that is safe, else DOUBT."""
    return _one(asked, Verdict.DOUBT, "no answer came", _SOON)


def decoded(body: bytes) -> Any:
    """Return an answer's JSON; None where it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def waited(headers: Mapping[str, str], now: int, otherwise: float) -> float:
    """Return the seconds that a Retry-After asks to wait: told in seconds, or as a date (RFC 9110)."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now / _MICRO
        except (ValueError, TypeError):
            return otherwise
    return min(max(seconds, 0.0), _LONGEST) if seconds == seconds else otherwise  # noqa: PLR0124 - nan is not itself


def _is_page(body: bytes) -> bool:
    """Return whether an answer is HTML: a sign-in page, or a proxy's."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:_HEAD].lower().startswith(_PAGES)


def _fits(rule: Rule, answer: Answer, body: Any) -> bool:
    status = not rule.status or answer.status in rule.status or f"{answer.status // 100}xx" in rule.status
    if not status or (rule.bare and body is not None):
        return False
    return rule.when is None or holds(body, rule.when)


@dataclass(frozen=True)
class _Found:
    rows: Mapping[int, Outcome]
    refused: int
    """How many rows of those are not fine."""
    unplaced: int
    """Entries that tell of something that is not fine, and of none of the rows."""


def _placed(readings: Iterable[Reading], asked: Asked, bodies: Sequence[Any]) -> _Found:
    rows: dict[int, Outcome] = {}
    unplaced = 0
    for one in readings:
        body = bodies[one.answer] if one.answer < len(bodies) else None
        for place, entry in READERS[one.reader](body, one, asked.names[one.by]):
            said = word(entry, one.code)
            verdict = one.codes.get(said, one.verdict)
            if place is None or not 0 <= place < len(asked.rows):
                unplaced += verdict not in _FINE
                continue
            vendor = str(at(entry, one.vendor) or "") if one.vendor else ""
            reason = "" if verdict in _FINE else " ".join(filter(None, (said, word(entry, one.reason))))
            rows.setdefault(place, Outcome(_known(asked, verdict), reason, vendor))
    return _Found(rows, sum(one.verdict not in _FINE for one in rows.values()), unplaced)


def _short(found: _Found, told: Any) -> bool:
    """Return whether more rows were refused than it is known which."""
    return found.unplaced > 0 or (isinstance(told, int) and told > found.refused)


def _known(asked: Asked, verdict: Verdict) -> Verdict:
    """Return a verdict as it holds for these rows: what is safe to send again is, and one row has no halves."""
    if verdict is Verdict.DOUBT and asked.safe:
        return Verdict.AGAIN
    return Verdict.NEVER if verdict is Verdict.HALVE and len(asked.rows) == 1 else verdict


def _all(asked: Asked, found: Mapping[int, Outcome], rest: Verdict, reason: str) -> dict[str, Outcome]:
    other = Outcome(rest, "" if rest in _FINE else reason)
    return {row.id: found.get(place, other) for place, row in enumerate(asked.rows)}


def _one(asked: Asked, verdict: Verdict, reason: str, wait: float = 0.0) -> Answered:
    return Answered(_all(asked, {}, _known(asked, verdict), reason), wait)
