"""Ratings below what a contract asks for are warned of, once, until they are good again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.models import Event
from apps.core.sweeps import run_sweep
from apps.outsourcing.models import Contract, QualityWarning
from apps.tickets.models import Queue
from tests.factories.accounts import UserFactory, VendorFactory
from tests.factories.metrics import contacted
from tests.factories.qa import rated
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def watched(contract: Contract) -> Contract:
    Contract.objects.update(quality_floor=80, least_ratings=2)
    return contract


def rate(queue: Queue, user: User, *scores: int, days_ago: int = 1) -> None:
    at = now() - timedelta(days=days_ago)
    for score in scores:
        response = rated(TicketFactory(queue=queue), score, answered_at=at)
        contact = contacted(queue, at - timedelta(hours=2), user, is_live=True, ended_at=at - timedelta(hours=1))
        contact.delete()
        contact.interaction_id = response.interaction_id
        contact.save(force_insert=True)


def look() -> list[tuple[int | None, float, int]]:
    run_sweep("outsourcing.watch_quality")
    rows = QualityWarning.objects.filter(ended__isnull=True).order_by("user_id")
    return sorted(((row.user_id, row.figure, row.ratings) for row in rows), key=str)


def test_whoever_is_below_is_warned_of_once_and_the_warning_ends(
    watched, queue, outsourcing_agent, vendor, vendor_team, manager
) -> None:
    good = UserFactory(username="good", role="vendor_agent", vendor=vendor, teams=[vendor_team])
    rate(queue, outsourcing_agent, 1, 5)
    rate(queue, good, 5, 5)
    low = [(None, 75.0, 4), (outsourcing_agent.pk, 50.0, 2)]
    assert look() == sorted(low, key=str)
    assert look() == sorted(low, key=str)
    assert Event.objects.filter(kind="vendor.quality_below").count() == 2
    client = Client()
    client.force_login(manager)
    page = client.get(reverse("admin:vendor-people", args=[vendor.pk])).content.decode()
    assert "50 % of 2 ratings satisfied, 80 % agreed" in page

    rate(queue, outsourcing_agent, *[5] * 8)
    assert look() == []
    assert QualityWarning.objects.count() == 2


def test_few_ratings_old_ones_and_those_of_others_warn_of_nobody(watched, queue, outsourcing_agent, agent) -> None:
    rival = UserFactory(role="vendor_agent", vendor=VendorFactory(key="northstar"))
    rate(queue, outsourcing_agent, 1)
    rate(queue, outsourcing_agent, 1, 1, days_ago=40)
    rate(queue, agent, 1, 1)
    rate(queue, rival, 1, 1)
    assert look() == []


def test_warnings_end_with_the_floor(watched, queue, outsourcing_agent) -> None:
    rate(queue, outsourcing_agent, 1, 1)
    assert look() == sorted([(None, 0.0, 2), (outsourcing_agent.pk, 0.0, 2)], key=str)
    Contract.objects.update(quality_floor=None)
    assert look() == []
