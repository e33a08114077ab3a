"""What Schemathesis loads: how requests are signed, and one check of our own.

`python -m tests.documents` starts it with the address of an exchange and a key in the environment.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import requests
import schemathesis

from tests.compat.client import Client
from tests.compat.server import environment

_env = Path(os.environ["EXCHANGE_ENV"])
_client = Client.from_file(int(os.environ["EXCHANGE_PORT"]), _env)
_bearer = environment(_env)["PRESAGE_BEARER_KEY"]

# What JSON Schema calls valid and the doors refuse all the same, on purpose: an integer that is
# written as 57.0 (Kalshi's server refuses it too), and a number beyond 64 bits in a field that
# nobody knows.
_ON_PURPOSE = re.compile(r"cannot unmarshal number|got `float`|the integer \S+ is out of range")


@schemathesis.auth(refresh_interval=None)
class Signed:
    """The three headers for the path that is about to be sent."""

    def get(self, case: Any, context: Any) -> str:
        return ""

    def set(self, case: Any, data: str, context: Any) -> None:
        url = case.as_transport_kwargs()["url"]
        if case.path.startswith("/api/") and not case.path.startswith("/api/admin"):
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {_bearer}"}
            return
        path = str(requests.Request(case.method, url).prepare().path_url)
        case.headers = {**(case.headers or {}), **_client.headers(case.method, path)}


@schemathesis.check
def what_the_document_allows_can_be_read(context: Any, response: Any, case: Any) -> None:
    """A request that fits the document may break a rule, but it must not be called unreadable."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code != 400:
        return
    try:
        body = json.loads(response.content)
    except ValueError:
        body = {}
    complaint = str(body.get("msg", "")) if body.get("msg") else str(body.get("details", ""))
    text = json.dumps(body)
    unread = body.get("code") in ("bad_request", "bad_json") or "Expected `" in text
    if unread:
        assert _ON_PURPOSE.search(text), f"unreadable: {complaint or text}"
    elif "Invalid format for parameter" in complaint:
        assert "is needed" in complaint, f"unreadable: {complaint}"
