"""The data directory's own files: its secret, and an env file with a key for everyone who starts.

It makes a directory that only its owner can enter, an operator and two funded members, and never
overwrites a key that is there. Stopped halfway, it goes on where it was: every step looks first.
What is in the database is written through the gateway like anything else.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import serialization

from presage.api.kalshi.services import Services
from presage.api.signatures import generate_key_pair
from presage.app import envfile, joining
from presage.app.settings import Settings
from presage.domain import accounts as ledger
from presage.domain.commands import Move, OpenMember
from presage.domain.ids import MemberId, account_id
from presage.domain.rejects import Code, Reject
from presage.identity import api_keys, bearer_keys, members
from presage.identity.api_keys import ApiKey
from presage.identity.bearer_keys import DEFAULT_SCOPES, SHOWN, BearerKey
from presage.identity.members import DEFAULT_TIER, Member
from presage.identity.records import KeyRecord
from presage.identity.secrets import derived_api_key
from presage.identity.uuids import uuid7
from presage.storage.database import FILE
from presage.storage.errors import StorageError
from presage.units import DOLLAR, Micros, Money

SECRET: Final = "secret.key"
OPERATOR: Final = "operator"
SECRET_BYTES: Final = 32
_OPENING: Final[Money] = 10_000 * DOLLAR
_SCOPES: Final = ("read", "write")
_PRIVATE: Final = 0o600
_OWNER_ONLY: Final = 0o700


class Seat(msgspec.Struct, frozen=True):
    """Somebody who can start right away. `path` names the files, without their endings."""

    path: str
    name: str
    role: str
    kind: str
    funds: Money = 0


SEATS: Final = (
    Seat(OPERATOR, "Operator", "operator", "operator"),
    Seat("members/one", "Member one", "member", "direct", _OPENING),
    Seat("members/two", "Member two", "member", "direct", _OPENING),
)


def make(directory: Path) -> None:
    """Make the directory and its secret, or leave both as they are.

    Raises: StorageError when something else is in there, or an exchange without its secret.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / SECRET
    if path.exists():
        return
    if (directory / FILE).exists():
        raise StorageError(f"{path} is missing: restore the backup as a whole")
    if any(not entry.name.startswith(".") for entry in directory.iterdir()):
        raise StorageError(f"{directory} is not empty and holds no exchange")
    directory.chmod(_OWNER_ONLY)
    _write(path, secrets.token_hex(SECRET_BYTES) + "\n")


def secret(directory: Path) -> bytes:
    """The directory's secret, 32 bytes. Raises: StorageError."""
    path = directory / SECRET
    try:
        found = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{path} cannot be read: {error}") from error
    if len(found) != SECRET_BYTES:
        raise StorageError(f"{path} is damaged: it holds {len(found)} bytes, not {SECRET_BYTES}")
    return found


async def furnish(services: Services, settings: Settings) -> None:
    """Give every seat its member, key, money and env file, as far as they are missing.

    Env files that are there keep their key; only their addresses follow `settings`.
    """
    directory = settings.data.expanduser().resolve()
    (directory / "members").mkdir(mode=_OWNER_ONLY, exist_ok=True)
    for seat in SEATS:
        env = directory / f"{seat.path}.env"
        if env.exists():
            _rewrite(env, envfile.addresses(settings.url))
            continue
        key_file = directory / f"{seat.path}.pem"
        private, public = await asyncio.to_thread(_key_pair, key_file)
        key = await _take(services, seat, public)
        _write(env, envfile.render(envfile.variables(key.id, key_file, private, settings.url)))
    await joining.give_profiles(services)
    for seat in SEATS:
        env = directory / f"{seat.path}.env"
        values = envfile.parse(env.read_text("utf-8"))
        if envfile.BEARER not in values:
            bearer = await _bearer(services, seat, values.get(envfile.KEY_ID, ""))
            _rewrite(env, bearer)


async def _take(services: Services, seat: Seat, public: str) -> ApiKey:
    """The seat's key in the database, with its member and money; each made if it is missing."""
    at = services.clock()
    found: list[tuple[Member, ApiKey]] = []

    def rows(connection: Any) -> OpenMember | None:
        every = members.every(connection)
        member = next((one for one in every if (one.display_name, one.role) == _who(seat)), None)
        opened = None
        if member is None:
            number = members.next_number(connection)
            member = Member(uuid7(at), number, seat.role, seat.name, "active", DEFAULT_TIER, at)
            members.add(connection, member)
            opened = OpenMember(number, seat.kind)
        keys = api_keys.of_member(connection, member.number)
        key = next((one for one in keys if one.public_key_pem == public), None)
        if key is None:
            key = _key(member.number, public, at)
            api_keys.add(connection, key)
        found.append((member, key))
        return opened

    _accepted(await services.gateway.submit(None, rows))
    member, key = found[-1]
    if seat.funds:
        cash = ledger.cash(account_id(member.number))
        lines = ((ledger.WORLD, -seat.funds), (cash, seat.funds))
        paid = await services.gateway.submit(Move(lines, f"init:{seat.path}", "deposit"))
        if not (isinstance(paid, Reject) and paid.code is Code.TRANSFER_EXISTS):
            _accepted(paid)
    services.keys.put(
        KeyRecord(key.id, member.number, member.id, public, frozenset(_SCOPES), role=seat.role)
    )
    return key


def _who(seat: Seat) -> tuple[str, str]:
    return seat.name, seat.role


def _key(member: MemberId, public: str, at: Micros) -> ApiKey:
    return ApiKey(uuid7(at), member, "first key", public, _SCOPES, None, at)


def _accepted(result: object) -> None:
    if isinstance(result, Reject):
        raise StorageError(f"the data directory could not be furnished: {result.code}")


def _key_pair(key_file: Path) -> tuple[str, str]:
    """Both halves in PEM of the private key in a file, which is made if it is missing."""
    if not key_file.exists():
        private, public = generate_key_pair()
        _write(key_file, private)
        return private, public
    try:
        private = key_file.read_text("ascii")
        key = serialization.load_pem_private_key(private.encode(), None)
    except (OSError, ValueError) as error:
        raise StorageError(f"{key_file} is no private key: {error}") from error
    public_bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public_bytes.decode("ascii")


async def _bearer(services: Services, seat: Seat, key_id: str) -> dict[str, str]:
    """What the env file says of a key for the site API, which is made if it is missing."""
    signer = services.keys.find(key_id)
    if signer is None:
        return {}
    site, at = services.site, services.clock()
    # The same again when an earlier start got no further than this.
    text = derived_api_key(site.secret, f"seat {seat.path}")
    digest = site.sealer.digest(text)
    if site.keys.find(digest) is None:
        scopes = (*DEFAULT_SCOPES, "admin") if seat.role == "operator" else DEFAULT_SCOPES
        start = text[:SHOWN]
        key = BearerKey(uuid7(at), signer.member, "first key", digest, start, scopes, at)
        await services.gateway.submit(None, lambda rows: bearer_keys.add(rows, key))
        site.keys.put(key)
    return {envfile.BEARER: text}


def _rewrite(env: Path, current: dict[str, str]) -> None:
    """Let an env file say what is so now."""
    values = envfile.parse(env.read_text("utf-8"))
    if current.items() <= values.items():
        return
    fresh = env.with_suffix(".new")
    fresh.unlink(missing_ok=True)  # from a start that was killed right here
    _write(fresh, envfile.render(values | current))
    os.replace(fresh, env)


def _write(path: Path, text: str) -> None:
    """Write a new file that only its owner may read, whole or not at all. Raises: StorageError."""
    fresh = path.with_name(f".{path.name}.part")  # hidden: a rest of it does not count as content
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)  # unlike a rename it fails when the name is taken
        fresh.unlink()
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error}") from error
