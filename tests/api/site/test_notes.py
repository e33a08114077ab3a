"""Notes on trades: nobody else's business."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from presage.api.ids import Kind
from presage.api.site import ids
from presage.api.site.services import Site
from presage.domain.facts import OrderPlaced
from tests.api.site.trading import new_market, place, trade
from tests.api.site.world import Member, World, code_of


def write(member: Member, **body: Any) -> Any:
    answer = member.call("POST", "/api/me/trade-notes", body)
    assert answer.status == (200 if "id" in body else 201), answer.body
    return answer.json["note"]


def bought(member: Member, ticker: str) -> str:
    """The id of a new trade."""
    receipt = place(member, ticker, 0, 5_000)
    order = next(fact.order for fact in receipt.facts if isinstance(fact, OrderPlaced))
    return ids.exchange_id(member.world.running.services.ids, "trd", order, Kind.ORDER)


def test_a_note_is_written_read_changed_and_deleted(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    place(bob, ticker, 1, 5_000)
    id = bought(ann, ticker)
    note = write(ann, body=" Too\nearly? ", tradeId=id, tags=["rain", "rain", " fear "])
    assert (note["body"], note["tags"]) == ("Too\nearly?", ["rain", "fear"])
    assert (note["tradeId"], note["eventSlug"]) == (id, f"{ticker}-e".lower())
    assert ann.get("/api/me/trade-notes") == {"notes": [note], "nextCursor": None}
    world.now += 1_000_000
    changed = write(ann, id=note["id"], body="No.")
    assert (changed["body"], changed["tags"]) == ("No.", ["rain", "fear"])
    assert changed["createdAt"] == note["createdAt"] < changed["updatedAt"]
    assert changed["tradeId"] == id
    assert ann.call("DELETE", f"/api/me/trade-notes?id={note['id']}").json == {"deleted": True}
    gone = ann.call("DELETE", "/api/me/trade-notes", {"id": note["id"]})
    assert code_of(gone) == (404, "not_found")
    assert ann.get("/api/me/trade-notes")["notes"] == []


def test_notes_of_others_are_not_there(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    place(bob, ticker, 1, 5_000)
    trade_id = bought(ann, ticker)
    note = write(ann, body="mine", tradeId=trade_id)
    assert bob.get("/api/me/trade-notes")["notes"] == []
    for answer in (
        bob.call("POST", "/api/me/trade-notes", {"id": note["id"], "body": "yours"}),
        bob.call("DELETE", f"/api/me/trade-notes?id={note['id']}"),
        bob.call("POST", "/api/me/trade-notes", {"tradeId": trade_id, "body": "x"}),
        bob.call("GET", f"/api/me/trade-notes?tradeId={trade_id}"),
        bob.call("DELETE", "/api/me/trade-notes?id=note_" + "1" * 32),
        bob.call("DELETE", "/api/me/trade-notes?id=nonsense"),
        bob.call("POST", "/api/me/trade-notes", {"optionId": "NO-SUCH", "body": "x"}),
        bob.call("POST", "/api/me/trade-notes", {"eventSlug": "no-such", "body": "x"}),
    ):
        assert code_of(answer) == (404, "not_found")
    assert ann.get("/api/me/trade-notes")["notes"] == [note]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"body": "  "}, "body"),
        ({"body": "x" * 4_001}, "body"),
        ({"body": "a\x00b"}, ""),
        ({"body": "x", "tags": ["x" * 31]}, "tags"),
        ({"body": "x", "tags": [""]}, "tags"),
        ({"body": "x", "tags": ["x"] * 11}, "tags"),
        ({"body": 5}, "body"),
    ],
)
def test_what_is_no_note(world: World, body: dict[str, Any], field: str) -> None:
    answer = world.join().call("POST", "/api/me/trade-notes", body)
    assert answer.status == 400
    if field:
        assert answer.json["details"][0]["field"] == field


def test_a_delete_names_what(world: World) -> None:
    assert world.join().call("DELETE", "/api/me/trade-notes").status == 400


def test_notes_are_filtered_searched_and_paged(world: World) -> None:
    ann, bob = world.join(), world.join()
    one, two = new_market(world), new_market(world)
    trade(ann, bob, two)
    for number in range(5):
        world.now += 1_000
        write(ann, body=f"Note {number}", eventSlug=f"{one}-E", tags=["odd"] * (number % 2))
    write(ann, body="On an option", optionId=two)

    def bodies(query: str) -> list[str]:
        return [note["body"] for note in ann.get(f"/api/me/trade-notes?{query}")["notes"]]

    assert bodies(f"eventSlug={two.lower()}-e") == ["On an option"]
    assert bodies(f"eventSlug={one.lower()}-e&q=ODD") == ["Note 3", "Note 1"]
    assert bodies("q=note%204") == ["Note 4"]
    page = ann.get(f"/api/me/trade-notes?limit=2&eventSlug={one.lower()}-e")
    assert [note["body"] for note in page["notes"]] == ["Note 4", "Note 3"]
    cursor = page["nextCursor"]
    rest = ann.get(f"/api/me/trade-notes?limit=9&eventSlug={one.lower()}-e&cursor={cursor}")
    assert [note["body"] for note in rest["notes"]] == ["Note 2", "Note 1", "Note 0"]
    assert rest["nextCursor"] is None


def test_a_member_has_so_many_notes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from presage.site import notes

    monkeypatch.setattr(notes, "MOST", 2)
    ann = world.join()
    for _ in range(2):
        write(ann, body="x")
    answer = ann.call("POST", "/api/me/trade-notes", {"body": "x"})
    assert code_of(answer) == (409, "limit_reached")


def _stored(directory: Path) -> bytes:
    connection = sqlite3.connect(f"file:{directory / 'exchange.db'}?mode=ro", uri=True)
    found = b"".join(bytes(row[0]) for row in connection.execute("SELECT body FROM trade_notes"))
    connection.close()
    return found


def test_with_a_key_notes_are_sealed_on_disk(world: World) -> None:
    ann, site = world.join(), world.running.services.site
    write(ann, body="in the open")
    site.notes = Site(notes_key="a long phrase").notes
    try:
        sealed = write(ann, body="between me and me")
        assert sealed["body"] == "between me and me"
        found = ann.get("/api/me/trade-notes")["notes"]
        assert {one["body"] for one in found} == {"in the open", "between me and me"}
        assert b"in the open" in _stored(world.data)
        assert b"between me" not in _stored(world.data)
        for other in (Site(notes_key="another").notes, None):
            site.notes = other
            (lost,) = (
                one for one in ann.get("/api/me/trade-notes")["notes"] if one["id"] == sealed["id"]
            )
            assert (lost["body"], lost["readable"]) == ("", False)
    finally:
        site.notes = None
