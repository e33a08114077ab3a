"""Nobody overwrites what another has changed: an edit may say which version it has read."""

from __future__ import annotations

from presage.api.admin.writing import AnyCall
from presage.api.site.errors import invalid, refuse


def check_version(call: AnyCall, version: int) -> None:
    """Is the version that `If-Match` or the body names still the one there is? Raises: Refusal."""
    sent = call.request.header(b"if-match").strip('"')
    if sent and not (sent.isascii() and sent.isdigit() and len(sent) < 16):
        raise invalid("If-Match", "must be the version that was read")
    wanted = int(sent) if sent else call.body.version
    if wanted is not None and wanted != version:
        raise refuse("version_conflict", f"The version is {version} by now.")
