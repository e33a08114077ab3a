"""Preferences and avatar as the site API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.site.common import Shape

OddsFormat = Literal["CENTS", "PERCENT", "DECIMAL"]
Text = Annotated[str, Meta(max_length=1_000)]


class Preferences(Shape):
    """Everything that a member may choose."""

    bio: str
    dark_mode: bool
    username: str
    display_name: str
    time_zone: str
    locale: str
    odds_format: str
    public_positions: bool
    show_on_leaderboard: bool
    allow_copying: bool
    allow_challenges: bool
    confirm_trades: bool
    default_slippage_cents: int
    email_notifications: dict[str, bool]


class PreferencesReply(Shape):
    preferences: Preferences


class ChangePreferences(Shape):
    """Only what is named changes."""

    bio: Text | UnsetType = UNSET
    dark_mode: bool | UnsetType = UNSET
    username: Text | UnsetType = UNSET
    display_name: Text | UnsetType = UNSET
    time_zone: Text | UnsetType = UNSET
    locale: Text | UnsetType = UNSET
    odds_format: OddsFormat | UnsetType = UNSET
    public_positions: bool | UnsetType = UNSET
    show_on_leaderboard: bool | UnsetType = UNSET
    allow_copying: bool | UnsetType = UNSET
    allow_challenges: bool | UnsetType = UNSET
    confirm_trades: bool | UnsetType = UNSET
    default_slippage_cents: Annotated[int, Meta(ge=0, le=10)] | UnsetType = UNSET
    email_notifications: dict[str, bool] | UnsetType = UNSET

    def given(self) -> dict[str, object]:
        """What was named."""
        named = msgspec.structs.asdict(self).items()
        return {name: value for name, value in named if value is not UNSET}


class Avatar(Shape):
    """What became of the picture."""

    avatar_url: str
    width: int
    height: int
    bytes: int
    format: str
