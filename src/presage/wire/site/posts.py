"""Posts, their comments and likes as the site API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Page, Shape

EventName = Annotated[str, Meta(min_length=1, max_length=100)]
PostBody = Annotated[str, Meta(min_length=1, max_length=20_000)]
CommentBody = Annotated[str, Meta(min_length=1, max_length=10_000)]
Visibility = Literal["VISIBLE", "HIDDEN", "REMOVED"]


class Author(Shape):
    """Who wrote it, as everybody may know."""

    id: str
    username: str
    avatar_url: str | None
    level: int


class AuthorPosition(Shape):
    """What the author holds in the event, where that is public."""

    option_id: str
    side: Literal["YES", "NO"]
    quantity: int | float


class Post(Shape):
    """`body` is as typed, `bodyHtml` the same with its markdown rendered, everything else
    escaped."""

    id: str
    event_slug: str
    author: Author
    body: str
    body_html: str
    like_count: int
    comment_count: int
    liked_by_me: bool
    author_position: AuthorPosition | None
    status: Visibility
    locked: bool
    pinned: bool
    created_at: str
    edited_at: str | None


class PostReply(Shape):
    post: Post


class PostsReply(Shape, omit_defaults=True):
    """`enabled` is told when the feature is switched off: then there are none."""

    posts: list[Post]
    next_cursor: str | None
    enabled: bool = True


class ListPosts(Page, kw_only=True):
    """`top`: likes, the older the less they count."""

    event_slug: EventName
    sort: Literal["new", "top"] = "new"


class CreatePost(Shape):
    """1 to 2,000 characters of the markdown subset."""

    event_slug: EventName
    body: PostBody


class EditPost(Shape):
    body: PostBody


class LikeReply(Shape):
    """How it is now."""

    liked: bool
    like_count: int


class Comment(Shape):
    """A stub, kept because something hangs on it, has no author and no body."""

    id: str
    post_id: str
    parent_id: str | None
    depth: int
    author: Author | None
    body: str
    body_html: str
    status: Visibility
    created_at: str
    edited_at: str | None


class CommentReply(Shape):
    comment: Comment


class CommentsReply(Shape, omit_defaults=True):
    """Flat, in the order in which threads are read. `enabled` is told when the feature is switched
    off: then there are none."""

    comments: list[Comment]
    next_cursor: str | None
    enabled: bool = True


class ListComments(Page):
    """The order of the threads; within one, answers follow what they answer. `top`: by the number
    of answers."""

    sort: Literal["old", "new", "top"] = "old"


class CreateComment(Shape):
    """1 to 1,000 characters; `parentId` names the comment that it answers."""

    body: CommentBody
    parent_id: Annotated[str, Meta(max_length=80)] | None = None


class EditComment(Shape):
    body: CommentBody
