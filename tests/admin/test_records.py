"""Customers, tickets, vocabulary: through the lens, read-only or by service."""

import pytest
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.customers.models import Customer
from apps.knowledge.models import Snippet
from apps.privacy.models import LensPolicy
from apps.tickets.models import Category, SavedView, Ticket
from tests.factories.tickets import CategoryFactory, TicketFactory

pytestmark = pytest.mark.integration


def page_text(office, name, *args, **query):
    return office.get(reverse(f"admin:{name}", args=args), query).content.decode()


def test_a_manager_sees_customers_as_the_lens_allows(office, manager, customer, ticket):
    pages = [
        ("customers_customer_changelist",),
        ("customers_customer_change", customer.pk),
        ("tickets_ticket_changelist",),
        ("tickets_ticket_change", ticket.pk),
    ]
    assert all("林小雨" in page_text(office, *page) for page in pages)
    for field_class in ("name", "phone", "email"):
        LensPolicy.objects.create(role=manager.role, field_class=field_class, mode="masked")

    for page in pages:
        text = page_text(office, *page)
        for secret in ("林小雨", "13800138000", "lin@example.com"):
            assert secret not in text, page


def test_customers_are_found_by_a_whole_handle(office, customer):
    def found(text):
        page = office.get(reverse("admin:customers_customer_changelist"), {"q": text})
        return [row.pk for row in page.context["cl"].result_list]

    assert found("13800138000") == [customer.pk]
    assert found("lin@example.com") == [customer.pk]
    assert found("1380013") == []
    assert found("林") == []


def test_looking_at_a_customer_or_a_ticket_is_recorded(office, customer, ticket):
    page_text(office, "customers_customer_change", customer.pk)
    page_text(office, "tickets_ticket_change", ticket.pk)

    assert set(AuditEntry.objects.values_list("action", "subject_id", "face")) == {
        ("customer.viewed", customer.pk, "admin"),
        ("ticket.viewed", ticket.pk, "admin"),
    }


@pytest.mark.parametrize("name", ["customers_customer", "customers_organization", "tickets_ticket", "core_auditentry"])
def test_records_are_read_only(office, customer, ticket, name):
    row = {"customers_customer": customer, "tickets_ticket": ticket}.get(name, ticket)
    version = Ticket.objects.get().version

    for page in ("add", "change", "delete"):
        args = [] if page == "add" else [row.pk]
        response = office.post(reverse(f"admin:{name}_{page}", args=args), {"name": "x", "subject": "x", "post": "yes"})
        assert response.status_code in {302, 403}, page
    assert Ticket.objects.get().version == version
    assert Customer.objects.get().name == "林小雨"


def test_tickets_are_found_by_their_whole_number(office, ticket):
    TicketFactory()

    def found(text):
        page = office.get(reverse("admin:tickets_ticket_changelist"), {"q": text})
        return [row.pk for row in page.context["cl"].result_list]

    assert found(str(ticket.number)) == found(f"#{ticket.number}") == [ticket.pk]
    assert found(str(ticket.number)[:2]) == found("Screen") == found("9" * 40) == []


def test_actions_on_tickets_call_services(office, ticket, agent):
    ticket.assignee = agent
    ticket.save()
    page = reverse("admin:tickets_ticket_changelist")

    office.post(page, {"action": "release", "_selected_action": [ticket.pk]})
    office.post(page, {"action": "mark_spam", "_selected_action": [ticket.pk]})

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.is_spam) == (None, True)
    from apps.core.models import Event

    kinds = Event.objects.filter(face="admin").values_list("kind", flat=True)
    assert set(kinds) == {"ticket.assigned", "ticket.field_changed"}


def test_a_refused_action_names_the_ticket_and_goes_on(office, ticket):
    closed = TicketFactory(status="closed")

    page = office.post(
        reverse("admin:tickets_ticket_changelist"),
        {"action": "release", "_selected_action": [closed.pk, ticket.pk]},
        follow=True,
    ).content.decode()

    assert f"#{closed.number}: " in page


def test_actions_are_offered_by_permission(office, manager, ticket):
    manager.role.permissions = [code for code in manager.role.permissions if code != "tickets.spam"]
    manager.role.save()

    assert 'value="mark_spam"' not in page_text(office, "tickets_ticket_changelist")
    body = {"action": "mark_spam", "_selected_action": [ticket.pk]}
    office.post(reverse("admin:tickets_ticket_changelist"), body)
    assert not Ticket.objects.get().is_spam


def category_form(**changes):
    return {
        "key": "screen",
        "name_zh_hans": "屏幕",
        "name_en": "Screen",
        "parent": "",
        "position": "0",
        "is_active": "on",
        **changes,
    }


def test_categories_keep_their_path(office):
    root = CategoryFactory(key="repair")
    office.post(reverse("admin:tickets_category_add"), category_form(parent=root.pk))
    leaf = Category.objects.get(key="screen")
    root.refresh_from_db()
    assert leaf.path == [root.pk, leaf.pk]

    top = CategoryFactory(key="service")
    form = category_form(key="repair", parent=top.pk)
    assert office.post(reverse("admin:tickets_category_change", args=[root.pk]), form).status_code == 302

    paths = dict(Category.objects.values_list("key", "path"))
    assert paths["repair"] == [top.pk, root.pk]
    assert paths["screen"] == [top.pk, root.pk, leaf.pk]


def test_a_category_cannot_lie_under_itself(office):
    root = CategoryFactory(key="repair")
    office.post(reverse("admin:tickets_category_change", args=[root.pk]), category_form())
    leaf = CategoryFactory(key="leaf", parent=root, path=[root.pk])
    Category.objects.filter(pk=leaf.pk).update(path=[root.pk, leaf.pk])

    response = office.post(reverse("admin:tickets_category_change", args=[root.pk]), category_form(parent=leaf.pk))

    assert response.status_code == 200
    assert "parent" in response.context["adminform"].form.errors


def test_shared_snippets_and_nobody_elses_private_ones(office, manager, agent):
    form = {
        "scope": "all",
        "shortcut": "thanks",
        "title_zh_hans": "感谢",
        "title_en": "Thanks",
        "body_zh_hans": "<p>谢谢<script>x</script></p>",
        "body_en": "<p>Thank you</p>",
    }
    private = Snippet.objects.create(owner=agent, shortcut="mine", title={"en": "Mine"}, body={"en": "x"})

    assert office.post(reverse("admin:knowledge_snippet_add"), form).status_code == 302

    snippet = Snippet.objects.get(shortcut="thanks")
    assert (snippet.owner, snippet.title["en"]) == (manager, "Thanks")
    assert "script" not in snippet.body["zh-hans"]
    assert office.get(reverse("admin:knowledge_snippet_change", args=[private.pk])).status_code == 302
    assert "mine" not in page_text(office, "knowledge_snippet_changelist")


def test_saved_views(office, manager, agent):
    shared = SavedView.objects.create(owner=agent, scope="all", name={"en": "Urgent"}, filters={"priority": ["40"]})
    form = {"name_zh_hans": "紧急", "name_en": "Very urgent", "scope": "all", "team": "", "position": "3"}

    assert office.post(reverse("admin:tickets_savedview_change", args=[shared.pk]), form).status_code == 302

    shared.refresh_from_db()
    assert (shared.name["en"], shared.position, shared.filters) == ("Very urgent", 3, {"priority": ["40"]})
