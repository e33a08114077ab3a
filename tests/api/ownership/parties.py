"""Who asks: members with every credential they can have, and people who run the site."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from presage.api.registry import Api, Operation
from tests.api.admin.world import Person
from tests.api.asking import Answer
from tests.api.site.world import Member, World

ROLES: Final = ("moderator", "admin")
EVERYTHING: Final = ("read", "trade", "social", "account")


class Party:
    """A member with a browser, Bearer keys and signing keys, money, and things of its own."""

    made: ClassVar[list[Party]] = []

    def __init__(self, world: World, role: str = "") -> None:
        self.world = world
        self.made.append(self)
        self.site: Member = world.join()
        if role:
            world.admin("PATCH", f"/users/{self.site.id}", role=role)
        person = world.running.services.site.people.by_username(self.site.username)
        assert person is not None
        self.number = person.number
        self.bearer = self.site.key(*EVERYTHING)
        self.reader = self.site.key("read")
        self.revoked = self._revoked_key()
        self.signer = self._signer("read", "write")
        self.signing_reader = self._signer("read")
        self.revoked_signer = self._signer("read", "write")
        world.admin("DELETE", f"/keys/{self.revoked_signer.key_id}")

    def _revoked_key(self) -> str:
        made = self.site.click("POST", "/api/me/api-keys", {"name": "gone"}).json
        self.site.click("DELETE", f"/api/me/api-keys?id={made['apiKey']['id']}")
        return str(made["key"])

    def _signer(self, *scopes: str) -> Person:
        made = self.world.admin("POST", f"/members/{self.number}/keys", scopes=scopes)["key"]
        return Person(made["id"], made["private_key"])

    def ask(
        self, api: Api, operation: Operation, target: str, body: Any, how: str = "fully"
    ) -> Answer:
        """Call with the best credential for it, with one that only reads, or with a revoked one."""
        method, world = operation.method, self.world
        if api.prefix == "/trade-api/v2":
            signers = {"reading": self.signing_reader, "revoked": self.revoked_signer}
            return world.call(method, target, body, signers.get(how, self.signer))
        if how == "fully" and operation.auth in ("session", "operator"):
            return self.site.click(method, target, body)
        keys = {"reading": self.reader, "revoked": self.revoked}
        return world.bearer(keys.get(how, self.bearer), method, target, body)
