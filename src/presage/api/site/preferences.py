"""What the caller prefers, and the name the caller goes by.

A username may be changed once in thirty days; the one given up is kept for its owner for ninety.
"""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from typing import Any, Final

import msgspec

from presage.api.registry import Call
from presage.api.site import login
from presage.api.site.errors import invalid, refuse
from presage.api.site.services import AnyCall, services_of
from presage.api.site.strings import clean, printed
from presage.api.site.writing import submit
from presage.identity import old_usernames, people, usernames
from presage.identity.people import Profile
from presage.site import outbox, preferences
from presage.site.notifications import ALWAYS, TYPES
from presage.site.preferences import Preferences
from presage.site.streaks import DAY
from presage.wire.site import preferences as wire

BIO: Final = 280
DISPLAY_NAME: Final = 50
CHANGE_EVERY: Final = 30 * DAY
RESERVED_FOR: Final = 90 * DAY
LOCALES: Final = ("en",)
"""Those whose words the site has."""
_OF_THE_PROFILE: Final = frozenset({"username", "display_name"})


async def get_preferences(call: Call[None, None]) -> wire.PreferencesReply:
    """Show the caller's preferences."""
    profile, wishes = await services_of(call).reader.run(lambda rows: _read(rows, call))
    return _shown(profile, wishes)


async def change_preferences(call: Call[None, wire.ChangePreferences]) -> wire.PreferencesReply:
    """Change the preferences that are named."""
    given = _checked(call.body.given())
    wanted = {name: value for name, value in given.items() if name not in _OF_THE_PROFILE}
    mails = wanted.pop("email_notifications", {})
    done: list[tuple[Profile, Preferences]] = []

    def rows(connection: Any) -> None:
        profile, wishes = _read(connection, call)
        changed = msgspec.structs.replace(wishes, **wanted, mails=wishes.mails | mails)
        if changed != wishes:
            preferences.write(connection, call.caller.member, changed)
        if wishes.allow_copying and not changed.allow_copying:
            outbox.add(connection, call.at, "copying.refused", call.caller.member, {})
        done.append((_rename(connection, call, profile, given), changed))

    await submit(call, None, rows)
    if _OF_THE_PROFILE & given.keys():
        await login.refresh(call, call.caller.member)
    return _shown(*done[-1])


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    if "bio" in given:
        given["bio"] = clean(given["bio"], "bio", high=BIO, lines=True)
    if "display_name" in given:
        given["display_name"] = clean(given["display_name"], "displayName", high=DISPLAY_NAME)
    if "username" in given:
        given["username"] = given["username"].strip()
        if not usernames.is_allowed(given["username"]):
            raise invalid(
                "username", "must have 3 to 20 of a-z, 0-9 and _, and be no reserved word"
            )
    if given.get("time_zone", "UTC") not in _zones():
        raise invalid("timeZone", "must be an IANA time zone such as Europe/Berlin")
    if given.get("locale", LOCALES[0]) not in LOCALES:
        raise invalid("locale", f"must be one of {', '.join(LOCALES)}")
    for kind, wished in given.get("email_notifications", {}).items():
        if kind not in TYPES:
            raise invalid("emailNotifications", "names a type that there is not")
        if kind in ALWAYS and not wished:
            raise invalid("emailNotifications", f"{kind} cannot be switched off")
    return given


@lru_cache(1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) | {"UTC"}


def _rename(connection: Any, call: AnyCall, profile: Profile, given: dict[str, Any]) -> Profile:
    name = given.get("username", profile.username)
    shown = given.get("display_name", profile.display_name)
    if (name, shown) == (profile.username, profile.display_name):
        return profile
    changed_at = profile.username_changed_at
    if name != profile.username:
        _check_name(connection, call, profile, name)
        until = call.at + RESERVED_FOR
        old_usernames.reserve(connection, profile.username, profile.member, until)
        changed_at = call.at
    changed = msgspec.structs.replace(
        profile, username=name, display_name=shown, username_changed_at=changed_at
    )
    return people.change(connection, changed)


def _check_name(connection: Any, call: AnyCall, profile: Profile, name: str) -> None:
    again = profile.username_changed_at + CHANGE_EVERY
    if profile.username_changed_at and call.at < again:
        sentence = f"The username may be changed again after {printed(again)}."
        raise refuse("limit_reached", sentence, "username")
    taken = people.by_username(connection, name) is not None
    if taken or old_usernames.is_reserved(connection, name, profile.member, call.at):
        raise refuse("username_taken", "Somebody has this username.", "username")


def _read(connection: Any, call: AnyCall) -> tuple[Profile, Preferences]:
    profile = people.find(connection, call.caller.member)
    assert profile is not None, "every member has a profile"
    return profile, preferences.find(connection, call.caller.member)


def _shown(profile: Profile, wishes: Preferences) -> wire.PreferencesReply:
    mails = {kind: kind in ALWAYS or wishes.mails.get(kind, False) for kind in TYPES}
    return wire.PreferencesReply(
        preferences=wire.Preferences(
            bio=wishes.bio,
            dark_mode=wishes.dark_mode,
            username=profile.username,
            display_name=profile.display_name,
            time_zone=wishes.time_zone,
            locale=wishes.locale,
            odds_format=wishes.odds_format,
            public_positions=wishes.public_positions,
            show_on_leaderboard=wishes.show_on_leaderboard,
            allow_copying=wishes.allow_copying,
            allow_challenges=wishes.allow_challenges,
            confirm_trades=wishes.confirm_trades,
            default_slippage_cents=wishes.default_slippage_cents,
            email_notifications=mails,
        )
    )
