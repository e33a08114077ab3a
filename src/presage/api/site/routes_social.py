"""The site's lines about people and what they say to each other."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import (
    comments,
    follows,
    leaderboard,
    likes,
    posts,
    profiles,
    reports,
    watchlist,
)
from presage.api.site.lines import line
from presage.wire.site import follows as f
from presage.wire.site import posts as p
from presage.wire.site import profiles as u
from presage.wire.site import reports as r
from presage.wire.site import watchlist as w
from presage.wire.site.accounts import Deleted
from presage.wire.site.common import Page

_SPEAKS: Final = Conditions(feature="posts", speaks=True)
_ALWAYS: Final = Conditions(while_suspended=True)

TALK: Final = (
    line(
        "GET /posts",
        posts.list_posts,
        p.PostsReply,
        query=p.ListPosts,
        auth="optional",
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

PEOPLE: Final = (
    line("POST /follow/{userId}", follows.follow_user, f.FollowReply, scope="social"),
    line("DELETE /follow/{userId}", follows.unfollow_user, f.FollowReply, scope="social"),
    line("POST /blocks/{userId}", follows.block_user, f.BlockReply, scope="social"),
    line("DELETE /blocks/{userId}", follows.unblock_user, f.BlockReply, scope="social"),
)

WATCHED: Final = (
    line("GET /watchlist", watchlist.list_watchlist, w.WatchlistReply, query=Page),
    line(
        "POST /watchlist",
        watchlist.watch_event,
        w.WatchReply,
        body=w.Watch,
        status=201,
        scope="social",
    ),
    line(
        "DELETE /watchlist",
        watchlist.unwatch_event,
        w.Removed,
        query=w.Unwatch,
        body=w.Unwatch,
        body_optional=True,
        scope="social",
    ),
)

RANKED: Final = (
    line("GET /users/{username}", profiles.get_user_profile, u.ProfileReply, auth="optional"),
    line(
        "GET /leaderboard",
        leaderboard.get_leaderboard,
        u.Leaderboard,
        query=u.ShowLeaderboard,
        auth="optional",
    ),
    line(
        "GET /trending-users",
        leaderboard.list_trending_users,
        u.TrendingUsers,
        query=u.ShowTrending,
        auth="optional",
    ),
)

SOCIAL: Final = (*TALK, *PEOPLE, *WATCHED, *RANKED)
