"""Lines of the site's table: what members earn, are told and prefer, their pictures and notes."""

from __future__ import annotations

from typing import Final

from presage.api.openapi import documented
from presage.api.registry import Api, Conditions
from presage.api.site import avatar, notes, notifications, preferences, rewards
from presage.api.site.errors import ERRORS
from presage.api.site.lines import line
from presage.wire.site import accounts as a
from presage.wire.site import notes as t
from presage.wire.site import notifications as n
from presage.wire.site import preferences as p
from presage.wire.site import rewards as r

REWARDS: Final = (
    line("GET /me/streak", rewards.get_streak, r.StreakReply),
    line("GET /me/xp", rewards.get_xp, r.XpReply),
    line("GET /me/badges", rewards.get_badges, r.BadgesReply),
    line("GET /me/referral", rewards.get_referral, r.ReferralReply),
    line("GET /me/invites", rewards.list_invites, r.InvitesReply),
    line(
        "GET /me/notifications",
        notifications.list_notifications,
        n.Notifications,
        query=n.ListNotifications,
    ),
    line(
        "POST /me/notifications",
        notifications.mark_notifications_read,
        n.MarkedRead,
        body=n.MarkRead,
        scope="social",
        conditions=Conditions(while_suspended=True),
    ),
    line("GET /me/preferences", preferences.get_preferences, p.PreferencesReply),
    line(
        "PATCH /me/preferences",
        preferences.change_preferences,
        p.PreferencesReply,
        body=p.ChangePreferences,
        scope="social",
    ),
    line(
        "POST /me/avatar",
        avatar.upload_avatar,
        p.Avatar,
        scope="social",
        conditions=Conditions(cap="avatar"),
    ),
    line("DELETE /me/avatar", avatar.remove_avatar, a.Deleted, scope="social"),
    line("GET /me/trade-notes", notes.list_trade_notes, t.Notes, query=t.ListNotes),
    line(
        "POST /me/trade-notes",
        notes.write_trade_note,
        t.NoteReply,
        body=t.WriteNote,
        status=201,
        scope="social",
    ),
    line(
        "DELETE /me/trade-notes",
        notes.delete_trade_note,
        a.Deleted,
        query=a.Which,
        body=a.Which,
        body_optional=True,
        scope="social",
    ),
)

MEDIA: Final = documented(
    Api(
        title="Presage, pictures",
        version="1",
        prefix="/media",
        operations=(line("GET /{name}", avatar.get_picture, auth="public"),),
        errors=ERRORS,
        strict_bodies=None,
        etags=True,
    )
)
