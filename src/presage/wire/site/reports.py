"""Reports of what others wrote, and appeals, as the site API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Shape

TargetType = Literal["POST", "COMMENT", "USER"]
ReportStatus = Literal["OPEN", "UPHELD", "DISMISSED"]
Reason = Annotated[str, Meta(min_length=3, max_length=5_000)]


class CreateReport(Shape):
    """`reason` has 3 to 500 characters."""

    target_type: TargetType
    target_id: Annotated[str, Meta(min_length=1, max_length=80)]
    reason: Reason


class Report(Shape):
    """What became of a report is its status."""

    id: str
    target_type: TargetType
    target_id: str
    reason: str
    status: ReportStatus
    created_at: str


class ReportReply(Shape):
    report: Report


class CreateAppeal(Shape):
    """Why the decision was wrong, in 3 to 500 characters."""

    reason: Reason


class Appeal(Shape):
    """`actionId` is what is appealed against."""

    id: str
    action_id: str
    action: Literal["HIDE", "REMOVE", "WARN", "MUTE", "SUSPEND", "BAN"]
    status: ReportStatus
    created_at: str


class AppealReply(Shape):
    appeal: Appeal
