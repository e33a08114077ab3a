"""What is held back for a moderator as it is written: the same text again and again, and many links
from somebody new. It hides; whether it goes is decided by people.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.site import ids
from presage.api.site.markdown import links
from presage.domain.ids import MemberId
from presage.identity.uuids import uuid7
from presage.site import comments, moderation, notifications, posts, reports, xp
from presage.site.moderation import HIDE, Action
from presage.site.reports import Report
from presage.units import SECOND, Micros

SAME_TEXT: Final = 3
"""So many times within a day, and it is held back."""
MOST_LINKS: Final = 2
"""Members of level 1 may write so many at once."""
_DAY: Final[Micros] = 86_400 * SECOND
NOBODY: Final[MemberId] = 0


def suspicion(connection: Any, author: MemberId, body: str, at: Micros) -> str:
    """Why a new text is held back, or nothing. The text must not have been written yet."""
    since = at - _DAY
    before = posts.same_text(connection, author, body, since)
    before += comments.same_text(connection, author, body, since)
    if before + 1 >= SAME_TEXT:
        return "The same text was posted several times."
    if links(body) > MOST_LINKS and xp.level_of(xp.total(connection, author)) == 1:
        return "Many links from a new account."
    return ""


def hold(
    connection: Any, kind: str, target: str, author: MemberId, reason: str, at: Micros
) -> None:
    """Put what was just written as hidden into the moderators' queue."""
    report = Report(
        id=uuid7(at),
        target_type=kind,
        target=target,
        reporter=NOBODY,
        reason=reason,
        created_at=at,
    )
    reports.add(connection, report)
    note_hidden(connection, kind, target, author, reason, at)


def note_hidden(
    connection: Any, kind: str, target: str, author: MemberId, reason: str, at: Micros
) -> None:
    """Tell an author that something was hidden without a moderator."""
    action = Action(
        id=uuid7(at),
        at=at,
        actor=NOBODY,
        kind=HIDE,
        target_type=kind,
        target=target,
        member=author,
        reason=reason,
    )
    moderation.add(connection, action)
    notifications.tell(
        connection,
        at,
        author,
        "MODERATION_ACTION",
        f"Your {kind.lower()} is hidden until a moderator has seen it",
        reason,
        actionId=ids.shown("act", action.id),
        action=HIDE,
    )


def hold_again(
    connection: Any, kind: str, target: str, author: MemberId, reason: str, at: Micros
) -> None:
    """The same for a text that was changed: it may have been held back before."""
    before = reports.by_reporter(connection, NOBODY, kind, target)
    if before is None:
        hold(connection, kind, target, author, reason, at)
        return
    reports.reopen(connection, before, reason)
    note_hidden(connection, kind, target, author, reason, at)
