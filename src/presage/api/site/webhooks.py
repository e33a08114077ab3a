"""The caller's webhooks: URLs to which their events are sent.

An address must be one that the exchange may connect to, now and at every try. A secret is shown
when it is made and kept sealed. What is sent there is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, maybe_printed, printed
from presage.api.site.writing import submit
from presage.identity.uuids import uuid7
from presage.site import attempts, signing, webhooks
from presage.site.outgoing import NotAllowed
from presage.site.webhooks import ACTIVE, BY_MEMBER, BY_OPERATOR, DISABLED, EVERYTHING, Webhook
from presage.units import SECOND, Micros
from presage.wire.site import accounts
from presage.wire.site import webhooks as wire

OVERLAP: Final[Micros] = 86_400 * SECOND
"""How long an old secret goes on signing."""
_DESCRIPTION: Final = 200
_LAST: Final = 4


async def list_webhooks(call: Call[None, None]) -> wire.Webhooks:
    """List the caller's webhooks; their secrets are not shown again."""
    member = call.caller.member
    if not site_of(call).settings.flag("webhooks"):
        return wire.Webhooks(webhooks=[], enabled=False)
    found = await services_of(call).reader.run(lambda rows: webhooks.of_member(rows, member))
    return wire.Webhooks(webhooks=[shown(one) for one in found])


async def create_webhook(call: Call[None, wire.CreateWebhook]) -> wire.NewWebhookReply:
    """Have events sent to a URL; the answer holds the secret that signs them, once."""
    body, member = call.body, call.caller.member
    events, description = _events(body.events), _described(body.description)
    await _check(call, body.url)
    id, secret = uuid7(call.at), signing.new_secret()
    webhook = Webhook(
        id=id,
        member=member,
        url=body.url,
        events=events,
        description=description,
        secret=_seal(call, id, secret),
        last4=secret[-_LAST:],
        created_at=call.at,
    )

    def rows(connection: Any) -> None:
        if not webhooks.add(connection, webhook):
            raise refuse("limit_reached", f"A member has at most {webhooks.MOST} webhooks.")

    site_of(call).subscribers.add(member)  # before what is committed next could be missed
    await submit(call, None, rows)
    return _with_secret(webhook, secret)


async def edit_webhook(call: Call[None, wire.EditWebhook]) -> wire.WebhookReply:
    """Change a webhook, switch it off, or on again."""
    body = call.body
    changes: dict[str, Any] = {}
    if body.events is not None:
        changes["events"] = _events(body.events)
    if body.description is not None:
        changes["description"] = _described(body.description)
    await own(call)  # whose it is comes before whether the address is allowed
    if body.url is not None:
        await _check(call, body.url)
        changes["url"] = body.url

    def change(connection: Any, was: Webhook) -> Webhook:
        after = replace(was, **changes)
        if body.status == DISABLED and was.status == ACTIVE:
            return replace(after, status=DISABLED, why=BY_MEMBER)
        if body.status == ACTIVE and was.status == DISABLED:
            if was.why == BY_OPERATOR:
                raise refuse("forbidden", "An operator has switched this webhook off.")
            return attempts.enabled(connection, after)
        return after

    return wire.WebhookReply(webhook=shown(await _change(call, change)))


async def delete_webhook(call: Call[accounts.Which, accounts.Which]) -> accounts.Deleted:
    """Delete a webhook; what waits for it is dropped."""
    text, member = call.query.id or call.body.id, call.caller.member
    if not text:
        raise invalid("id", "is required")
    id = ids.row_id("whk", text)

    def rows(connection: Any) -> None:
        webhook = webhooks.find(connection, id, member) if id else None
        if webhook is None:
            raise not_found()
        webhooks.remove(connection, webhook)

    await submit(call, None, rows)
    return accounts.Deleted(deleted=True)


async def rotate_webhook_secret(call: Call[None, None]) -> wire.NewWebhookReply:
    """Make a new secret; for 24 hours the old one signs as well."""
    secret = signing.new_secret()

    def change(connection: Any, was: Webhook) -> Webhook:
        return replace(
            was,
            secret=_seal(call, was.id, secret),
            last4=secret[-_LAST:],
            old_secret=was.secret,
            old_until=call.at + OVERLAP,
        )

    return _with_secret(await _change(call, change), secret)


async def own(call: AnyCall) -> Webhook:
    """The caller's webhook that the path names. Raises: not_found."""
    id, member = ids.row_id("whk", call.path["id"]), call.caller.member
    found = None
    if id is not None:
        found = await services_of(call).reader.run(lambda rows: webhooks.find(rows, id, member))
    if found is None:
        raise not_found()
    return found


def shown(one: Webhook) -> wire.Webhook:
    """As its member sees it."""
    return wire.Webhook(**words(one))


def words(one: Webhook) -> dict[str, Any]:
    """The fields that everybody sees who may see it."""
    return {
        "id": ids.shown("whk", one.id),
        "url": one.url,
        "events": list(one.events),
        "description": one.description,
        "status": one.status,
        "disabled_reason": one.why or None,
        "secret_last4": one.last4,
        "failure_count": one.failures,
        "last_delivery_at": maybe_printed(one.last_at),
        "last_status": one.last_status or None,
        "created_at": printed(one.created_at),
    }


async def _change(call: AnyCall, change: Callable[[Any, Webhook], Webhook]) -> Webhook:
    """Write the caller's webhook that the path names anew; as it is afterwards."""
    id, member = ids.row_id("whk", call.path["id"]), call.caller.member
    done: list[Webhook] = []

    def rows(connection: Any) -> None:
        was = webhooks.find(connection, id, member) if id else None
        if was is None:
            raise not_found()
        done.append(change(connection, was))
        webhooks.put(connection, done[-1])

    await submit(call, None, rows)
    return done[-1]


async def _check(call: AnyCall, url: str) -> None:
    try:
        await site_of(call).outgoing.check(url)
    except NotAllowed as no:
        raise refuse("url_not_allowed", f"This URL is not allowed: {no}.", "url") from None


def _events(wanted: list[str] | None) -> tuple[str, ...]:
    if wanted is None:
        return (EVERYTHING,)
    for one in wanted:
        if one not in webhooks.PATTERNS:
            raise invalid("events", "holds a type that there is not")
    return tuple(dict.fromkeys(wanted))


def _described(text: str) -> str:
    return clean(text, "description", high=_DESCRIPTION)


def _seal(call: AnyCall, id: str, secret: str) -> bytes:
    return site_of(call).sealer.seal(secret, signing.purpose(id))


def _with_secret(one: Webhook, secret: str) -> wire.NewWebhookReply:
    return wire.NewWebhookReply(webhook=shown(one), secret=secret)
