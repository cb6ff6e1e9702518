"""The demo company: the same each time, nothing pending, nobody real."""

import re
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import get_resolver
from pytest_django.plugin import DjangoDbBlocker

from apps.accounts.models import User
from apps.alerts.models import AlertRule
from apps.channels import registry
from apps.channels.forms import settings_form_for
from apps.channels.models import Channel, Delivery
from apps.channels.selectors.health import channel_health
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.customers.models import Customer, Identity
from apps.outsourcing.models import Statement
from apps.privacy.enums import Purpose
from apps.privacy.models import DataSubjectRequest, RetentionRule
from apps.privacy.offering import offered_choices
from apps.privacy.retention import class_of
from apps.privacy.selectors.notices import notice_in_force
from apps.routing.models import RoutingQueue
from apps.simulator.platforms import PLATFORMS
from apps.tickets.enums import MessageKind, Status
from apps.tickets.models import IntakeRule, Message, SavedView, Ticket
from tests.support.worlds import undone

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("seed")]

RESERVED = re.compile(r"[@.]example(\.(com|org|net))?$")


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    assert get_resolver().url_patterns  # read once a process: not with the demo's, which other tests do not expect
    with override_settings(DEMO=True, DEMO_PASSWORD="contact-center"), undone(django_db_blocker):
        call_command("seed", "--tickets", "150", "--customers", "60", verbosity=0)
        yield


@pytest.fixture
def seeded(company: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with undone(django_db_blocker):
        yield


def test_every_state_and_both_languages_are_there(seeded: None) -> None:
    assert set(Ticket.objects.values_list("status", flat=True)) == set(Status.values)
    # How late they are by now depends on the hour and the day of the week.
    states = set(Ticket.objects.values_list("sla_state", flat=True))
    assert "" in states
    assert states & {"running", "warning", "breached"}
    assert set(Ticket.objects.values_list("language", flat=True)) >= {"zh-hans", "en"}
    assert {"manager", "supervisor", "agent", "vendor_agent"} <= set(User.objects.values_list("username", flat=True))
    assert Ticket.objects.count() >= 150
    assert RoutingQueue.objects.filter(is_automatic=True).count() == 1
    assert set(Message.objects.values_list("kind", flat=True)) >= {
        MessageKind.CUSTOMER,
        MessageKind.AGENT,
        MessageKind.NOTE,
    }


def test_nothing_of_it_waits_to_be_sent_or_stands_as_trouble(seeded: None) -> None:
    assert Delivery.objects.exists()
    assert not Delivery.objects.unsettled().exists()
    rows = channel_health(SYSTEM)
    assert rows
    assert [(row.waiting, row.parked, row.undelivered, row.failed, row.unknown) for row in rows] == [(0,) * 5] * len(
        rows
    )


def test_people_are_told_in_both_languages_that_vendors_answer(seeded: None) -> None:
    ticket = Ticket.objects.earliest("opened_at")
    notice = notice_in_force(ticket.brand_id)
    assert notice is not None
    assert notice.covers_vendors
    assert notice.valid_from < ticket.opened_at
    assert all(notice.text[language] and notice.covers[language] for language in ("zh-hans", "en"))
    shown = {choice.purpose for choice in offered_choices([Customer.objects.earliest("pk").pk])}
    assert Purpose.THIRD_PARTY not in shown


def test_a_manager_finds_what_waits_for_them(seeded: None) -> None:
    statement = Statement.objects.get()
    assert (statement.state, statement.is_sent) == ("sent", True)
    assert {rule.is_active for rule in RetentionRule.objects.all()} == {False}
    assert all(class_of(rule.data_class) for rule in RetentionRule.objects.all())
    assert DataSubjectRequest.objects.get().due_at > now()
    assert set(AlertRule.objects.values_list("measure", flat=True)) >= {"reveals", "term_at_risk"}


def test_nobody_is_real(seeded: None) -> None:
    mails = [row.value for row in Identity.objects.filter(kind="email")]
    assert mails
    assert [mail for mail in mails if not RESERVED.search(mail)] == []


def test_a_second_seed_is_refused_and_changes_nothing(seeded: None) -> None:
    before = (Ticket.objects.count(), Customer.objects.count(), SavedView.objects.count())
    with pytest.raises(CommandError, match="already"):
        call_command("seed", "--tickets", "5", "--customers", "5", verbosity=0)
    assert (Ticket.objects.count(), Customer.objects.count(), SavedView.objects.count()) == before


@override_settings(DEMO=False, DEBUG=False)
def test_an_installation_that_is_no_demo_is_never_filled(db: None) -> None:
    before = User.objects.count()
    with pytest.raises(CommandError, match="DEMO"):
        call_command("seed", verbosity=0)
    assert User.objects.count() == before


def test_every_platform_that_is_played_has_a_channel_with_somewhere_to_go(seeded: None) -> None:
    channels = {channel.kind: channel for channel in Channel.objects.filter(kind__in=PLATFORMS)}

    assert set(channels) == set(PLATFORMS)
    for kind, channel in channels.items():
        assert IntakeRule.objects.filter(channel=channel).exists()
        # An own app calls us and is called by nobody.
        if any(setting.key == "api_base" for setting in registry.get(kind).settings):
            base = channel.settings["api_base"]
            assert base.startswith("http://127.0.0.1:")
            assert settings_form_for(registry.get(kind))(channel=channel).initial["api_base"] == base
