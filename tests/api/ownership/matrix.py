"""What a case of the ownership matrix is: how to make a thing of one's own, and how it is named.

One line an operation, in a file `cases_<topic>.py` of this folder (`cases_kalshi_<topic>.py` for
Kalshi's API), in a dict called `CASES`:

    "RevokeApiKey": owned(an_api_key, where="body"),

`make(world, party)` makes one thing of the party's and returns its id, or a tuple of them when the
path has several. It is called anew for every try that may succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from presage.api.kalshi.routes import KALSHI
from presage.api.registry import Api, Operation
from presage.api.site.routes import SITE
from tests.api.ownership.parties import Party
from tests.api.site.world import World

Ids = tuple[str, ...]
Key = str
Make = Callable[[World, Party], str | Ids]
Where = Literal["path", "query", "body"]

APIS: Final[tuple[Api, ...]] = (SITE, KALSHI)
RANDOM: Final = "019e737c-8181-7981-bfec-b9d3d23120b4"
MALFORMED: Final = (
    "x",
    "%27%20or%201=1",
    "9" * 60,
    "usr_zz",
    "00000000-0000-0000-0000-00000000000g",
)
_FOLDER: Final = Path(__file__).parent


class Case(NamedTuple):
    """`public`: whoever gets in may, and only unknown ids are refused. `where` is the id's place,
    `name` its key in a query or body; `query` and `body` (which may use the ids) are what else a
    call needs. `success` is the status with one's own id, `absent` are those that say "no such
    thing". `free` are places of the path whose value does not matter."""

    make: Make
    public: bool = False
    where: Where = "path"
    name: str = "id"
    body: Callable[[Ids], Mapping[str, Any]] | Mapping[str, Any] | None = None
    success: int | None = None
    absent: tuple[int, ...] = (404,)
    query: str = ""
    free: tuple[int, ...] = ()


def owned(make: Make, **more: Any) -> Case:
    """A thing that only its owner can see or change; to all others it does not exist."""
    return Case(make, **more)


def public(make: Make, **more: Any) -> Case:
    """A thing that whoever gets in may ask for."""
    return Case(make, public=True, **more)


def cases() -> dict[Key, Case]:
    """All of them, by API and operation."""
    found: dict[Key, Case] = {}
    for path in sorted(_FOLDER.glob("cases_*.py")):
        api = KALSHI if path.stem.startswith("cases_kalshi") else SITE
        for id, case in import_module(f"tests.api.ownership.{path.stem}").CASES.items():
            key = key_of(api, id)
            assert key not in found, f"{key} has two cases"
            found[key] = case
    return found


def key_of(api: Api, id: str) -> Key:
    """How a case is found: both APIs may call an operation the same."""
    return f"{api.prefix} {id}"


def with_ids(api: Api) -> list[Operation]:
    """The operations of an API that name a thing: in the path, or as an id in query or body."""
    return [
        operation
        for operation in api.operations
        if operation.path_names
        or (api is SITE and any(map(_names_a_thing, (operation.query, operation.body))))
    ]


def _names_a_thing(struct: type[msgspec.Struct] | None) -> bool:
    if struct is None:
        return False
    names = (field.encode_name for field in msgspec.structs.fields(struct))
    return any(name == "id" or (name.endswith("Id") and name != "clientOrderId") for name in names)


def address(api: Api, operation: Operation, case: Case, ids: Ids) -> tuple[str, Any]:
    """Where a call with these ids goes, and its body."""
    target = api.prefix + operation.path
    body = case.body(ids) if callable(case.body) else case.body
    if case.where == "path":
        assert len(ids) == len(operation.path_names), f"{operation.id} names other things"
        for name, id in zip(operation.path_names, ids, strict=True):
            target = target.replace("{" + name + "}", id)
    elif case.where == "query":
        target += f"?{case.name}={ids[0]}"
    else:
        body = {case.name: ids[0], **(body or {})}
    if case.query:
        target += ("&" if "?" in target else "?") + case.query
    if body is None and operation.body is not None:
        body = {}
    return target, body


def tuple_of(ids: str | Ids) -> Ids:
    return (ids,) if isinstance(ids, str) else ids
