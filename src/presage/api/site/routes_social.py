"""The site's lines about people and what they say to each other."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import comments, likes, posts, reports
from presage.api.site.lines import line
from presage.wire.site import posts as p
from presage.wire.site import reports as r
from presage.wire.site.accounts import Deleted

_TALK: Final = Conditions(feature="posts")
_SPEAKS: Final = Conditions(feature="posts", speaks=True)
_ALWAYS: Final = Conditions(while_suspended=True)

TALK: Final = (
    line(
        "GET /posts",
        posts.list_posts,
        p.PostsReply,
        query=p.ListPosts,
        auth="optional",
        conditions=_TALK,
    ),
    line(
        "POST /posts",
        posts.create_post,
        p.PostReply,
        body=p.CreatePost,
        status=201,
        scope="social",
        conditions=Conditions(feature="posts", cap="posts", speaks=True, idempotent=True),
    ),
    line(
        "PATCH /posts/{id}",
        posts.edit_post,
        p.PostReply,
        body=p.EditPost,
        scope="social",
        conditions=_SPEAKS,
    ),
    line("DELETE /posts/{id}", posts.delete_post, Deleted, scope="social", conditions=_ALWAYS),
    line(
        "POST /posts/{id}/like",
        likes.toggle_like,
        p.LikeReply,
        scope="social",
        conditions=Conditions(feature="posts", cap="likes"),
    ),
    line(
        "GET /posts/{id}/comments",
        comments.list_comments,
        p.CommentsReply,
        query=p.ListComments,
        auth="optional",
        conditions=_TALK,
    ),
    line(
        "POST /posts/{id}/comments",
        comments.create_comment,
        p.CommentReply,
        body=p.CreateComment,
        status=201,
        scope="social",
        conditions=Conditions(feature="posts", cap="comments", speaks=True, idempotent=True),
    ),
    line(
        "PATCH /comments/{id}",
        comments.edit_comment,
        p.CommentReply,
        body=p.EditComment,
        scope="social",
        conditions=_SPEAKS,
    ),
    line(
        "DELETE /comments/{id}",
        comments.delete_comment,
        Deleted,
        scope="social",
        conditions=_ALWAYS,
    ),
    line(
        "POST /reports",
        reports.report_content,
        r.ReportReply,
        body=r.CreateReport,
        status=201,
        scope="social",
        conditions=Conditions(cap="reports"),
    ),
    line(
        "POST /moderation/{id}/appeal",
        reports.appeal_action,
        r.AppealReply,
        body=r.CreateAppeal,
        status=201,
        scope="social",
        conditions=_ALWAYS,
    ),
)

SOCIAL: Final = TALK
