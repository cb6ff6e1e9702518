"""The eye beside a masked value, the desk of who approves, and the mark over the screens of who sees masked values."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.models import StaffSession, User
from apps.core.clock import now
from apps.customers.selectors import display_name
from apps.privacy.enums import FieldClass, Mode, RevealState
from apps.privacy.lens import Lens
from apps.privacy.models import Reveal, RevealPolicy, ScreenPolicy
from apps.tickets.models import Ticket
from tests.factories.customers import CustomerFactory
from tests.factories.privacy import LensPolicyFactory, RevealFactory
from tests.factories.tickets import TicketFactory, say
from tests.support.api import Api, token_of
from tests.workbench.conftest import HTMX, Desk, triggers

pytestmark = pytest.mark.integration
PHONE = "+8613800138000"


@pytest.fixture
def viewer(outsourcing_agent: User, ticket: Ticket) -> User:
    role = outsourcing_agent.role
    assert role is not None
    role.permissions = [*role.permissions, "privacy.reveal"]
    role.save()
    Ticket.objects.filter(pk=ticket.pk).update(assignee=outsourcing_agent)
    ticket.customer.identities.filter(kind="phone").delete()
    ticket.customer.identities.create(kind="phone", value=PHONE)
    return outsourcing_agent


@pytest.fixture
def address(viewer: User, ticket: Ticket) -> str:
    return reverse("workbench:reveal", args=["identity", ticket.customer.identities.get(kind="phone").public_id])


GIVEN = {"field": "value", "reason_kind": "deliver", "reason": "The courier asks for it"}


def test_the_eye_stands_beside_what_is_masked_for_whoever_may(
    desk: Desk, viewer: User, supervisor: User, ticket: Ticket, address: str
) -> None:
    message = say(ticket, "Call 13912345678", customer=ticket.customer)
    page = reverse("workbench:ticket", args=[ticket.number])
    masked = desk(viewer).get(page).content.decode()
    assert address in masked
    assert reverse("workbench:reveal", args=["message", message.public_id]) in masked
    assert address not in desk(supervisor).get(page).content.decode()


def test_the_value_is_in_the_one_answer_only(desk: Desk, viewer: User, ticket: Ticket, address: str) -> None:
    client = desk(viewer)
    asked = client.get(address, **HTMX)
    assert asked.status_code == 200
    assert PHONE not in asked.content.decode()
    answer = client.post(address, GIVEN, **HTMX)
    assert PHONE in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert 'data-seconds="30"' in answer.content.decode()
    for again in (address, reverse("workbench:ticket", args=[ticket.number])):
        assert PHONE not in client.get(again, **HTMX).content.decode()


def test_without_a_reason_the_form_comes_back(desk: Desk, viewer: User, address: str) -> None:
    answer = desk(viewer).post(address, {**GIVEN, "reason": "\u200b \u2060x"}, **HTMX)
    assert answer.status_code == 422
    assert PHONE not in answer.content.decode()
    assert not Reveal.objects.exists()


def test_an_old_proof_is_asked_for_anew(desk: Desk, viewer: User, address: str) -> None:
    client = desk(viewer)
    StaffSession.objects.update(began=now() - timedelta(minutes=16))
    answer = client.post(address, GIVEN, **HTMX)
    assert reverse("accounts:proof") in answer["HX-Redirect"]
    assert not Reveal.objects.exists()


def test_asks_appear_on_the_approvers_desk_and_come_back_decided(
    desk: Desk, viewer: User, supervisor: User, agent: User, address: str
) -> None:
    RevealPolicy.objects.create(role=viewer.role, approval_classes=["phone"])
    client, chief, news = desk(viewer), desk(supervisor), reverse("workbench:reveal-news")
    assert PHONE not in client.post(address, GIVEN, **HTMX).content.decode()
    row = Reveal.objects.get()
    assert "toast" in triggers(chief.get(f"{news}?after=0"))
    page = chief.get(reverse("workbench:reveals")).content.decode()
    assert "The courier asks for it" in page
    assert desk(agent).get(reverse("workbench:reveals")).status_code == 403
    decision = reverse("workbench:reveal-decision", args=[row.public_id])
    assert client.post(decision, {"decision": "approve"}, **HTMX).status_code == 403
    assert chief.post(decision, {"decision": "approve"}, **HTMX).status_code == 204
    assert "toast" in triggers(client.get(f"{news}?after=0"))
    assert PHONE in client.post(address, GIVEN, **HTMX).content.decode()


def test_who_approves_reads_whose_value_it_is(
    desk: Desk, viewer: User, supervisor: User, ticket: Ticket, address: str
) -> None:
    customer = ticket.customer
    waits = {"state": RevealState.WAITING, "shown_at": None, "valid_until": now() + timedelta(minutes=10)}
    RevealFactory(user=viewer, customer_id=customer.pk, ticket_id=ticket.pk, **waits)
    page = desk(supervisor).get(reverse("workbench:reveals")).content.decode()
    assert reverse("workbench:customer", args=[customer.public_id]) in page
    assert display_name(customer, customer.identities.all(), Lens.uniform(Mode.RAW)) in page
    assert reverse("workbench:ticket", args=[ticket.number]) in page
    assert f"#{ticket.number}" in page


def test_who_approves_reads_no_more_of_them_than_elsewhere(
    desk: Desk, viewer: User, agent: User, ticket: Ticket, address: str
) -> None:
    """Through their own lens, and nothing of whom they do not see."""
    assert agent.role is not None
    agent.role.permissions = [*agent.role.permissions, "privacy.approve_reveals"]
    agent.role.save()
    LensPolicyFactory(role=agent.role, field_class=FieldClass.NAME)
    hidden = TicketFactory(customer=CustomerFactory(name="周大海"))
    ticket.customer.name = "欧阳明月"
    ticket.customer.save()
    Ticket.objects.filter(pk=ticket.pk).update(assignee=agent)
    RevealFactory(user=viewer, customer_id=hidden.customer_id, ticket_id=hidden.pk)
    RevealFactory(user=viewer, customer_id=ticket.customer_id, ticket_id=ticket.pk)
    page = desk(agent).get(reverse("workbench:reveals")).content.decode()
    assert "周大海" not in page
    assert f"#{hidden.number}" not in page
    assert hidden.customer.public_id not in page
    assert "a customer you do not see" in page
    assert "欧阳明月" not in page
    assert f"#{ticket.number}" in page


def test_the_customers_panel_tells_the_house(
    desk: Desk, viewer: User, supervisor: User, ticket: Ticket, address: str
) -> None:
    desk(viewer).post(address, GIVEN, **HTMX)
    page = reverse("workbench:ticket", args=[ticket.number])
    assert "The courier asks for it" in desk(supervisor).get(page).content.decode()
    assert "The courier asks for it" not in desk(viewer).get(page).content.decode()


def test_a_program_gets_the_value_after_a_person_said_yes(
    desk: Desk, viewer: User, supervisor: User, ticket: Ticket
) -> None:
    api = Api(token_of(viewer))
    identity = ticket.customer.identities.get(kind="phone")
    body = {"record": "identity", "id": identity.public_id, **GIVEN}
    first = api.post("reveals/", body, key="same-key")
    assert (first.status_code, first.json()["value"], first.json()["state"]) == (202, None, "waiting")
    decision = reverse("workbench:reveal-decision", args=[first.json()["id"]])
    desk(supervisor).post(decision, {"decision": "approve"}, **HTMX)
    second = api.post("reveals/", body, key="same-key")
    assert (second.status_code, second.json()["value"]) == (200, PHONE)
    assert second["Cache-Control"] == "no-store"
    assert PHONE not in api.get("reveals/").content.decode()
    assert Api(token_of(viewer, ["tickets.view"])).post("reveals/", body).status_code == 403


def test_news_tell_nobody_else(desk: Desk, viewer: User, agent: User) -> None:
    RevealFactory(user=agent, is_unusual=True)
    news = f"{reverse('workbench:reveal-news')}?after=0"
    assert "toast" not in triggers(desk(viewer).get(news))


# Watermark and copying


def test_who_sees_masked_values_has_a_mark_over_the_desk(desk: Desk, viewer: User, supervisor: User) -> None:
    home = reverse("workbench:list", args=["open"])
    page = desk(viewer).get(home).content.decode()
    assert reverse("workbench:watermark") in page
    assert "data-no-print" in page
    assert 'data-most-copied="200"' in page
    assert reverse("workbench:watermark") not in desk(supervisor).get(home).content.decode()
    mark = desk(viewer).get(reverse("workbench:watermark"))
    assert mark["Content-Type"] == "image/svg+xml"
    assert viewer.username in mark.content.decode()


def test_the_roles_policy_decides(desk: Desk, viewer: User) -> None:
    ScreenPolicy.objects.create(role=viewer.role, has_watermark=False, may_copy=True, may_print=True)
    assert "screen-guard" not in desk(viewer).get(reverse("workbench:list", args=["open"])).content.decode()
