"""Env files: plain `NAME=value` lines under every name that bots for Kalshi read.

One file is one credential with the addresses where it works; the PEM file is beside it. It decides
the names and their form, and makes no key. Where bots expect the PEM text itself it stands in
double quotes, its line ends escaped: shells keep the escapes, env libraries and bots undo them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_KEY_IDS: Final = (
    "KALSHI_API_KEY_ID",
    "KALSHI_KEY_ID",
    "KALSHI_API_KEY",
    "KALSHI_ACCESS_KEY",
    "KALSHI_ACCESS_KEY_ID",
    "KALSHI_DEMO_KEY_ID",
    "PRESAGE_API_KEY_ID",
    "PRESAGE_KEY_ID",
)
_KEY_FILES: Final = (
    "KALSHI_PRIVATE_KEY_PATH",
    "KALSHI_KEY_FILE",
    "KALSHI_DEMO_PRIVATE_KEY_PATH",
    "PRESAGE_PRIVATE_KEY_PATH",
)
_REST: Final = (
    "KALSHI_BASE_URL",
    "KALSHI_API_BASE",
    "KALSHI_API_BASE_URL",
    "KALSHI_API_URL",
    "KALSHI_REST_BASE",
    "KALSHI_BASE_URL_HTTP",
    "KALSHI_HOST",
    "KALSHI_API_HOST",
    "PRESAGE_BASE_URL",
)
_STREAM: Final = ("KALSHI_WS_URL", "PRESAGE_WS_URL")
_MODE: Final[Mapping[str, str]] = {
    "KALSHI_ENV": "demo",
    "KALSHI_ENVIRONMENT": "demo",
    "KALSHI_USE_DEMO": "true",
    "KALSHI_DEMO_MODE": "true",
    "PRESAGE_ENV": "demo",
}
KEY_ID: Final = "PRESAGE_API_KEY_ID"
KEY_FILE: Final = "PRESAGE_PRIVATE_KEY_PATH"
KEY_TEXT: Final = "KALSHI_PRIVATE_KEY_B64"
_PEMS: Final = ("KALSHI_PRIVATE_KEY", "KALSHI_PRIVATE_KEY_PEM")
BEARER: Final = "PRESAGE_BEARER_KEY"
"""A key for the site API, `pred_...`."""
URL: Final = "PRESAGE_URL"
"""The bare address of the exchange, without a path."""

API_PATH: Final = "/trade-api/v2"
STREAM_PATH: Final = "/trade-api/ws/v2"


def addresses(url: str) -> dict[str, str]:
    """Every name for where the exchange at `url` (without a path) is."""
    scheme, _, rest = url.partition("://")
    stream = f"{'wss' if scheme == 'https' else 'ws'}://{rest}{STREAM_PATH}"
    return {
        **dict.fromkeys(_REST, url + API_PATH),
        **dict.fromkeys(_STREAM, stream),
        URL: url,
    }


def variables(key_id: str, key_file: Path, private: str, url: str) -> dict[str, str]:
    """Everything a bot may ask its environment for."""
    return {
        **dict.fromkeys(_KEY_IDS, key_id),
        **dict.fromkeys(_KEY_FILES, str(key_file)),
        KEY_TEXT: base64.b64encode(private.encode()).decode(),
        **addresses(url),
        **_MODE,
        **dict.fromkeys(_PEMS, private.replace("\n", r"\n")),
    }


def host_only(values: Mapping[str, str]) -> dict[str, str]:
    """The same with bare REST addresses, for bots that add the path themselves."""
    return {
        name: f"{urlsplit(value).scheme}://{urlsplit(value).netloc}" if name in _REST else value
        for name, value in values.items()
    }


def render(values: Mapping[str, str]) -> str:
    """The file's text; a value with spaces stands in double quotes."""
    quoted = ((name, f'"{value}"' if " " in value else value) for name, value in values.items())
    return "".join(f"{name}={value}\n" for name, value in quoted)


def parse(text: str) -> dict[str, str]:
    """What `render` wrote; empty lines and comments are passed over."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {
        name.strip(): value.strip().removeprefix('"').removesuffix('"') for name, _, value in pairs
    }
