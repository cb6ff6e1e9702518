"""Many rows updated by one statement are as if each had been saved."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.updating import update_rows
from apps.customers.models import Customer
from apps.sla.models import Timer
from tests.factories.customers import CustomerFactory
from tests.factories.sla import CalendarFactory
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_values_of_every_kind_are_written_by_one_statement_and_nothing_else() -> None:
    calendar = CalendarFactory()
    timers = [
        Timer.objects.create(
            ticket=TicketFactory(), target="resolution", calendar=calendar, minutes=5, boundaries=[NOON], due_at=NOON
        )
        for _number in range(3)
    ]
    first, second, other = timers
    first.boundaries, first.state, first.due_at = [NOON, NOON], "paused", None
    second.warn_at, second.state, second.minutes = [50, 80], "breached", 99
    with CaptureQueriesContext(connection) as queries:
        update_rows([first, second], ["boundaries", "state", "due_at", "warn_at"])

    assert len(queries) == 1
    read = {row.pk: (row.boundaries, row.state, row.due_at, row.warn_at, row.minutes) for row in Timer.objects.all()}
    assert read == {
        first.pk: ([NOON, NOON], "paused", None, [], 5),
        second.pk: ([NOON], "breached", NOON, [50, 80], 5),
        other.pk: ([NOON], "running", NOON, [], 5),
    }
    update_rows([], ["state"])


def test_what_is_too_long_or_encrypted_is_refused_and_not_cut() -> None:
    row = CustomerFactory(name="Lin", language="en")
    row.language = "x" * 500
    with pytest.raises(DataError), transaction.atomic():
        update_rows([row], ["language"])
    row.name = "Somebody else"
    with pytest.raises(TypeError):
        update_rows([row], ["name"])

    kept = Customer.objects.get(pk=row.pk)
    assert (kept.name, kept.language) == ("Lin", "en")
