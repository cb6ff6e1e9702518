"""What was decided about fields of models, for the data map. A test fails for a field that nobody decided about.

Encrypted fields count as personal data by themselves (free text, unless said otherwise here), closed lists of choices as
none. Whatever else can hold words in clear has to stand in `NOT_PERSONAL` or `CLASSES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from apps.compliance.enums import Nature, Outlet
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Class = FieldClass | Nature

NAME, PHONE, EMAIL, HANDLE = FieldClass.NAME, FieldClass.PHONE, FieldClass.EMAIL, FieldClass.HANDLE
STAFF, SECRET, INDEX, TRAIT = Nature.STAFF, Nature.SECRET, Nature.INDEX, Nature.TRAIT
_ANY_HANDLE = (PHONE, EMAIL, HANDLE)
_WHATEVER_CAME = tuple(FieldClass)

CLASSES: Final[Mapping[str, Mapping[str, tuple[Class, ...]]]] = {
    "core.AuditEntry": {"ip": (STAFF,)},
    "core.Event": {"actor_label": (STAFF,), "payload": _WHATEVER_CAME},
    "core.StoredFile": {"name": (FieldClass.FILE,), "sha256": (INDEX,), "file_key": (SECRET,)},
    "core.IdempotentAnswer": {"key": (INDEX,), "fingerprint": (INDEX,), "answer": _WHATEVER_CAME},
    "core.DataKey": {"wrapped": (SECRET,)},
    "core.ThrottleMark": {"key": (INDEX,)},
    "accounts.User": {
        "password": (SECRET,),
        "username": (STAFF,),
        "email": (STAFF,),
        "display_name": (STAFF,),
        "language": (STAFF,),
        "spoken_languages": (STAFF,),
        "time_zone": (STAFF,),
        "signature": (STAFF,),
    },
    "accounts.IdentityProvider": {"client_secret": (SECRET,)},
    "accounts.ExternalIdentity": {"subject": (STAFF,)},
    "accounts.TotpFactor": {"secret": (SECRET,)},
    "accounts.RecoveryCode": {"digest": (SECRET,)},
    "accounts.SecurityKey": {"name": (STAFF,), "credential_id": (SECRET,), "credential": (SECRET,)},
    "accounts.StaffSession": {
        "session_key": (SECRET,),
        "session_data": (SECRET,),
        "ip": (STAFF,),
        "device": (STAFF,),
        "provider_session": (SECRET,),
    },
    "accounts.ApiToken": {"digest": (SECRET,)},
    "privacy.DataSubjectRequest": {"asked_by": (NAME,)},
    "privacy.IdentityProof": {"code_hash": (SECRET,), "link_hash": (SECRET,)},
    "privacy.Erasure": {"marks": (INDEX,), "person": _WHATEVER_CAME},
    "customers.Organization": {"name": (NAME,)},
    "customers.Customer": {
        "name": (NAME,),
        "level": (TRAIT,),
        "language": (TRAIT,),
        "time_zone": (TRAIT,),
        "prefers": (TRAIT,),
    },
    "customers.Guardian": {"name": (NAME,), "handle": (PHONE, EMAIL)},
    "customers.Identity": {"value": _ANY_HANDLE, "tail": _ANY_HANDLE},
    "customers.Verification": {"value": _ANY_HANDLE, "secret": (SECRET,)},
    "contact_channels.BlockedSender": {"value": _ANY_HANDLE},
    "contact_channels.Channel": {"secrets": (SECRET,)},
    "contact_channels.ClientConversation": {"user_key": (INDEX,), "user_id": (HANDLE,), "guest_key": (INDEX,)},
    "contact_channels.ClientMessage": {"key": (INDEX,), "digest": (INDEX,), "content": _WHATEVER_CAME},
    "contact_channels.Delivery": {"order_key": (INDEX,), "provider_key": (INDEX,), "payload": _WHATEVER_CAME},
    "contact_channels.InboundEvent": {
        "external_key": (INDEX,),
        "order_key": (INDEX,),
        "envelope": _WHATEVER_CAME,
        "payload": _WHATEVER_CAME,
        "original": _WHATEVER_CAME,
    },
    "contact_channels.PlatformToken": {"key": (SECRET,), "value": (SECRET,)},
    "tickets.Interaction": {"thread_key": (INDEX,)},
    "tickets.Message": {"sender_name": (NAME,), "envelope": (NAME, EMAIL)},
    "tickets.MessageKey": {"key": (INDEX,)},
    "tickets.SearchRow": {"terms": (INDEX,)},
    "tickets.Ticket": {"language": (TRAIT,), "intent": (TRAIT,)},
    "qa.SurveyResponse": {"phone": (PHONE,)},
    "livechat.ChatSession": {"thread_key": (INDEX,), "details": _WHATEVER_CAME},
    "automation.WebhookEndpoint": {"url": (SECRET,), "secret": (SECRET,), "former_secret": (SECRET,)},
    "automation.WebhookDelivery": {"payload": _WHATEVER_CAME},
    "counter.Visit": {"language": (TRAIT,), "document_tail": (FieldClass.ID_NUMBER,)},
    "outsourcing.EndTask": {"declared_by": (STAFF,)},
    "compliance.Export": {"password": (SECRET,)},
    "compliance.Incident": {"ip": (STAFF,)},
}

NOT_PERSONAL: Final[Mapping[str, str]] = {
    "core.AuditEntry": "action subject_type result",
    "core.AuditSeal": "entry_hashes digest",
    "core.AuditAnchor": "digest signature",
    "core.Event": "kind",
    "core.SubscriberPosition": "name",
    "core.ParkedEvent": "subscriber kind error",
    "core.StoredFile": "content_type storage_key scan_state scan_finding",
    "core.DataKey": "master_key",
    "core.KeyRotation": "last_error",
    "core.RotatedTable": "label",
    "core.Lease": "name holder",
    "accounts.Brand": "key name sender_name accent help_center_host",
    "accounts.Role": "key name permissions",
    "accounts.Vendor": "key name networks",
    "accounts.Team": "key name",
    "accounts.IdentityProvider": "key name issuer client_id scopes domains proofs",
    "accounts.ClaimRule": "claim value",
    "accounts.ExternalIdentity": "issuer",
    "accounts.SecurityKey": "rp_id",
    "accounts.Skill": "key name",
    "accounts.ApiToken": "name prefix scopes",
    "privacy.PrivacyNotice": "text covers",
    "privacy.Consent": "language",
    "privacy.Correction": "fields copies",
    "privacy.IdentityProof": "handle_kind",
    "privacy.Erasure": "progress",
    "privacy.RetentionRule": "data_class clock",
    "privacy.RetentionRun": "data_class last_error",
    "privacy.RevealPolicy": "approval_classes",
    "privacy.Reveal": "kind field",
    "customers.Tag": "key name",
    "customers.Identity": "kind scope",
    "customers.MergeSuggestion": "evidence",
    "customers.Verification": "kind scope",
    "contact_channels.BlockedSender": "kind scope",
    "contact_channels.Channel": "key kind name default_language transfer_note settings last_error_code",
    "contact_channels.ClientMessage": "client_key",
    "contact_channels.PlatformCursor": "account position hint",
    "contact_channels.Delivery": "client_key",
    "contact_channels.DeliveryAttempt": "outcome",
    "contact_channels.InboundEvent": "error_code",
    "contact_channels.MailFolder": "account folder",
    "knowledge.Snippet": "shortcut title body",
    "tickets.Category": "key name required_on_resolve",
    "tickets.Queue": "key name",
    "tickets.Ticket": "preview_kind sla_state",
    "tickets.Assignment": "explanation",
    "tickets.Attachment": "content_id",
    "tickets.ContentRule": "forbidden_words link_domains",
    "tickets.DecisionReview": "kind state",
    "tickets.Draft": "kind",
    "tickets.HandOverReason": "key name",
    "tickets.IntakeRule": "acknowledgement required_on_resolve",
    "tickets.Message": "notice",
    "tickets.SavedView": "name filters",
    "sla.Calendar": "key name time_zone week",
    "sla.CalendarDay": "name hours source",
    "sla.ChannelPolicy": "out_of_hours_text contact_label contact_how contact_link",
    "sla.Policy": "key name customer_levels paused_in pausing",
    "sla.Timer": "boundaries ended_for",
    "sla.TimerChange": "reason",
    "routing.RoutingRule": "name kinds keywords languages intents sentiments",
    "routing.BreakReason": "key name",
    "qa.Survey": "key name question",
    "qa.SurveyReason": "label",
    "livechat.Invitation": "pages text",
    "automation.WebhookEndpoint": "name description events",
    "automation.WebhookDelivery": "kind",
    "counter.ServiceType": "key name prefix",
    "counter.Branch": "key name address time_zone kiosk_key",
    "counter.Window": "label",
    "counter.DayCounter": "prefix",
    "counter.Visit": "number client_id",
    "metrics.PromiseFact": "policy",
    "metrics.SideFact": "why",
    "metrics.StateFact": "state reason",
    "outsourcing.Contract": "number name time_zone currency purpose data_categories",
    "outsourcing.SlaTerm": "measure",
    "outsourcing.OnboardingStep": "name",
    "outsourcing.ImpactAssessment": "data_categories",
    "outsourcing.EndTask": "note",
    "outsourcing.Statement": "currency terms volumes",
    "alerts.AlertRule": "key name ways",
    "compliance.Export": "kind language",
}

DISPOSED_WITH: Final[Mapping[str, str]] = {
    "customers.Identity": "customers.idle",
    "customers.CustomerNote": "customers.idle",
    "customers.Guardian": "customers.idle",
    "customers.Organization": "customers.idle",
    "tickets.WrapUp": "tickets.texts",
    "tickets.DecisionReview": "tickets.texts",
    "tickets.SearchRow": "tickets.messages",
    "core.StoredFile": "tickets.attachments",
}
"""Models that no class of retention names itself, and the class whose end is theirs too."""

ENDS_BY_ITSELF: Final[Mapping[str, StrOrPromise]] = {
    "core.IdempotentAnswer": _("48 hours, by the program"),
    "accounts.StaffSession": _("until the session ends"),
    "compliance.Export": _("the file 24 hours, by the program"),
    "core.AuditEntry": _("the trail is not shortened"),
}

_SERVED = (Outlet.DESK, Outlet.API, Outlet.WEBHOOKS)
OUTLETS: Final[Mapping[str, tuple[Outlet, ...]]] = {
    "customers.Customer": _SERVED,
    "customers.Identity": (*_SERVED, Outlet.CHANNELS),
    "customers.Organization": _SERVED,
    "customers.CustomerNote": (Outlet.DESK, Outlet.API),
    "customers.Guardian": (Outlet.DESK, Outlet.API),
    "tickets.Ticket": (*_SERVED, Outlet.CHANNELS),
    "tickets.Message": (*_SERVED, Outlet.CHANNELS),
    "core.StoredFile": (*_SERVED, Outlet.CHANNELS),
    "core.Event": _SERVED,
    "tickets.WrapUp": (Outlet.DESK, Outlet.API),
    "tickets.DecisionReview": (Outlet.DESK,),
    "tickets.Draft": (Outlet.DESK,),
    "tickets.Interaction": (Outlet.DESK,),
    "livechat.ChatSession": (Outlet.DESK,),
    "counter.Visit": (Outlet.DESK,),
    "qa.SurveyResponse": (Outlet.DESK, Outlet.API),
    "contact_channels.Delivery": (Outlet.CHANNELS,),
    "contact_channels.ClientMessage": (Outlet.CHANNELS,),
    "automation.WebhookDelivery": (Outlet.WEBHOOKS,),
}
"""Where rows of a model leave to. Of the others only the house's administration shows anything."""
