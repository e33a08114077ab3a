"""The operators' routes about people and switches: users, invitations, settings, flags."""

from __future__ import annotations

from typing import Final

from presage.api.admin import invites, settings, users
from presage.api.admin.lines import get, write
from presage.wire.admin import people as p
from presage.wire.site.common import Page

_MUTERS: Final = ("admin", "moderator")

PEOPLE: Final = (
    get("ListUsers", "/users", users.list_users, p.Users, p.ListUsers, _MUTERS),
    get("GetUser", "/users/{user_id}", users.get_user, p.UserReply, roles=_MUTERS),
    write(
        "PATCH", "EditUser", "/users/{user_id}", users.edit_user, p.EditUser, p.UserDone,
        roles=_MUTERS,
    ),
    write(
        "POST", "RevokeUserSessions", "/users/{user_id}/sessions/revoke",
        users.revoke_user_sessions, p.Act, p.EndedDone,
    ),
    write(
        "POST", "ResetUserPassword", "/users/{user_id}/password-reset",
        users.reset_user_password, p.Act, p.MailDone,
    ),
    get("ListInviteCodes", "/invite-codes", invites.list_invite_codes, p.Invites, Page),
    write(
        "POST", "CreateInviteCode", "/invite-codes", invites.create_invite_code, p.CreateInvite,
        p.InviteDone, 201,
    ),
    write(
        "DELETE", "DeleteInviteCode", "/invite-codes", invites.delete_invite_code, p.DeleteInvite,
        p.InviteDone,
    ),
    write(
        "DELETE", "DeleteInviteCodeById", "/invite-codes/{invite_id}", invites.delete_invite_code,
        p.DeleteInvite, p.InviteDone,
    ),
    get("GetSettings", "/settings", settings.get_settings, p.SettingsReply),
    write(
        "PATCH", "SetSettings", "/settings", settings.set_settings, p.SetSettings, p.SettingsDone
    ),
    get("GetAdminFlags", "/flags", settings.get_admin_flags, p.FlagsReply),
    write("PATCH", "SetFlags", "/flags", settings.set_flags, p.SetFlags, p.FlagsDone),
)  # fmt: skip
