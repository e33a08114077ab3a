"""Settings and flags: read with their bounds, and changed while the exchange runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.api.site.errors import invalid
from presage.site import settings as rows_of
from presage.site.defined import DEFINED, Value
from presage.site.settings import Unfit, fit
from presage.wire.admin import people as wire


async def get_settings(call: Call[None, None]) -> wire.SettingsReply:
    """List all settings with their values and bounds."""
    return wire.SettingsReply(settings=_shown(call, flags=False))


async def get_admin_flags(call: Call[None, None]) -> wire.FlagsReply:
    """List all feature flags."""
    return wire.FlagsReply(flags=_shown(call, flags=True))


async def set_settings(call: Call[None, wire.SetSettings]) -> wire.SettingsDone:
    """Change settings; they count from the next request on."""
    audit = await _set(call, "settings", call.body.settings, flags=False)
    return wire.SettingsDone(settings=_shown(call, flags=False), audit_id=audit)


async def set_flags(call: Call[None, wire.SetFlags]) -> wire.FlagsDone:
    """Switch features on and off; they count from the next request on."""
    audit = await _set(call, "flags", call.body.flags, flags=True)
    return wire.FlagsDone(flags=_shown(call, flags=True), audit_id=audit)


async def _set(call: Call[Any, Any], what: str, wanted: Mapping[str, Value], *, flags: bool) -> int:
    values: dict[str, Value] = {}
    for name, value in wanted.items():
        setting = DEFINED.get(name)
        if setting is None or isinstance(setting.default, bool) != flags:
            raise invalid(f"{what}.{name}", "is not known")
        if services_of(call).site.settings.is_fixed(name):
            raise invalid(f"{what}.{name}", "is fixed by how the exchange was started")
        try:
            values[name] = fit(setting, value)
        except Unfit as unfit:
            raise invalid(f"{what}.{name}", str(unfit)) from None

    def then(connection: Any, _: int) -> None:
        for name, value in values.items():
            rows_of.write(connection, name, value, call.at, call.caller.member)

    def before(_: Any) -> dict[str, Any]:
        now = services_of(call).site.settings.all(flags=flags)
        return {name: now[name] for name in values}

    written = await write(call, f"{what}.change", what, then, before)
    for name, value in values.items():
        services_of(call).site.settings.put(name, value)
    return written.audit_id


def _shown(call: Call[Any, Any], *, flags: bool) -> list[wire.Setting]:
    values = services_of(call).site.settings.all(flags=flags)
    return [
        wire.Setting(
            name=name,
            value=value,
            default=DEFINED[name].default,
            help=DEFINED[name].help,
            low=None if flags else DEFINED[name].low,
            high=None if flags else DEFINED[name].high,
        )
        for name, value in values.items()
    ]
