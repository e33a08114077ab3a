"""The API without any SDK: sign a request, place an order, cancel it. Needs only `cryptography`.

./x serve                                    # in one shell
.venv/bin/python examples/raw_http.py        # in another
"""

from __future__ import annotations

import argparse
import base64
import json
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key

parser = argparse.ArgumentParser()
parser.add_argument("--env", type=Path, default=Path("data/members/one.env"))
lines = parser.parse_args().env.read_text().splitlines()
env = dict(line.split("=", 1) for line in lines if "=" in line)
key = load_pem_private_key(Path(env["KALSHI_PRIVATE_KEY_PATH"]).read_bytes(), None)
pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


def call(method: str, path: str, body: Any = None) -> Any:
    """Sign the time in milliseconds, the method and the path, without host and query."""
    url = env["KALSHI_BASE_URL"] + path
    now = str(int(time.time() * 1000))
    signature = key.sign((now + method + urlsplit(url).path).encode(), pss, hashes.SHA256())
    headers = {
        "KALSHI-ACCESS-KEY": env["KALSHI_API_KEY_ID"],
        "KALSHI-ACCESS-TIMESTAMP": now,
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
        "Content-Type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


market = call("GET", "/markets?status=open&limit=1")["markets"][0]["ticker"]
order = {
    "ticker": market,
    "client_order_id": str(uuid.uuid4()),
    "side": "bid",  # bid buys yes; ask sells yes, which is buying no
    "count": "1.00",
    "price": "0.0100",
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}
placed = call("POST", "/portfolio/events/orders", order)
print("placed  ", placed)
print("balance ", call("GET", "/portfolio/balance")["balance_dollars"])
print("canceled", call("DELETE", f"/portfolio/events/orders/{placed['order_id']}"))
print("balance ", call("GET", "/portfolio/balance")["balance_dollars"])
