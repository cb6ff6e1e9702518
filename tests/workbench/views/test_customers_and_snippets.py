import re

import pytest

from apps.accounts.models import User
from apps.customers.enums import TagTarget
from apps.customers.models import Customer
from apps.knowledge.models import Snippet
from apps.tickets.models import Ticket
from tests.factories.customers import TagFactory
from tests.workbench.conftest import HTMX, Desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
SNIPPET = {"shortcut": "thanks", "scope": "private", "title_en": "Thanks", "body_en": "Thank you, {{customer.name}}."}


def test_a_customer_is_changed_beside_the_ticket(desk: Desk, agent: User, ticket: Ticket, customer: Customer) -> None:
    address = f"/desk/customers/{customer.public_id}/details/"
    data = {"name": "林小雨", "level": "vip", "language": "en", "time_zone": "", "version": customer.version}
    response = desk(agent).post(address, data, **HTMX)
    customer.refresh_from_db()
    assert response.status_code == 204
    assert (customer.level, customer.language) == ("vip", "en")


def test_a_second_change_of_a_customer_is_held_back(
    desk: Desk, agent: User, ticket: Ticket, customer: Customer
) -> None:
    address = f"/desk/customers/{customer.public_id}/details/"
    data = {"name": "林小雨", "level": "vip", "version": customer.version}
    desk(agent).post(address, data, **HTMX)
    response = desk(agent).post(address, {**data, "level": "gold"}, **HTMX)
    customer.refresh_from_db()
    assert response["HX-Retarget"] == "#dialog"
    assert customer.level == "vip"


def test_the_second_editor_of_a_customer_sees_what_differs_and_may_insist(
    desk: Desk, agent: User, ticket: Ticket, customer: Customer
) -> None:
    browser, address = desk(agent), f"/desk/customers/{customer.public_id}/details/"
    TagFactory(key="loyal", target=TagTarget.CUSTOMERS, name={"en": "Loyal"})
    data = {"name": "林小雨", "level": "vip", "version": customer.version}
    browser.post(address, data, **HTMX)

    held = browser.post(address, {**data, "level": "gold", "tags": ["loyal"]}, **HTMX)
    body = held.content.decode()
    assert "Somebody changed this customer meanwhile" in body
    assert '<span class="strong">Level</span> VIP → Gold' in body
    assert '<span class="strong">Tags</span> – → Loyal' in body

    insisted = dict(HIDDEN.findall(body))
    assert browser.post(address, insisted, **HTMX).status_code == 204
    customer.refresh_from_db()
    assert (customer.level, [tag.key for tag in customer.tags.all()]) == ("gold", ["loyal"])


def test_who_insists_is_held_back_again_by_a_third_editor(
    desk: Desk, agent: User, ticket: Ticket, customer: Customer
) -> None:
    browser, address = desk(agent), f"/desk/customers/{customer.public_id}/details/"
    data = {"name": "林小雨", "level": "vip", "version": customer.version}
    browser.post(address, data, **HTMX)
    insisted = dict(HIDDEN.findall(browser.post(address, {**data, "level": "gold"}, **HTMX).content.decode()))
    browser.post(address, {**data, "level": "standard", "version": insisted["version"]}, **HTMX)

    assert browser.post(address, insisted, **HTMX)["HX-Retarget"] == "#dialog"
    customer.refresh_from_db()
    assert customer.level == "standard"


def test_a_way_to_reach_a_customer_is_added_and_checked(
    desk: Desk, agent: User, ticket: Ticket, customer: Customer
) -> None:
    address = f"/desk/customers/{customer.public_id}/identities/"
    assert desk(agent).post(address, {"kind": "phone", "value": "no number"}, **HTMX).status_code == 422
    assert desk(agent).post(address, {"kind": "email", "value": "second@example.com"}, **HTMX).status_code == 204
    assert "second@example.com" in {identity.value for identity in customer.identities.all()}


def test_who_may_not_edit_customers_gets_no_form(
    desk: Desk, outsourcing_agent: User, ticket: Ticket, customer: Customer
) -> None:
    for path in ("details/", "identities/"):
        response = desk(outsourcing_agent).get(f"/desk/customers/{customer.public_id}/{path}", **HTMX)
        assert response.status_code == 403
    assert desk(outsourcing_agent).get("/desk/customers/").status_code in {200, 403}


def test_snippets_are_written_changed_and_deleted(desk: Desk, agent: User) -> None:
    browser = desk(agent)
    assert browser.post("/desk/snippets/new/", {**SNIPPET, "body_en": ""}, **HTMX).status_code == 422
    assert browser.post("/desk/snippets/new/", SNIPPET, **HTMX)["HX-Redirect"] == "/desk/snippets/"
    row = Snippet.objects.get()
    assert (row.owner, row.scope, row.shortcut) == (agent, "private", "thanks")
    browser.post(f"/desk/snippets/{row.pk}/", {**SNIPPET, "title_en": "Many thanks"}, **HTMX)
    row.refresh_from_db()
    assert row.title.get("en") == "Many thanks"
    assert "/thanks" in browser.get("/desk/snippets/").content.decode()
    browser.post(f"/desk/snippets/{row.pk}/removal/", **HTMX)
    assert not Snippet.objects.exists()


def test_a_private_snippet_is_nobody_elses(desk: Desk, agent: User, teammate: User) -> None:
    desk(agent).post("/desk/snippets/new/", SNIPPET, **HTMX)
    row = Snippet.objects.get()
    for path in ("", "removal/"):
        assert desk(teammate).post(f"/desk/snippets/{row.pk}/{path}", SNIPPET, **HTMX).status_code == 404
    assert "/thanks" not in desk(teammate).get("/desk/snippets/").content.decode()


def test_an_agent_shares_nothing_with_everybody(desk: Desk, agent: User) -> None:
    assert desk(agent).post("/desk/snippets/new/", {**SNIPPET, "scope": "all"}, **HTMX).status_code == 422
    assert not Snippet.objects.exists()
