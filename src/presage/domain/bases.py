"""The form in which commands and facts are kept in the journal: tagged MessagePack arrays."""

from __future__ import annotations

import msgspec


class CommandBase(
    msgspec.Struct, frozen=True, array_like=True, tag=True, omit_defaults=True, gc=False
):
    """Common form of the commands: a tagged MessagePack array."""


class FactBase(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """Common form of the facts: a tagged MessagePack array."""
