"""The data directory: made whole, private, and never overwritten."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from presage.api.kalshi.services import Services
from presage.app import datadir, envfile
from presage.app.build import build
from presage.app.settings import Settings
from presage.storage.errors import StorageError
from presage.units import DOLLAR


def furnish(settings: Settings) -> list[tuple[int, str, int]]:
    """Open, furnish and close; (number, role, cash) of each member afterwards."""

    async def run() -> list[tuple[int, str, int]]:
        datadir.make(settings.data)
        running = await build(settings)
        try:
            await datadir.furnish(running.services, settings)
            return [await _seen(running.services, settings, seat) for seat in datadir.SEATS]
        finally:
            await running.close()

    return asyncio.run(run())


async def _seen(services: Services, settings: Settings, seat: datadir.Seat) -> tuple[int, str, int]:
    values = envfile.parse((settings.data / f"{seat.path}.env").read_text())
    record = services.keys.find(values[envfile.KEY_ID])
    assert record is not None
    (account,) = services.accounts.of(record.member)
    return record.member, record.role, account.cash


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "deep" / "data", port=8_123, content="none")


def contents(directory: Path) -> dict[str, bytes]:
    kinds = (".env", ".pem", ".key")
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.suffix in kinds
    }


SEATED = [(1, "operator", 0), (2, "member", 10_000 * DOLLAR), (3, "member", 10_000 * DOLLAR)]


def test_a_new_directory_has_an_operator_and_two_funded_members(settings: Settings) -> None:
    assert furnish(settings) == SEATED
    directory = settings.data
    for path in (directory, directory / "members"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    files = contents(directory)
    assert len(files) == 7
    for name in files:
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600, name
    assert not list(directory.rglob("*.part"))


def test_killed_while_writing_the_first_file_it_starts_again(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    (settings.data / ".secret.key.part").write_text("00")
    assert furnish(settings) == SEATED


def test_env_files_name_what_bots_read(settings: Settings) -> None:
    furnish(settings)
    text = (settings.data / "members" / "one.env").read_text()
    values = envfile.parse(text)
    assert values["KALSHI_BASE_URL"] == "http://127.0.0.1:8123/trade-api/v2"
    assert values["KALSHI_WS_URL"] == "ws://127.0.0.1:8123/trade-api/ws/v2"
    assert values["KALSHI_ENV"] == "demo"
    assert values["KALSHI_API_KEY_ID"] == values["KALSHI_KEY_ID"] == values["PRESAGE_API_KEY_ID"]
    pem = Path(values["KALSHI_PRIVATE_KEY_PATH"])
    assert pem == settings.data / "members" / "one.pem"
    assert pem.read_text().startswith("-----BEGIN PRIVATE KEY-----\n")
    assert values["KALSHI_PRIVATE_KEY"].replace(r"\n", "\n") == pem.read_text()
    for name, _, value in (line.partition("=") for line in text.splitlines()):
        assert name.isidentifier()
        assert " " not in value or value[0] == value[-1] == '"'


def test_doing_it_again_changes_nothing(settings: Settings) -> None:
    furnish(settings)
    before = contents(settings.data)
    assert furnish(settings) == SEATED
    assert contents(settings.data) == before


def test_another_port_moves_the_addresses_and_keeps_the_keys(settings: Settings) -> None:
    furnish(settings)
    before = envfile.parse((settings.data / "operator.env").read_text())
    furnish(msgspec.structs.replace(settings, port=9_000))
    after = envfile.parse((settings.data / "operator.env").read_text())
    assert after["PRESAGE_URL"] == "http://127.0.0.1:9000"
    changed = {name for name in before if before[name] != after[name]}
    assert changed == set(envfile.addresses(""))
    assert stat.S_IMODE((settings.data / "operator.env").stat().st_mode) == 0o600


def test_killed_while_moving_the_addresses_it_starts_again(settings: Settings) -> None:
    furnish(settings)
    (settings.data / "operator.new").write_text("of a start that was killed")
    assert furnish(msgspec.structs.replace(settings, port=9_000)) == SEATED


def test_on_a_full_disk_the_file_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    furnish(settings)
    monkeypatch.setattr(datadir, "os", SimpleNamespace(**vars(os) | {"fsync": full}))
    with pytest.raises(StorageError, match=r"operator\.new cannot be written.*No space left"):
        furnish(msgspec.structs.replace(settings, port=9_000))


@pytest.mark.parametrize("lost", ["members/one.env", "operator.env", "members/two.env"])
def test_stopped_halfway_it_goes_on_with_the_same_key(settings: Settings, lost: str) -> None:
    furnish(settings)
    before = contents(settings.data)
    (settings.data / lost).unlink()
    assert furnish(settings) == SEATED
    assert contents(settings.data) == before


def test_a_lost_key_file_gets_a_new_key_and_no_more_money(settings: Settings) -> None:
    furnish(settings)
    before = contents(settings.data)
    for name in ("one.env", "one.pem"):
        (settings.data / "members" / name).unlink()
    assert furnish(settings) == SEATED
    after = contents(settings.data)
    assert {name for name in before if before[name] != after[name]} == {
        "members/one.env",
        "members/one.pem",
    }


def test_a_directory_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match="not empty"):
        datadir.make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_exchange_without_its_secret_is_refused(settings: Settings) -> None:
    furnish(settings)
    (settings.data / "secret.key").unlink()
    with pytest.raises(StorageError, match="missing"):
        datadir.make(settings.data)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31])
def test_a_damaged_secret_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret.key").write_text(content)
    with pytest.raises(StorageError):
        datadir.secret(tmp_path)


def test_every_seat_has_a_key_for_the_site(settings: Settings) -> None:
    async def members() -> list[tuple[int, tuple[str, ...]]]:
        datadir.make(settings.data)
        running = await build(settings)
        site = running.services.site
        try:
            await datadir.furnish(running.services, settings)
            files = [settings.data / f"{seat.path}.env" for seat in datadir.SEATS]
            secrets = [envfile.parse(file.read_text())[envfile.BEARER] for file in files]
            found = [site.keys.find(site.sealer.digest(secret)) for secret in secrets]
            return [(key.member, key.scopes) for key in found if key]
        finally:
            await running.close()

    usual = ("read", "trade", "social")
    wanted = [(1, (*usual, "admin")), (2, usual), (3, usual)]
    assert asyncio.run(members()) == wanted
    assert asyncio.run(members()) == wanted
