"""Cases that another company's system hands over, and what it hears of them under its own reference."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.http import JsonResponse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.partner import outgoing, signing
from apps.channels.connectors.partner.cases import KIND, case_id, read_case
from apps.channels.connectors.webhook.signing import standard_key
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    IdentityClaim,
    Inbound,
    InboundFile,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    SettingType,
    VerifiedInput,
)
from apps.channels.errors import ChannelError, InputRefused, Unreadable
from apps.channels.hook_body import body_of
from apps.channels.keys import key_of
from apps.channels.services.inbox import accepted_before
from apps.core.errors import InvalidInput
from apps.customers.enums import IdentityKind
from apps.customers.identities import register_kind

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.channels.models import Channel, InboundEvent

MAX_BODY: Final = 4 * 1024 * 1024
MAX_KEY: Final = 255

register_kind(KIND, _("Case of a partner"), "handshake")


class KeyReused(ChannelError):
    code = "channels.key_reused"
    message = _("Another body was sent with this Idempotency-Key before.")


@registry.register
class PartnerConnector(Connector):
    kind = "partner"
    label = _("Partner")
    icon = "handshake"
    arrival = Arrival.PUSH
    identity_kind = KIND
    capabilities = Capabilities(
        attachments=False, max_attachments=0, max_length=20_000, sends=frozenset({Content.TEXT}), hears_states=True
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("partner_id", _("Partner id"), required=True, help=_("What the partner sends as X-Partner-Id.")),
        Setting(
            "secret", _("Secret for calls"), secret=True, required=True, help=_("The partner signs its calls with it.")
        ),
        Setting(
            "events_url",
            _("Address for events"),
            SettingType.URL,
            help=_("Where the partner hears of answers and of how a case stands. Empty: it hears nothing."),
        ),
        Setting(
            "events_secret",
            _("Secret for events"),
            secret=True,
            help=_("We sign events with it, by Standard Webhooks: whsec_ and base64."),
        ),
        Setting(
            "sends_summary",
            _("Send the summary"),
            SettingType.FLAG,
            default=False,
            help=_("What agents write into the summary of a resolved ticket is sent to the partner."),
        ),
        Setting(
            "needs_consent",
            _("Ask for the customer's own consent"),
            SettingType.FLAG,
            default=False,
            help=_(
                "On: nothing goes to the partner before the customer has allowed that. For what the notice leaves out."
            ),
        ),
        Setting(
            "trusts_identities",
            _("Trust the customer's identity"),
            SettingType.FLAG,
            default=False,
            help=_("The partner has verified phone numbers and addresses; cases of one person become one customer."),
        ),
    )

    def identity_scope(self, channel: Channel) -> str:
        """References of one partner mean nothing to another."""
        return channel.key

    # --- In -------------------------------------------------------------------------------------------------------

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        body = _body(request)
        nonce = signing.prove(
            request.headers,
            partner_id=str(self.setting(channel, "partner_id") or ""),
            secret=str(self.setting(channel, "secret") or ""),
            method=str(request.method),
            target=request.get_full_path(),
            body=body,
        )
        external_id, case = _external_id(request), read_case(body)
        envelope = {"nonce": nonce, "digest": _digest(body)}
        return (VerifiedInput(external_id, order_by=case["external_ref"], payload=body, envelope=envelope),)

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        """201 to the call whose body was stored, 200 to its repetitions. The nonce of the first one tells which it is."""
        stored = accepted_before(channel=channel, external_id=_external_id(request))
        if stored is None or stored.envelope.get("digest") != _digest(request.body):
            raise KeyReused
        is_new = stored.envelope.get("nonce") == request.headers.get("X-Nonce", "").strip()
        external_ref = read_case(request.body)["external_ref"]
        told = {"case_id": case_id(channel, external_ref), "external_ref": external_ref}
        return JsonResponse(told, status=201 if is_new else 200)

    def parse(self, event: InboundEvent) -> Parsed:
        try:
            case = read_case(bytes(event.payload))
        except InvalidInput as error:
            raise Unreadable(reason=error.told()) from error
        channel, customer = event.channel, case.get("customer") or {}
        files, links = _files(event, case)
        return Inbound(
            sender_kind=KIND,
            sender_value=case["external_ref"],
            sender_scope=channel.key,
            sender_name=customer.get("name", ""),
            sender_verified=True,
            thread_key=key_of(self.kind, channel.key, case["external_ref"]),
            subject=case.get("summary", ""),
            text=_text(channel, case, links),
            attachments=files,
            fields={"category": case.get("kind", ""), "type": case.get("kind", "")},
            identities=self._claims(channel, customer),
        )

    def _claims(self, channel: Channel, customer: dict[str, str]) -> tuple[IdentityClaim, ...]:
        trusts = bool(self.setting(channel, "trusts_identities"))
        handles = ((str(kind), customer.get(str(kind), "")) for kind in (IdentityKind.PHONE, IdentityKind.EMAIL))
        return tuple(IdentityClaim(kind, value, verified=trusts) for kind, value in handles if value)

    # --- Out ------------------------------------------------------------------------------------------------------

    def sends_on(self, channel: Channel) -> bool:
        return bool(self.setting(channel, "events_url"))

    def client_key_for(self, channel: Channel, *, ticket_id: int) -> str:
        return outgoing.new_event_id()

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        """What agents write for the house leaves it only where a manager says so; it is not even queued otherwise."""
        if outbound.case_state and not self.setting(channel, "sends_summary"):
            return (replace(outbound, text=""),)
        return (outbound,)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        return outgoing.send(channel, str(self.setting(channel, "events_secret") or ""), outbound)

    def check(self, channel: Channel) -> CheckResult:
        """An event would be taken for true by the partner; so only what is set is looked at."""
        if not (self.setting(channel, "partner_id") and self.setting(channel, "secret")):
            return CheckResult(is_ok=False, message=_("Partner id or secret is missing, so every call is refused."))
        if not self.sends_on(channel):
            return CheckResult(is_ok=True, message=_("Cases can come in. The partner hears nothing of them."))
        try:
            standard_key(str(self.setting(channel, "events_secret") or ""))
        except ValueError:
            return CheckResult(is_ok=False, message=_("The secret for events must be whsec_ and base64."))
        return CheckResult(is_ok=True, message=_("Cases can come in, and events can be signed."))


# --- Of a call ----------------------------------------------------------------------------------------------------


def _body(request: HttpRequest) -> bytes:
    if request.method != "POST":
        raise InputRefused(reason="method")
    return body_of(request, MAX_BODY)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _external_id(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        message = gettext("Give each case and each message a key of at most %(limit)d characters.")
        raise InvalidInput(fields={"Idempotency-Key": [message % {"limit": MAX_KEY}]})
    return f"key:{key}"


# --- Of a case ----------------------------------------------------------------------------------------------------


def _files(event: InboundEvent, case: dict[str, Any]) -> tuple[tuple[InboundFile, ...], tuple[str, ...]]:
    """The files in the call and behind its links, and the links that stay links."""
    items = case.get("attachments") or []
    inside = tuple(
        InboundFile(
            name=item.get("name") or "file", content_type="", content=base64.b64decode(item["content"], validate=True)
        )
        for item in items
        if "content" in item
    )
    fetched, links = media.behind_links(event, [item["url"] for item in items if "url" in item])
    return inside + fetched, links


def _text(channel: Channel, case: dict[str, Any], links: tuple[str, ...]) -> str:
    return "\n".join(filter(None, (case.get("text") or case.get("summary", ""), *links, _due(channel, case))))


def _due(channel: Channel, case: dict[str, Any]) -> str:
    """By when the partner expects it, as a line that agents read."""
    if "sla_due" not in case:
        return ""
    with translation.override(channel.default_language):
        moment = formats.date_format(timezone.localtime(case["sla_due"]), "DATETIME_FORMAT")
        return gettext("The partner expects this by %(moment)s.") % {"moment": moment}
