"""The channel that a manager builds without code: any system that can call an address and be called."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from apps.accounts.middleware import client_ip
from apps.channels import media, registry
from apps.channels.connectors.webhook import outgoing
from apps.channels.connectors.webhook.access import MAX_BODY, Access, Call, judge, live_secrets
from apps.channels.connectors.webhook.expressions import Budget, search
from apps.channels.connectors.webhook.mapping import (
    Mapped,
    find,
    is_wanted,
    map_item,
    read_body,
    split,
    urlsplit_or_none,
)
from apps.channels.connectors.webhook.signing import Verdict, standard_message_id
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    IdentityClaim,
    Ignored,
    Inbound,
    Outbound,
    Parsed,
    Post,
    SendResult,
    VerifiedInput,
)
from apps.channels.errors import ChannelError, InputRefused, InputTooLarge, Unreadable
from apps.channels.hook_body import body_of
from apps.channels.keys import key_of, message_key
from apps.channels.services.inbox import accepted_before
from apps.core import clock
from apps.customers.enums import IdentityKind
from apps.customers.identities import register_kind

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.channels.models import Channel, InboundEvent

KIND: Final = "webhook"
WINDOW: Final = 600
"""Seconds in which the same body without an id of its own is the same call. Later the customer says it again."""

REFUSALS_KEPT: Final = 24 * 3600

register_kind(KIND, _("Webhook sender"), "webhook")


class CallTooLarge(ChannelError):
    code = "channels.call_too_large"
    status = 413
    message = _("The call is larger than this channel takes.")


@registry.register
class WebhookConnector(Connector):
    kind = KIND
    label = _("Webhook")
    icon = "webhook"
    arrival = Arrival.PUSH
    capabilities = Capabilities(
        attachments=False,
        max_attachments=0,
        max_length=10_000,
        sends=frozenset({Content.TEXT}),
        public=Capabilities(attachments=False, max_attachments=0, max_length=10_000, sends=frozenset({Content.TEXT})),
    )
    identity_kind = KIND
    setup_page = "admin:webhook-access"

    def identity_scope(self, channel: Channel) -> str:
        """Ids of one calling system mean nothing to another."""
        return channel.key

    # --- In -------------------------------------------------------------------------------------------------------

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        call = self._proved(request, channel)
        return () if challenge_of(channel, call) is not None else items_of(channel, call)

    def _proved(self, request: HttpRequest, channel: Channel) -> Call:
        if request.method != "POST":
            raise self._refused(channel, request, Verdict.METHOD)
        try:
            body = body_of(request, MAX_BODY)
        except InputTooLarge as error:
            raise self._refused(channel, request, Verdict.TOO_LARGE) from error
        call = Call(body, request.headers, request.GET.dict(), client_ip(request))
        verdict = judge(channel, call)
        if verdict is not Verdict.GENUINE:
            raise self._refused(channel, request, verdict)
        return call

    def _refused(self, channel: Channel, request: HttpRequest, verdict: Verdict) -> ChannelError:
        """The caller learns nothing of the reason; whoever sets the channel up does."""
        facts = {"at": clock.now().isoformat(), "verdict": str(verdict), "ip": client_ip(request)}
        cache.set(refusal_key(channel), facts, REFUSALS_KEPT)
        return CallTooLarge() if verdict is Verdict.TOO_LARGE else InputRefused()

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        """What the other system asked to hear: its challenge, a fixed text, or nothing."""
        challenge = challenge_of(channel, Call(request.body, request.headers))
        if challenge is not None:
            name = str(channel.settings.get("challenge_name") or "")
            return JsonResponse({name: challenge}) if name else HttpResponse(str(challenge), content_type="text/plain")
        text = str(channel.settings.get("answer") or "")
        is_json = text.lstrip()[:1] in {"{", "["}
        return HttpResponse(text, content_type="application/json" if is_json else "text/plain; charset=utf-8")

    def parse(self, event: InboundEvent) -> Parsed:
        settings, budget = event.channel.settings, Budget()
        document = stored_item(event, budget)
        if not is_wanted(document, settings, budget):
            return Ignored("channels.webhook_unwanted")
        mapped = map_item(document, settings, budget)
        if mapped.is_empty:
            raise Unreadable(reason=_("there is neither text nor a file where the mapping looks for them"))
        return self._inbound(event, mapped)

    def _inbound(self, event: InboundEvent, mapped: Mapped) -> Inbound:
        files, links = media.behind_links(event, mapped.attachments)
        trusts = bool(event.channel.settings.get("trusts_identities"))
        kind, scope, claims = _who(event.channel, mapped, trusts)
        thread = mapped.conversation or mapped.sender
        post = _post(mapped, event.channel)
        message_id = mapped.message_id or ("" if post is None else bytes(event.external_key).hex())
        return Inbound(
            sender_kind=kind,
            sender_value=mapped.sender,
            sender_scope=scope,
            sender_name=mapped.sender_name,
            sender_verified=trusts,
            thread_key=_thread_key(event, mapped, thread, post),
            language=mapped.language,
            text="\n".join(filter(None, (mapped.text, *links))),
            attachments=files,
            sent_at=mapped.time,
            envelope={"message_id": message_id, "references": [thread]},
            message_keys=(message_key(f"{event.channel.key}:{mapped.message_id}"),) if mapped.message_id else (),
            identities=claims,
            post=post,
        )

    # --- Out ------------------------------------------------------------------------------------------------------

    def sends_on(self, channel: Channel) -> bool:
        return bool(channel.settings.get("send_url"))

    def answers_publicly_on(self, channel: Channel) -> bool:
        """Who does not tell the other system cannot promise either."""
        return outgoing.tells_public(channel.settings)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        return outgoing.send(channel.settings, str(channel.secrets.get("send_secret") or ""), outbound)

    def check(self, channel: Channel) -> CheckResult:
        """Calling the other system would be a message; so only what is set is looked at."""
        needs_secret = channel.settings.get("access", Access.HMAC) != Access.NETWORK
        if needs_secret and not live_secrets(channel):
            return CheckResult(is_ok=False, message=_("There is no secret yet, so every call is refused."))
        if not channel.settings.get("map_text") and not channel.settings.get("map_attachments"):
            return CheckResult(is_ok=False, message=_("Nobody said yet where a call holds its text."))
        return CheckResult(is_ok=True, message=_("Calls can come in. The page of the channel has a test."))


# --- Calls into items ---------------------------------------------------------------------------------------------


def items_of(channel: Channel, call: Call) -> tuple[VerifiedInput, ...]:
    """What to store of a proved call. One that cannot be taken apart is stored whole, and parked when it is read."""
    envelope = {"content_type": call.headers.get("content-type", "")[:200]}
    call_id = _call_id(channel, call)
    budget = Budget()
    try:
        document = read_body(call.body, envelope["content_type"])
        items = split(document, channel.settings, budget)
    except ChannelError:
        return (VerifiedInput(f"{call_id}:0", call_id, call.body, envelope),)
    if not channel.settings.get("items"):
        return (_item(channel, f"{call_id}:0", items[0], call.body, envelope, budget),)
    return tuple(
        _item(channel, f"{call_id}:{number}", item, _packed(item), {"is_item": True}, budget)
        for number, item in enumerate(items)
    )


def _item(
    channel: Channel, fallback: str, item: object, payload: bytes, envelope: dict[str, Any], budget: Budget
) -> VerifiedInput:
    message_id = _found("message_id", item, channel, budget)
    sender = next(filter(None, (_found(name, item, channel, budget) for name in ("sender_id", "phone", "email"))), "")
    return VerifiedInput(
        external_id=f"id:{message_id}" if message_id else fallback,
        order_by=sender or _found("conversation", item, channel, budget) or fallback,
        payload=payload,
        envelope=envelope,
    )


def _found(name: str, item: object, channel: Channel, budget: Budget) -> str:
    """Nothing, where the mapping does not fit: the item is stored all the same."""
    try:
        return str(find(name, item, channel.settings, budget))
    except ChannelError:
        return ""


def _call_id(channel: Channel, call: Call) -> str:
    """The id that stays the same when a call is repeated: by Standard Webhooks, or else by its bytes for a while."""
    if channel.settings.get("access") == Access.STANDARD and (given := standard_message_id(call.headers)):
        return f"call:{given}"
    digest, slot = hashlib.sha256(call.body).hexdigest(), int(time.time()) // WINDOW
    earlier = f"body:{slot - 1}:{digest}"
    row = accepted_before(channel=channel, external_id=f"{earlier}:0")
    is_repeated = row is not None and (clock.now() - row.received).total_seconds() < WINDOW
    return earlier if is_repeated else f"body:{slot}:{digest}"


def _packed(item: object) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass")


def stored_item(event: InboundEvent, budget: Budget) -> object:
    """The one item that a stored payload holds. Raises Unreadable and the refusals of `mapping`."""
    document = read_body(bytes(event.payload), str(event.envelope.get("content_type") or ""))
    if event.envelope.get("is_item"):
        return document
    items = split(document, event.channel.settings, budget)
    if len(items) != 1:
        raise Unreadable(reason=_("the call holds %(count)d messages by the mapping of today") % {"count": len(items)})
    return items[0]


def challenge_of(channel: Channel, call: Call) -> object | None:
    """What a platform sends to see whether we answer, instead of a message."""
    expression = str(channel.settings.get("challenge") or "")
    if not expression:
        return None
    try:
        found = search(expression, read_body(call.body, call.headers.get("content-type", "")), Budget())
    except ChannelError:
        return None
    return found if isinstance(found, str | int | float) and not isinstance(found, bool) else None


def refusal_key(channel: Channel) -> str:
    return f"webhook-refused:{channel.pk}"


def last_refusal(channel: Channel) -> Mapping[str, str] | None:
    """The last call that was not let in, for as long as it is remembered."""
    facts: Mapping[str, str] | None = cache.get(refusal_key(channel))
    return facts


# --- Items into messages ------------------------------------------------------------------------------------------


def _post(mapped: Mapped, channel: Channel) -> Post | None:
    """Where only the post is pointed at, what names one is public."""
    is_public = mapped.is_public if channel.settings.get("map_is_public") else bool(mapped.post)
    if not is_public:
        return None
    return Post(mapped.post, mapped.post if urlsplit_or_none(mapped.post) else "")


def _thread_key(event: InboundEvent, mapped: Mapped, thread: str, post: Post | None) -> bytes:
    """Under a post each person has a conversation of their own, whatever the other system calls one."""
    if post is None:
        return key_of(KIND, event.channel.key, thread or bytes(event.external_key))
    who = mapped.sender or bytes(event.external_key)
    return key_of(KIND, event.channel.key, "comment", post.id or mapped.conversation, who)


def _who(channel: Channel, mapped: Mapped, trusts: bool) -> tuple[str, str, tuple[IdentityClaim, ...]]:
    """Kind and scope of the sender's handle, and what else is claimed of them."""
    handles = {IdentityKind.PHONE: mapped.phone, IdentityKind.EMAIL: mapped.email}
    if mapped.sender_id:
        kind, scope = KIND, channel.key
    else:
        kind = next((str(handle) for handle, value in handles.items() if value), KIND)
        scope = channel.key if kind == KIND else ""
    claims = tuple(
        IdentityClaim(str(handle), value, verified=trusts)
        for handle, value in handles.items()
        if value and handle != kind
    )
    return kind, scope, claims
