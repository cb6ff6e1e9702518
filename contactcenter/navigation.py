"""The side bar of the administration, grouped as a manager thinks."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.middleware import actor_of
from apps.automation.selectors import troubled_endpoints
from apps.core.actor import Actor
from apps.privacy.selectors.requests import pressing_requests


def holds(code: str) -> Callable[[HttpRequest], bool]:
    return lambda request: code in actor_of(request).permissions


def page(
    title: Promise | str, icon: str, name: str, code: str, *, trouble: Callable[[Actor], int] | None = None
) -> dict[str, Any]:
    """`trouble` counts what waits for a person there; the number stands beside the name."""
    found = {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}"), "permission": holds(code)}
    return {**found, "trouble": trouble} if trouble else found


SIDEBAR: list[dict[str, Any]] = [
    {
        "title": _("People & access"),
        "items": [
            page(_("Users"), "person", "accounts_user_changelist", "accounts.manage"),
            page(_("Who is signed in"), "devices", "accounts_staffsession_changelist", "accounts.manage"),
            page(_("Looks as somebody else"), "visibility", "accounts_look_changelist", "audit.view"),
            page(_("Sign-in providers"), "login", "accounts_identityprovider_changelist", "accounts.manage"),
            page(_("Teams"), "group", "accounts_team_changelist", "accounts.manage"),
            page(_("Skills"), "school", "accounts_skill_changelist", "accounts.manage"),
            page(_("Who can do what"), "stars", "skills", "accounts.manage"),
            page(_("Roles"), "badge", "accounts_role_changelist", "accounts.manage"),
            page(_("Vendors"), "handshake", "accounts_vendor_changelist", "accounts.manage"),
            page(_("Contracts"), "contract", "outsourcing_contract_changelist", "accounts.manage"),
            page(_("Support accesses"), "support_agent", "outsourcing_supportaccess_changelist", "accounts.manage"),
            page(_("Impact assessments"), "balance", "outsourcing_impactassessment_changelist", "accounts.manage"),
            page(_("Who sees what"), "grid_on", "access", "accounts.manage"),
            page(_("Masking of personal data"), "visibility_off", "privacy_lenspolicy_changelist", "accounts.manage"),
            page(_("Reveals"), "visibility", "privacy_reveal_changelist", "audit.view"),
            page(_("Limits of reveals"), "lock_clock", "privacy_revealpolicy_changelist", "accounts.manage"),
            page(
                _("Watermark and copying"), "branding_watermark", "privacy_screenpolicy_changelist", "accounts.manage"
            ),
            page(_("API tokens"), "key", "accounts_apitoken_changelist", "accounts.manage"),
        ],
    },
    {
        "title": _("Channels & intake"),
        "items": [
            page(_("Channels"), "hub", "contact_channels_channel_changelist", "channels.configure"),
            page(_("Build a channel"), "webhook", "webhook-new", "channels.configure"),
            page(_("Intake rules"), "move_to_inbox", "tickets_intakerule_changelist", "channels.configure"),
            page(_("Content rules"), "spellcheck", "tickets_contentrule_changelist", "channels.configure"),
            page(_("Service levels"), "timer", "sla_policy_changelist", "channels.configure"),
            page(_("Try service levels out"), "science", "sla-trial", "channels.configure"),
            page(_("Calendars"), "calendar_month", "sla_calendar_changelist", "channels.configure"),
            page(_("Special days"), "event_busy", "sla_calendarday_changelist", "channels.configure"),
            page(_("Channel policies"), "rule_settings", "sla_channelpolicy_changelist", "channels.configure"),
            page(_("Branches"), "store", "counter_branch_changelist", "channels.configure"),
            page(_("Chat invitations"), "waving_hand", "livechat_invitation_changelist", "channels.configure"),
            page(_("Surveys"), "reviews", "qa_survey_changelist", "channels.configure"),
            page(_("Windows"), "point_of_sale", "counter_window_changelist", "channels.configure"),
            page(_("Counter services"), "concierge", "counter_servicetype_changelist", "channels.configure"),
            page(_("Routing of queues"), "alt_route", "routing_routingqueue_changelist", "channels.configure"),
            page(_("Goals of queues"), "flag", "metrics_servicegoal_changelist", "channels.configure"),
            page(_("Routing rules"), "rule", "routing_routingrule_changelist", "channels.configure"),
            page(_("Try routing out"), "experiment", "routing-trial", "channels.configure"),
            page(_("Learned successes"), "trending_up", "routing_learnedrecord_changelist", "routing.supervise"),
            page(_("Vendors' attempts"), "replay", "routing_vendorattempt_changelist", "routing.supervise"),
            page(_("Reasons for breaks"), "coffee", "routing_breakreason_changelist", "channels.configure"),
            page(_("Reasons for handing over"), "sync_alt", "tickets_handoverreason_changelist", "channels.configure"),
            page(_("Capacity"), "battery_horiz_075", "routing_capacityrule_changelist", "channels.configure"),
            page(_("Log of states"), "history", "routing_agentstatechange_changelist", "accounts.manage"),
            page(_("Brands"), "storefront", "accounts_brand_changelist", "channels.configure"),
            page(_("Blocked senders"), "block", "contact_channels_blockedsender_changelist", "channels.view_health"),
        ],
    },
    {
        "title": _("Words of tickets"),
        "items": [
            page(_("Queues"), "inbox", "tickets_queue_changelist", "channels.configure"),
            page(_("Categories"), "account_tree", "tickets_category_changelist", "channels.configure"),
            page(_("Tags"), "sell", "customers_tag_changelist", "channels.configure"),
            page(_("Snippets"), "quickreply", "knowledge_snippet_changelist", "knowledge.share_snippets"),
            page(_("Saved views"), "bookmark", "tickets_savedview_changelist", "channels.configure"),
        ],
    },
    {
        "title": _("Customers"),
        "items": [
            page(_("Customers"), "contacts", "customers_customer_changelist", "customers.view"),
            page(_("Organizations"), "apartment", "customers_organization_changelist", "customers.view"),
        ],
    },
    {
        "title": _("Data protection"),
        "items": [
            page(
                _("Requests about personal data"),
                "privacy_tip",
                "privacy_datasubjectrequest_changelist",
                "privacy.manage_requests",
                trouble=pressing_requests,
            ),
            page(_("Privacy notices"), "description", "privacy_privacynotice_changelist", "channels.configure"),
            page(_("Legal holds"), "gavel", "privacy_legalhold_changelist", "privacy.manage_holds"),
            page(_("Retention"), "auto_delete", "retention", "accounts.manage"),
            page(_("Data map"), "account_tree", "data-map", "audit.view"),
        ],
    },
    {
        "title": _("Tickets"),
        "items": [page(_("Tickets"), "confirmation_number", "tickets_ticket_changelist", "tickets.view")],
    },
    {
        "title": _("Operations"),
        "items": [
            page(_("Inbox"), "inventory", "contact_channels_inboundevent_changelist", "channels.view_health"),
            page(_("Deliveries"), "outgoing_mail", "contact_channels_delivery_changelist", "channels.view_health"),
            page(
                _("Outgoing webhooks"),
                "output",
                "automation_webhookendpoint_changelist",
                "automation.manage_webhooks",
                trouble=troubled_endpoints,
            ),
            page(_("Alert rules"), "notifications_active", "alerts_alertrule_changelist", "channels.configure"),
            page(_("Alerts"), "notifications", "alerts_alert_changelist", "channels.configure"),
            page(_("Events"), "timeline", "core_event_changelist", "audit.view"),
            page(_("Audit trail"), "policy", "core_auditentry_changelist", "audit.view"),
            page(_("Keys"), "vpn_key", "core_datakey_changelist", "audit.view"),
            page(_("Incidents"), "emergency_home", "compliance_incident_changelist", "audit.view"),
            page(_("Audit pack"), "fact_check", "audit-pack", "audit.view"),
            page(_("Exports"), "lock", "compliance_export_changelist", "audit.view"),
        ],
    },
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what the reader may open: a group without pages is left out."""
    groups = [
        {
            **group,
            "separator": True,
            "items": [_told(item, request) for item in group["items"] if item["permission"](request)],
        }
        for group in SIDEBAR
    ]
    return [group for group in groups if group["items"]]


def _told(item: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    count = item["trouble"](actor_of(request)) if "trouble" in item else 0
    return {**item, "badge": count, "badge_variant": "danger"} if count else item
