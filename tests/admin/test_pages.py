"""Every page of the administration, found by introspection: who may open it, what it costs, and that looking changes nothing."""

import re
from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from apps.accounts.admin_site import StaffSite
from apps.accounts.models import AgentSkill, IdentityProvider, Look, Skill
from apps.channels.models import BlockedSender
from apps.core import audit
from apps.core.actor import person
from apps.core.clock import now
from apps.core.events import number_events
from apps.core.fields import encrypted_fields
from apps.core.models import AuditEntry, DataKey, Event
from apps.customers.models import Customer
from apps.knowledge.models import Snippet
from apps.livechat.models import Invitation
from apps.metrics.models import ServiceGoal
from apps.outsourcing.models import SupportAccess
from apps.privacy.models import (
    DataSubjectRequest,
    LegalHold,
    LensPolicy,
    PrivacyNotice,
    RequestTerm,
    RetentionRule,
    RetentionRun,
    RevealPolicy,
    ScreenPolicy,
)
from apps.routing.models import (
    AgentStateChange,
    BreakReason,
    CapacityRule,
    LearnedRecord,
    RoutingQueue,
    RoutingRule,
    VendorAttempt,
)
from apps.sla.models import CalendarDay, ChannelPolicy
from apps.tickets.models import ContentRule, HandOverReason, Queue, SavedView, Ticket
from apps.tickets.services.lifecycle import change_fields
from contactcenter.navigation import SIDEBAR
from tests.factories.accounts import BrandFactory, RoleFactory, TeamFactory, UserFactory, VendorFactory
from tests.factories.alerts import AlertFactory
from tests.factories.automation import WebhookEndpointFactory
from tests.factories.channels import ChannelFactory, DeliveryFactory, InboundEventFactory
from tests.factories.compliance import ExportFactory, IncidentFactory
from tests.factories.counter import BranchFactory, ServiceTypeFactory, WindowFactory
from tests.factories.customers import CustomerFactory, OrganizationFactory, TagFactory
from tests.factories.outsourcing import ContractFactory
from tests.factories.privacy import RevealFactory
from tests.factories.qa import SurveyReasonFactory
from tests.factories.sla import CalendarFactory, PolicyFactory
from tests.factories.tickets import CategoryFactory, IntakeRuleFactory, QueueFactory, TicketFactory
from tests.support.api import token_of

pytestmark = pytest.mark.integration
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def name_of(model) -> str:
    return model._meta.label_lower


def one_more(manager) -> None:
    """Another row of everything, with rows of its own beside it."""
    vendor, brand, queue = VendorFactory(), BrandFactory(), QueueFactory()
    role = RoleFactory()
    team = TeamFactory(vendor=vendor)
    UserFactory(role=role, vendor=vendor, teams=[team])
    channel = ChannelFactory(brand=brand)
    category = CategoryFactory(parent=CategoryFactory())
    IntakeRuleFactory(channel=channel, queue=queue, category=category, team=team)
    customer = CustomerFactory(organization=OrganizationFactory(), phone=f"+86138001{customer_number():05}")
    customer.tags.add(TagFactory())
    ticket = TicketFactory(
        queue=queue, channel=channel, customer=customer, category=category, team=team, assignee=UserFactory()
    )
    InboundEventFactory(channel=channel)
    DeliveryFactory(channel=channel)
    BlockedSender.objects.create(kind="email", value=f"bad{ticket.pk}@example.com", blocked_by=UserFactory())
    LensPolicy.objects.create(role=role, field_class="name", mode="masked")
    PrivacyNotice.objects.create(brand=brand, version=1, text={"en": "x"})
    LegalHold.objects.create(reason="x", created_by=UserFactory())
    DataSubjectRequest.objects.create(kind="access", law="gdpr", came_by="mail", customer_id=customer.pk, due_at=now())
    RequestTerm.objects.get_or_create(law="gdpr", defaults={"days": 20, "more_days": 0})
    rule = RetentionRule.objects.create(data_class="tickets.messages", clock="closed", days=30, channel_id=channel.pk)
    RetentionRun.objects.create(rule=rule, data_class=rule.data_class, days=30, started=now(), before=now())
    RevealPolicy.objects.create(role=role)
    ScreenPolicy.objects.create(role=role)
    RevealFactory(customer_id=customer.pk)
    Snippet.objects.create(
        owner=manager, scope="team", team=team, shortcut=f"s{ticket.pk}", title={"en": "x"}, body={"en": "x"}
    )
    SavedView.objects.create(owner=UserFactory(), scope="all", team=team, name={"en": "x"})
    calendar = CalendarFactory()
    CalendarDay.objects.create(calendar=calendar, date=date(2026, 10, 1), name={"en": "National Day"})
    ChannelPolicy.objects.create(channel=channel, calendar=calendar, answer_minutes=60)
    PolicyFactory(calendar=calendar, is_default=False, targets={"resolution": 60}).channels.add(channel)
    ContentRule.objects.create(channel=channel)
    Invitation.objects.create(channel=ChannelFactory(kind="chat"), text={"en": "Need help?"})
    SurveyReasonFactory()
    WebhookEndpointFactory()
    ServiceGoal.objects.create(queue=queue)
    AlertFactory(queue=queue)
    ContractFactory(vendor=vendor, queues=[queue], channels=[channel])
    IncidentFactory(people=[manager])
    ExportFactory(asked_by=manager)
    WindowFactory(branch=BranchFactory(services=[ServiceTypeFactory()]))
    on_the_floor(queue)
    SupportAccess.objects.create(
        vendor=VendorFactory(is_support=True),
        reason="x",
        starts_at=now(),
        ends_at=now() + timedelta(1),
        given_by=manager,
    )
    Look.objects.create(user=manager, seen_as=UserFactory(), reason="x", began=now(), ends_at=now())
    IdentityProvider.objects.create(
        key=f"idp-{ticket.pk}", name={"en": "x"}, issuer="https://login.example", client_id="x", client_secret="y"
    )
    token_of(manager)
    change_fields(ticket=ticket, by=person(manager), priority=40)
    audit.record("test.done", by=person(manager), subject=ticket)
    DataKey.objects.create(created=now(), master_key="demo", wrapped=b"", retired=now(), destroyed=now())
    number_events()


def on_the_floor(queue: Queue) -> None:
    user, skill = UserFactory(), Skill.objects.create(key=f"skill-{queue.pk}", name={"en": "x"})
    AgentSkill.objects.create(user=user, skill=skill, level=3)
    BreakReason.objects.create(key=f"reason-{queue.pk}", name={"en": "x"})
    HandOverReason.objects.create(key=f"hand-over-{queue.pk}", name={"en": "x"})
    CapacityRule.objects.create(kind="mail", at_most=5, user=user)
    AgentStateChange.objects.create(user=user, created=now(), state="busy", cause="self")
    routing, vendor = RoutingQueue.objects.create(queue=queue), VendorFactory()
    rule = RoutingRule.objects.create(routing=routing, name={"en": "x"}, goes_to="vendor", vendor=vendor, skill=skill)
    rule.categories.add(CategoryFactory())
    ticket, moment = TicketFactory(queue=queue), now()
    VendorAttempt.objects.create(
        ticket=ticket, user=user, vendor=vendor, failure="returned", event_id=ticket.pk, created=moment
    )
    LearnedRecord.objects.create(
        user=user, category=CategoryFactory(), successes=1, trials=2, since=moment, until=moment
    )


def customer_number() -> int:
    return Customer.objects.count()


@pytest.fixture
def furnished(manager) -> None:
    one_more(manager)


def test_the_site_is_ours():
    assert isinstance(admin.site, StaffSite)
    assert len(MODELS) >= 22


def test_every_page_opens_for_the_manager(office, furnished):
    for model in MODELS:
        page = admin.site._registry[model]
        row = model._default_manager.order_by("pk").last()

        listed = office.get(address(model, "changelist"))
        assert listed.status_code == 200, model
        assert listed.context["cl"].result_count >= 1, model
        # An event's payload is read in the ticket's history, through the lens.
        shown = office.get(address(model, "change", row.pk)).status_code
        assert shown == 200 or (model is Event and shown in {302, 403}), model
        may_add = page.may_add and bool(page.change_code)
        assert office.get(address(model, "add")).status_code == (200 if may_add else 403), model


@pytest.mark.parametrize("who", ["agent", "outsourcing_agent", "stranger", "supervisor"])
def test_nobody_else_enters(cast, furnished, who):
    client = Client()
    client.force_login(cast[who])
    for model in MODELS:
        row = model._default_manager.order_by("pk").last()
        for page, args in (("changelist", ()), ("add", ()), ("change", (row.pk,)), ("delete", (row.pk,))):
            response = client.get(address(model, page, *args), follow=True)
            assert response.status_code == 403, (model, page)


def test_without_a_sign_in_one_is_sent_to_it(client, db):
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/sign-in/?next=/admin/")


def test_flags_of_django_open_nothing(agent):
    agent.is_staff = agent.is_superuser = True
    agent.save()
    client = Client()
    client.force_login(agent)

    assert client.get("/admin/", follow=True).status_code == 403


def test_three_rows_cost_as_much_as_one(office, manager):
    """No query for each row, whatever a list shows of its neighbours."""

    def queries(model) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office.get(address(model, "changelist")).status_code == 200
        return len(captured)

    one_more(manager)
    for model in MODELS:  # what is read once for a process
        office.get(address(model, "changelist"))
    with_one = {model: queries(model) for model in MODELS}
    one_more(manager)
    one_more(manager)
    with_three = {model: queries(model) for model in MODELS}

    assert {model: (with_one[model], count) for model, count in with_three.items() if count > with_one[model]} == {}


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_encrypted_columns_are_neither_sought_nor_sorted_nor_filtered(model):
    page = admin.site._registry[model]
    sealed = set(encrypted_fields(model))

    named = {name.lstrip("=^@").split("__")[0] for name in page.search_fields}
    columns = [item for item in page.list_filter if not isinstance(item, type)]  # a class offers answers of its own
    named |= {(item[0] if isinstance(item, tuple) else item).split("__")[0] for item in columns}
    named |= {name.lstrip("-").split("__")[0] for name in page.ordering or ()}
    named |= set(page.filtered_fields)

    assert not named & sealed


@pytest.mark.parametrize(
    "lookup", ["password__startswith", "digest", "secrets", "name_index", "user__password", "pk__gt"]
)
def test_only_offered_filters_are_answered(office, furnished, lookup):
    """Bad input 75: columns are not to be asked for one character after another."""
    for model in MODELS:
        assert office.get(address(model, "changelist"), {lookup: "p"}).status_code in {302, 400}, model


@pytest.mark.parametrize(
    "query", [{"o": "999"}, {"o": "x.y"}, {"p": "1000000000"}, {"p": "x"}, {"_to_field": "password"}]
)
def test_strange_sorting_and_paging(office, furnished, query):
    """Bad input 12."""
    assert office.get(address(Ticket, "changelist"), query).status_code in {200, 302, 400}


def test_looking_changes_nothing(office, furnished):
    """Bad input 93: the whole administration is walked by GET, and only views are recorded."""
    before = {model: sorted(model._default_manager.values_list("pk", flat=True)) for model in MODELS}
    versions = list(Ticket.objects.order_by("pk").values_list("version", "updated"))

    for model in MODELS:
        row = model._default_manager.order_by("pk").last()
        for page, args in (("changelist", ()), ("add", ()), ("change", (row.pk,)), ("history", (row.pk,))):
            office.get(address(model, page, *args))
    office.get(reverse("admin:access"))

    for model in MODELS:
        if model is not AuditEntry:
            assert sorted(model._default_manager.values_list("pk", flat=True)) == before[model]
    assert list(Ticket.objects.order_by("pk").values_list("version", "updated")) == versions
    new = AuditEntry.objects.exclude(pk__in=before[AuditEntry]).values_list("action", flat=True)
    assert set(new) <= {"customer.viewed", "ticket.viewed", "permission.refused"}
    assert not LogEntry.objects.exists()


def test_the_side_bar_leads_to_pages_that_open(office, furnished):
    groups = [str(group["title"]) for group in SIDEBAR]
    assert len(groups) == 7
    for group in SIDEBAR:
        for item in group["items"]:
            assert office.get(str(item["link"])).status_code == 200, item["title"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_first_page_speaks_the_managers_language(office, manager, language):
    manager.language = language
    manager.save()

    page = office.get("/admin/").content.decode()

    with translation.override(language):
        for group in SIDEBAR:
            assert str(group["title"]).replace("&", "&amp;") in page


def test_the_policy_allows_no_inline_script(office, furnished):
    for page in ("/admin/", address(Ticket, "changelist"), reverse("admin:access")):
        response = office.get(page)
        policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
        assert "'unsafe-inline'" not in policy["script-src"]
        assert "no-store" in response["Cache-Control"]
        inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", response.content.decode())
        assert not [tag for tag in inline if "application/json" not in tag], page


def test_the_search_of_pages_keeps_nothing_in_the_cache(office, settings):
    response = office.get("/admin/search/", {"s": "queue"})

    assert response.status_code == 200
    assert "queue" in response.content.decode().lower()


def test_lists_show_names_in_the_reader_s_language(office, manager):
    """As they are kept they are JSON, which nobody wants to read."""
    ChannelFactory(key="shop", name={"en": "The shop", "zh-hans": "商店"})
    for language, name in (("en", "The shop"), ("zh-hans", "商店")):
        manager.language = language
        manager.save(update_fields=["language"])
        page = office.get(reverse("admin:contact_channels_channel_changelist")).content.decode()
        assert name in page
        assert "&quot;zh-hans&quot;" not in page
