"""All that the exchange has of a member, in one archive: a file of JSON lines each."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site import notes
from presage.api.site.services import AnyCall, services_of, site_of
from presage.gateway import personal

_README: Final = (
    "Everything this exchange keeps of you. One file a table, one JSON object a line.\n"
    "Money is in micro-dollars, prices in 1/10 000 dollar, counts in 1/100 contract,\n"
    "times in microseconds since 1970-01-01 UTC.\n"
)
_encode = msgspec.json.Encoder().encode


async def export_data(call: Call[None, None]) -> Reply:
    """Download all of the caller's own data as a zip archive."""
    member, reader = call.caller.member, services_of(call).reader
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README)
        for source in personal.sources():
            after: personal.Keyset | None = None
            with archive.open(f"{source.name}.jsonl", "w") as file:
                while True:
                    rows, after = await reader.run(
                        partial(personal.page, source=source, member=member, after=after)
                    )
                    for row in rows:
                        file.write(_encode(_readable(call, source.table.name, row)) + b"\n")
                    if after is None:
                        break
    person = site_of(call).people.find(member)
    name = f"presage-{person.username if person else member}.zip"
    disposition = f'attachment; filename="{name}"'.encode("ascii")
    headers = ((b"content-disposition", disposition),)
    return Reply(200, packed.getvalue(), headers, content_type=b"application/zip")


def _readable(call: AnyCall, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row with what was sealed in it as its member wrote it; null: its key is gone."""
    sealed = [column for name, column in personal.SEALED if name == table]
    return row | {column: notes.opened(call, row[column]) for column in sealed}
