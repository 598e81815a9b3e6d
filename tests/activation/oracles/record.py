"""What the vendors' own libraries send for some rows, to a loopback server that writes it down.

It runs in an environment of its own, `make oracles`, which has nothing of ours:

    .venv-oracles/bin/python tests/activation/oracles/record.py ROWS OUT

ROWS is JSON: `profiles` and `events`, each with `identifier`, `email`, `vendor`, `fields`, `id`, `event` and `at`
(microseconds). OUT gets, by vendor and operation, the method, path, query, authentication and decoded body.
"""

import gzip
import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY = "key-1"
_SEEN: list[dict[str, Any]] = []
_ANSWERS = {"/import": {"status": 1}, "/engage": {"status": 1}, "/2/httpapi": {"code": 200}}


class _Server(BaseHTTPRequestHandler):
    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        url = urlsplit(self.path)
        _SEEN.append(
            {
                "method": self.command,
                "path": url.path,
                "query": dict(parse_qsl(url.query)),
                "authorization": self.headers.get("Authorization", ""),
                "type": (self.headers.get("Content-Type") or "").partition(";")[0],
                "body": self._decoded(body),
            }
        )
        told = json.dumps(_ANSWERS.get(url.path, {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def _decoded(self, body: bytes) -> Any:
        if not body:
            return None
        if "form" in (self.headers.get("Content-Type") or ""):
            return dict(parse_qsl(body.decode()))
        return json.loads(body)

    do_GET = do_POST = do_PUT = do_DELETE = _take  # noqa: N815 - named by what the library looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _iso(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1e6, UTC)


def klaviyo(host: str, rows: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return the calls of klaviyo-api."""
    from klaviyo_api import KlaviyoAPI

    api = KlaviyoAPI(KEY, max_retries=1, test_host=host)
    profiles, (event, *_) = rows["profiles"], rows["events"]
    people = [
        {"type": "profile", "attributes": {"email": one["email"], "properties": one["fields"]}} for one in profiles
    ]
    job = {
        "type": "profile-bulk-import-job",
        "attributes": {"profiles": {"data": people}},
        "relationships": {"lists": {"data": [{"type": "list", "id": "LIST1"}]}},
    }
    told = {
        "time": _iso(event["at"]),
        "value_currency": "EUR",
        "unique_id": event["id"],
        "properties": event["fields"],
        "metric": {"data": {"type": "metric", "attributes": {"name": event["event"]}}},
        "profile": {"data": {"type": "profile", "attributes": {"email": event["email"]}}},
    }
    ids = {"data": [{"type": "profile", "id": one["vendor"]} for one in profiles]}
    forgotten = {"profile": {"data": {"type": "profile", "attributes": {"email": profiles[0]["email"]}}}}
    deletion = {"data": {"type": "data-privacy-deletion-job", "attributes": forgotten}}
    mails = ",".join(json.dumps(one["email"]) for one in profiles)
    return {
        "upsert": lambda: api.Profiles.bulk_import_profiles({"data": job}),
        "find": lambda: api.Profiles.get_profiles(filter=f"any(email,[{mails}])", page_size=100),
        "remove": lambda: api.Lists.remove_profiles_from_list("LIST1", ids),
        "event": lambda: api.Events.create_event({"data": {"type": "event", "attributes": told}}),
        "erase": lambda: api.Data_Privacy.request_profile_deletion(deletion),
    }


def hubspot(host: str, rows: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return the calls of hubspot-api-client."""
    from hubspot import HubSpot
    from hubspot.crm import contacts, lists
    from hubspot.events import send

    api = HubSpot(access_token="token-1")  # noqa: S106 - of a loopback server
    profiles, events = rows["profiles"], rows["events"]
    upserts = [
        contacts.SimplePublicObjectBatchInputUpsert(
            id=one["email"],
            id_property="email",
            object_write_trace_id=one["id"],
            properties={"email": one["email"]} | {name: str(value) for name, value in one["fields"].items()},
        )
        for one in profiles
    ]
    sent = [
        send.BehavioralEventHttpCompletionRequest(
            event_name=one["event"],
            email=one["email"],
            occurred_at=_iso(one["at"]),
            uuid=one["id"],
            properties={name: str(value) for name, value in one["fields"].items()},
        )
        for one in events
    ]
    ids = [one["vendor"] for one in profiles]
    batch, members, basic = api.crm.contacts.batch_api, api.crm.lists.memberships_api, api.crm.contacts.basic_api
    completions = api.events.send.batch_api
    for one in (batch, members, basic, completions):
        one.api_client.configuration.host = host
    looked = [contacts.SimplePublicObjectId(id=one["email"]) for one in profiles]
    reading = contacts.BatchReadInputSimplePublicObjectId(
        id_property="email", properties=["email"], properties_with_history=[], inputs=looked
    )
    return {
        "upsert": lambda: batch.upsert(contacts.BatchInputSimplePublicObjectBatchInputUpsert(inputs=upserts)),
        "find": lambda: batch.read(reading),
        "add": lambda: members.add_and_remove("LIST1", lists.MembershipChangeRequest([], ids)),
        "remove": lambda: members.add_and_remove("LIST1", lists.MembershipChangeRequest(ids, [])),
        "event": lambda: completions.send(send.BatchedBehavioralEventHttpCompletionRequest(inputs=sent)),
        "erase": lambda: basic.purge(
            contacts.PublicGdprDeleteInput(id_property="email", object_id=profiles[0]["email"])
        ),
    }


def mailchimp(host: str, rows: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return the calls of mailchimp-marketing."""
    import mailchimp_marketing

    api = mailchimp_marketing.Client({"api_key": KEY, "server": "us21"})
    api.api_client.host = host
    (profile, *_), (event, *_) = rows["profiles"], rows["events"]
    person = {"email_address": profile["email"], "status_if_new": "transactional", "merge_fields": profile["fields"]}
    happened = {
        "name": event["event"],
        "occurred_at": event["iso"],
        "is_syncing": False,
        "properties": {name: str(value) for name, value in event["fields"].items()},
    }
    mails = [one["email"] for one in rows["profiles"]]
    return {
        "upsert": lambda: api.lists.set_list_member("abc123", profile["md5"], person),
        "add": lambda: api.lists.batch_segment_members(
            {"members_to_add": mails, "members_to_remove": []}, "abc123", "LIST1"
        ),
        "remove": lambda: api.lists.batch_segment_members(
            {"members_to_add": [], "members_to_remove": mails}, "abc123", "LIST1"
        ),
        "event": lambda: api.lists.create_list_member_event("abc123", event["md5"], happened),
        "erase": lambda: api.lists.delete_list_member_permanent("abc123", profile["md5"]),
    }


def segment(host: str, rows: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return the calls of segment-analytics-python, which sends one message a call."""
    from segment.analytics.client import Client

    api = Client("write-1", host=host, sync_mode=True)
    (profile, *_), (event, *_) = rows["profiles"], rows["events"]
    return {
        "identify": lambda: api.identify(
            profile["identifier"],
            {"email": profile["email"], "win_back": True, **profile["fields"]},
            timestamp=_iso(profile["at"]),
            message_id=profile["id"],
        ),
        "track": lambda: api.track(
            event["identifier"], event["event"], event["fields"], timestamp=_iso(event["at"]), message_id=event["id"]
        ),
    }


def mixpanel(host: str, rows: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return the calls of mixpanel, which sends one message a call."""
    from mixpanel import Consumer, Mixpanel, ServiceAccountCredentials

    account = ServiceAccountCredentials(username="user-1", secret="secret-1", project_id="42")  # noqa: S106
    consumer = Consumer(people_url=f"{host}/engage", import_url=f"{host}/import", credentials=account)
    api = Mixpanel("project-1", consumer=consumer)
    (profile, *_), (event, *_) = rows["profiles"], rows["events"]
    return {
        "profile": lambda: api.people_set(profile["identifier"], {"in_win_back": True, **profile["fields"]}),
        "event": lambda: api.import_data(
            None,
            event["identifier"],
            event["event"],
            event["at"] // 1000,
            {"$insert_id": event["key"], **event["fields"]},
        ),
    }


def amplitude(host: str, rows: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return the calls of amplitude-analytics."""
    from amplitude import Amplitude, BaseEvent, Config

    def send() -> None:
        api = Amplitude(KEY, Config(KEY, server_url=f"{host}/2/httpapi"))
        for one in rows["events"]:
            api.track(
                BaseEvent(
                    one["event"],
                    user_id=one["identifier"],
                    time=one["at"] // 1000,
                    insert_id=one["id"],
                    event_properties=one["fields"],
                )
            )
        for flushed in api.flush() or []:
            flushed.result()
        api.shutdown()

    return {"event": send}


VENDORS = {one.__name__: one for one in (klaviyo, hubspot, mailchimp, segment, mixpanel, amplitude)}


def main() -> None:
    """Record all."""
    rows = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_address[1]}"
    found: dict[str, dict[str, Any]] = {}
    for name, make in VENDORS.items():
        for operation, call in make(host, rows).items():
            _SEEN.clear()
            try:
                call()
            except Exception as error:  # an answer that the library does not like came after the call
                if not _SEEN:
                    raise RuntimeError(f"{name} {operation}: nothing was sent") from error
            found.setdefault(name, {})[operation] = _SEEN[0]
    server.shutdown()
    Path(sys.argv[2]).write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
