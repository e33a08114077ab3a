"""The operators' routes about what members say: the queue of reports, posts and comments."""

from __future__ import annotations

from typing import Final

from presage.api.admin import content, moderation
from presage.api.admin.lines import get, write
from presage.wire.admin import moderation as m

_MODERATORS: Final = ("admin", "moderator")

MODERATION: Final = (
    get("ListReports", "/reports", moderation.list_reports, m.Cases, m.ListReports, _MODERATORS),
    write(
        "POST",
        "DecideReport",
        "/reports/{report_id}/decide",
        moderation.decide_report,
        m.DecideReport,
        m.Decided,
        roles=_MODERATORS,
    ),
    get(
        "ListAllPosts", "/posts", content.list_all_posts, m.AdminPosts, m.ListAllPosts, _MODERATORS
    ),
    write(
        "PATCH",
        "EditAnyPost",
        "/posts/{post_id}",
        content.edit_any_post,
        m.EditAnyPost,
        m.ContentDone,
        roles=_MODERATORS,
    ),
    write(
        "PATCH",
        "EditAnyComment",
        "/comments/{comment_id}",
        content.edit_any_comment,
        m.EditAnyComment,
        m.ContentDone,
        roles=_MODERATORS,
    ),
)
