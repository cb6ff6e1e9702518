"""Saving a list as a view, from the desk."""

import pytest
from django.contrib.messages import get_messages

from apps.accounts.models import Team, User
from apps.tickets.models import Queue, SavedView, Ticket
from apps.tickets.selectors.lists import ListFilters
from tests.factories.tickets import TicketFactory
from tests.workbench.conftest import HTMX, Desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants", "ticket")]
NEW = "/desk/saved-views/new/"


def saved(user: User, scope: str = "private", **filters: object) -> SavedView:
    return SavedView.objects.create(owner=user, scope=scope, name={"en": "Kept"}, filters=filters)


def test_a_narrowed_list_can_be_saved_and_a_plain_one_need_not(desk: Desk, agent: User) -> None:
    browser = desk(agent)
    assert NEW not in browser.get("/desk/views/open/", **HTMX).content.decode()
    for query in ("priority=40", "sort=oldest"):
        assert f"{NEW}?view=open&amp;{query}" in browser.get(f"/desk/views/open/?{query}", **HTMX).content.decode()


def test_saving_leads_to_the_view_with_its_count(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = desk(agent)
    data = {"name": "New ones", "scope": "private", "query": "view=unassigned&status=new"}
    response = browser.post(NEW, data, **HTMX)
    row = SavedView.objects.get()
    assert ListFilters.from_query(row.filters) == ListFilters(view="unassigned", status=("new",))
    assert response["HX-Redirect"] == f"/desk/views/saved:{row.pk}/"
    page = browser.get(response["HX-Redirect"]).content.decode()
    assert f'data-count="saved:{row.pk}">1</span>' in page
    assert "New ones" in page
    assert ticket.subject in page


def test_what_stands_in_place_of_a_saved_view_is_kept_only_when_asked(desk: Desk, agent: User) -> None:
    row = saved(agent, view="open", priority=[40])
    browser = desk(agent)
    address = f"/desk/saved-views/{row.pk}/"
    query = f"view=saved:{row.pk}&own=1&priority=30"
    assert "takes_filters" in browser.get(f"{address}?{query}", **HTMX).content.decode()
    data = {"name": "Kept", "scope": "private", "query": query}
    for more, priority in (({}, (40,)), ({"takes_filters": "on"}, (30,))):
        browser.post(address, {**data, **more}, **HTMX)
        row.refresh_from_db()
        assert ListFilters.from_query(row.filters) == ListFilters(view="open", priority=priority)


def test_a_filter_of_a_saved_view_can_be_taken_away(desk: Desk, agent: User, ticket: Ticket) -> None:
    row = saved(agent, view="open", priority=[40])
    browser = desk(agent)
    page = browser.get(f"/desk/views/saved:{row.pk}/", **HTMX).content.decode()
    assert ticket.subject not in page
    assert f"/desk/views/saved%3A{row.pk}/?own=1" in page or f"/desk/views/saved:{row.pk}/?own=1" in page
    assert ticket.subject in browser.get(f"/desk/views/saved:{row.pk}/?own=1", **HTMX).content.decode()


def test_deleting_offers_to_undo(desk: Desk, agent: User) -> None:
    row = saved(agent, view="open", priority=[40])
    before = SavedView.objects.values().get()
    browser = desk(agent)
    response = browser.post(f"/desk/saved-views/{row.pk}/removal/", **HTMX)
    assert not SavedView.objects.exists()
    (told,) = get_messages(response.wsgi_request)
    response = browser.post(str(told.extra_tags), **HTMX)
    assert SavedView.objects.values().get() == before
    assert browser.post("/desk/saved-views/restoration/?kept=made-up", **HTMX).status_code == 400


def test_the_form_offers_what_one_may(desk: Desk, agent: User, supervisor: User, team: Team) -> None:
    for user, offered in ((agent, {"private"}), (supervisor, {"private", f"team:{team.pk}", "all"})):
        page = desk(user).get(f"{NEW}?view=open&priority=40", **HTMX).content.decode()
        assert {value for value in ("private", f"team:{team.pk}", "all") if f'value="{value}"' in page} == offered


def test_who_may_not_gets_nothing(desk: Desk, agent: User, teammate: User, supervisor: User) -> None:
    private, shared = saved(teammate), saved(supervisor, "all")
    browser = desk(agent)
    for row, status in ((private, 404), (shared, 403)):
        data = {"name": "Mine now", "scope": "private", "query": ""}
        assert browser.get(f"/desk/saved-views/{row.pk}/", **HTMX).status_code == status
        assert browser.post(f"/desk/saved-views/{row.pk}/", data, **HTMX).status_code == status
        assert browser.post(f"/desk/saved-views/{row.pk}/removal/", **HTMX).status_code == status
    assert browser.post(NEW, {"name": "For all", "scope": "all", "query": ""}, **HTMX).status_code == 422
    assert [str(row.name) for row in SavedView.objects.all()] == ["Kept", "Kept"]
    assert "/desk/saved-views/" not in browser.get(f"/desk/views/saved:{shared.pk}/", **HTMX).content.decode()


ODD = (
    "' OR 1=1--",
    "1); SELECT pg_sleep(5)--",
    "1 UNION SELECT password FROM accounts_user",
    "\x00",
    "-1",
    "1" * 30,
    "1e9",
    "NaN",
    "[]",
)
NAMES = (
    "priority",
    "status",
    "queue",
    "channel",
    "category",
    "assignee",
    "team",
    "tag",
    "type",
    "sort",
    "cursor",
    "view",
)


def rows_of(page: object) -> int:
    assert page.status_code in {200, 400}, page.content  # type: ignore[attr-defined]
    return page.content.decode().count('class="ticket-row"')  # type: ignore[attr-defined]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_asked_of_a_list_is_a_value_and_never_sql(
    desk: Desk, agent: User, other_queue: Queue, odd: str
) -> None:
    """Bad input 78: neither more rows than there are to see, nor a fault."""
    TicketFactory(queue=other_queue)
    browser, every = desk(agent), dict.fromkeys(NAMES, odd)
    for query in (every, {f"{name}[]": odd for name in NAMES} | {f"{name}__contains": odd for name in NAMES}):
        assert rows_of(browser.get("/desk/views/open/", query, **HTMX)) <= 1


@pytest.mark.parametrize("odd", [*ODD, {"a": {"b": 1}}, [[1]], None, True, ["x", None], {"__class__": "x"}])
def test_what_a_kept_view_holds_is_checked_when_it_is_used(
    desk: Desk, agent: User, other_queue: Queue, odd: object
) -> None:
    """However it came there: an older version, an import, another hand."""
    TicketFactory(queue=other_queue)
    filters = dict.fromkeys(NAMES, "0" if odd == "\x00" else odd)  # no document holds that
    row = saved(agent, **{**filters, "view": "open"})
    assert rows_of(desk(agent).get(f"/desk/views/saved:{row.pk}/", **HTMX)) <= 1
