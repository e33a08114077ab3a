"""What operators may change while the exchange runs: numbers with bounds, texts, and flags.

`DEFINED` is the whole list, with defaults; rows hold only what differs. `Settings` keeps the values
in memory: whoever commits a change tells it, and the change counts from the next request on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, select

from presage.site.defined import DEFINED, Setting, Value
from presage.storage import kept
from presage.units import Micros

settings = kept.kept_table(
    "settings",
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", BigInteger, nullable=False),
)

Kind = Literal["number", "flag", "text"]


class Unfit(Exception):
    """The value is not one that the setting can have; the text says why."""


def fit(setting: Setting, value: Any) -> Value:
    """The value, if the setting can have it. Raises: Unfit."""
    wanted = type(setting.default)
    if type(value) is not wanted:
        words = {int: "a whole number", bool: "true or false", str: "a text"}
        raise Unfit(f"must be {words[wanted]}")
    if isinstance(value, str):
        if len(value) > setting.high:
            raise Unfit(f"must have at most {setting.high} characters")
        if setting.check is not None:
            try:
                setting.check(value)
            except ValueError as error:
                raise Unfit(f"cannot be read: {error}") from None
    elif not isinstance(value, bool) and not setting.low <= value <= setting.high:
        raise Unfit(f"must be between {setting.low} and {setting.high}")
    assert isinstance(value, int | bool | str)
    return value


def write(connection: Connection, name: str, value: Value, at: Micros, by: int) -> None:
    """Keep another value of a defined setting."""
    row = {
        "name": name,
        "value": msgspec.json.encode(value).decode(),
        "changed_at": at,
        "changed_by": by,
    }
    if not kept.replace(connection, settings, row):
        kept.insert(connection, settings, row)


class Settings:
    """The values that count now. Made without rows it holds the defaults."""

    def __init__(self) -> None:
        self._values: dict[str, Value] = {name: one.default for name, one in DEFINED.items()}
        self._fixed: set[str] = set()

    def load(self, connection: Connection) -> None:
        """Read the rows; one that no longer fits its definition counts as not there."""
        for row in kept.read(connection, select(settings), settings):
            if row["name"] in DEFINED:
                try:
                    value = fit(DEFINED[row["name"]], msgspec.json.decode(row["value"]))
                except Unfit:
                    continue
                self.put(row["name"], value)

    def put(self, name: str, value: Value) -> None:
        """Take over a committed change."""
        if name not in self._fixed:
            self._values[name] = value

    def fix(self, name: str, value: Value) -> None:
        """This value counts as long as the process runs, whatever the rows say."""
        self._values[name] = value
        self._fixed.add(name)

    def is_fixed(self, name: str) -> bool:
        """Does a value count that no row changes?"""
        return name in self._fixed

    def number(self, name: str) -> int:
        """A number, by name."""
        value = self._values[name]
        assert type(value) is int, f"{name} is no number"
        return value

    def flag(self, name: str) -> bool:
        """Whether a flag is on."""
        return self._values[name] is True

    def text(self, name: str) -> str:
        """A text, by name."""
        return str(self._values[name])

    def all(self, *, flags: bool) -> Mapping[str, Value]:
        """All flags, or all other settings."""
        return {
            name: value
            for name, value in self._values.items()
            if isinstance(DEFINED[name].default, bool) == flags
        }
