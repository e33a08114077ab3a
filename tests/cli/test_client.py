"""Where commands find their key, and what they make of bad news."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from presage.api.signatures import generate_key_pair
from presage.app import envfile
from presage.cli.client import Client, CliError, Credential, Refused, find_credential

PRIVATE, _ = generate_key_pair()
CREDENTIAL = Credential("http://test", "the-key", PRIVATE)


def client(answer: Callable[[httpx2.Request], httpx2.Response]) -> Client:
    return Client(CREDENTIAL, httpx2.MockTransport(answer))


def write_env(directory: Path, url: str = "http://test") -> Path:
    pem = directory / "operator.pem"
    pem.write_text(PRIVATE)
    values = envfile.variables("the-key", pem, PRIVATE, url)
    (directory / "operator.env").write_text(envfile.render(values))
    return pem


def test_the_data_directory_that_is_named_wins(tmp_path: Path) -> None:
    pem = write_env(tmp_path)
    surroundings = envfile.variables("another", pem, PRIVATE, "http://other")
    assert find_credential(tmp_path, surroundings) == CREDENTIAL
    assert find_credential(None, surroundings).key_id == "another"


def test_without_a_name_data_is_looked_for_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CliError, match="--data"):
        find_credential(None, {})
    (tmp_path / "data").mkdir()
    write_env(tmp_path / "data")
    assert find_credential(None, {}) == CREDENTIAL


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"operator\.env"):
        find_credential(tmp_path, {})
    pem = write_env(tmp_path)
    pem.unlink()
    with pytest.raises(CliError, match=r"operator\.pem"):
        find_credential(tmp_path, {})
    (tmp_path / "operator.env").write_text("PRESAGE_URL=http://test\n")
    with pytest.raises(CliError, match="PRESAGE_API_KEY_ID"):
        find_credential(tmp_path, {})


def test_a_private_key_that_is_none_is_said() -> None:
    with pytest.raises(CliError, match="private key"):
        Client(Credential("http://test", "x", "no key"))


def test_requests_are_signed_without_their_query() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, content=b'{"a": 1}')

    with client(answer) as one:
        assert one.call("GET", "/x", query={"limit": 5}) == {"a": 1}
    (request,) = seen
    assert str(request.url) == "http://test/x?limit=5"
    assert request.headers["kalshi-access-key"] == "the-key"
    assert request.headers["kalshi-access-signature"]


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (404, b'{"error": "No such thing.", "code": "not_found"}', "not_found", "No such thing."),
        (409, b'{"error": {"code": "c", "message": "m", "details": "d"}}', "c", "d"),
        (409, b'{"error": {"code": "c", "message": "m"}}', "c", "m"),
        (502, b"<html>", "", "the exchange answered 502"),
        (500, b"[]", "", "the exchange answered 500"),
    ],
)
def test_refusals_are_sentences(status: int, body: bytes, code: str, said: str) -> None:
    with (
        client(lambda _: httpx2.Response(status, content=body)) as one,
        pytest.raises(Refused) as refused,
    ):
        one.call("GET", "/x")
    assert (refused.value.status, refused.value.code, str(refused.value)) == (status, code, said)


def test_an_exchange_that_does_not_answer_is_one_sentence() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with client(answer) as one, pytest.raises(CliError, match="is the exchange running"):
        one.call("GET", "/x")
