import pytest

from apps.accounts.models import User
from apps.customers.models import Verification
from apps.tickets.models import Ticket
from tests.workbench.conftest import HTMX, Desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]


def test_the_dialog_offers_what_is_not_proved_and_says_where_the_code_comes_back(
    desk: Desk, agent: User, ticket: Ticket
) -> None:
    page = desk(agent).get(f"/desk/tickets/{ticket.number}/proofs/", **HTMX).content.decode()
    assert "on Channel support" in page
    assert 'value="link"' in page


def test_nothing_entered_is_told_and_asks_nothing(desk: Desk, agent: User, ticket: Ticket) -> None:
    answer = desk(agent).post(f"/desk/tickets/{ticket.number}/proofs/", {"method": "code"}, **HTMX)
    assert answer.status_code == 422
    assert not Verification.objects.exists()
