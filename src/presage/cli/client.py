"""A signed HTTP client for the commands, and where it finds the key it signs with.

It translates what went wrong into one sentence; it never retries.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import httpx2
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from presage.api.signatures import sign
from presage.app import envfile
from presage.app.envfile import KEY_FILE, KEY_ID, URL

ADMIN: Final = "/api/admin"
TRADE: Final = "/trade-api/v2"
DEFAULT_DATA: Final = Path("data")
ENV_FILE: Final = "operator.env"
TIMEOUT_SECONDS: Final = 60.0


class CliError(Exception):
    """Why a command could not be done: one line for a person."""


class Refused(CliError):
    """The exchange said no: `status` and `code` are its."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


class Credential(msgspec.Struct, frozen=True):
    """Where an exchange is, and a key for it (`private` is PEM)."""

    url: str
    key_id: str
    private: str


def find_credential(data: Path | None, environment: Mapping[str, str]) -> Credential:
    """The operator's key: of the data directory that is named, of the environment, or of ./data.

    Raises: CliError.
    """
    if data is not None:
        return read_credential(data / ENV_FILE)
    if all(environment.get(name) for name in (KEY_ID, KEY_FILE, URL)):
        return _credential(environment, "the environment")
    if (DEFAULT_DATA / ENV_FILE).exists():
        return read_credential(DEFAULT_DATA / ENV_FILE)
    raise CliError(
        f"no key: name the data directory with --data, or set {URL}, {KEY_ID}, {KEY_FILE}"
    )


def read_credential(path: Path) -> Credential:
    """The key of an env file. Raises: CliError."""
    try:
        values = envfile.parse(path.read_text("utf-8"))
    except OSError as error:
        raise CliError(f"cannot read {path}: {error.strerror}") from None
    return _credential(values, str(path))


def _credential(values: Mapping[str, str], place: str) -> Credential:
    missing = [name for name in (KEY_ID, KEY_FILE, URL) if not values.get(name)]
    if missing:
        raise CliError(f"{place} does not name {', '.join(missing)}")
    try:
        private = Path(values[KEY_FILE]).read_text("ascii")
    except (OSError, UnicodeError):
        raise CliError(f"cannot read the key in {values[KEY_FILE]}") from None
    return Credential(values[URL].rstrip("/"), values[KEY_ID], private)


class Client:
    """Calls one exchange under one key; to be used in a `with` block."""

    def __init__(
        self, credential: Credential, transport: httpx2.BaseTransport | None = None
    ) -> None:
        try:
            key = load_pem_private_key(credential.private.encode(), None)
        except ValueError:
            raise CliError("the private key cannot be read") from None
        if not isinstance(key, RSAPrivateKey):
            raise CliError("the private key is not an RSA key")
        self._key = key
        self._key_id = credential.key_id
        self._url = credential.url
        self._http = httpx2.Client(
            base_url=credential.url, timeout=TIMEOUT_SECONDS, transport=transport
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded answer. Raises: Refused, CliError."""
        content = None if body is None else msgspec.json.encode(body)
        headers = self._signed(method, path)
        if content is not None:
            headers["content-type"] = "application/json"
        try:
            answer = self._http.request(
                method, path, content=content, params=dict(query or {}), headers=headers
            )
        except httpx2.HTTPError as error:
            raise CliError(f"cannot reach {self._url}: {error}; is the exchange running?") from None
        if answer.is_success:
            return msgspec.json.decode(answer.content) if answer.content else None
        raise _refused(answer)

    def _signed(self, method: str, path: str) -> dict[str, str]:
        stamp = str(time.time_ns() // 1_000_000)
        return {
            "KALSHI-ACCESS-KEY": self._key_id,
            "KALSHI-ACCESS-TIMESTAMP": stamp,
            "KALSHI-ACCESS-SIGNATURE": sign(self._key, stamp, method, path),
        }


def _refused(answer: httpx2.Response) -> Refused:
    """Both doors' error bodies as one sentence."""
    try:
        body = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        sentence = error.get("details") or error.get("message") or ""
        return Refused(answer.status_code, str(error.get("code", "")), str(sentence))
    if isinstance(body, dict) and error:
        return Refused(answer.status_code, str(body.get("code", "")), str(error))
    return Refused(answer.status_code, "", f"the exchange answered {answer.status_code}")


def environment() -> Mapping[str, str]:
    """The process's own."""
    return os.environ
