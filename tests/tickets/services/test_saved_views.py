"""Views that people keep: whose they are, who may share and change them, and that they hold what the list showed."""

from collections.abc import Callable

import pytest
from django.utils import translation

from apps.accounts.models import Role, Team, User
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry
from apps.tickets.models import Queue, SavedView, Ticket
from apps.tickets.selectors.lists import ListFilters, ticket_list
from apps.tickets.services.saved_views import MAX_VIEWS, change_view, delete_view, restore_view, save_view
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]
Acting = Callable[..., Actor]
URGENT = ListFilters(view="mine", priority=(40,), sort="oldest")


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


@pytest.fixture
def lead(acting: Acting, supervisor: User) -> Actor:
    return acting(supervisor)


@pytest.fixture
def private(alice: Actor) -> SavedView:
    return save_view(by=alice, name="Mine, urgent", filters=URGENT)


@pytest.fixture
def shared(lead: Actor) -> SavedView:
    return save_view(by=lead, name="Urgent", filters=URGENT, scope="all")


def numbers(actor: Actor, filters: ListFilters) -> list[int]:
    return [row.number for row in ticket_list(actor, filters).rows]


def test_a_view_shows_what_the_list_showed(alice: Actor, agent: User, queue: Queue, private: SavedView) -> None:
    older, newer = (TicketFactory(queue=queue, assignee=agent, priority=40) for _number in range(2))
    TicketFactory(queue=queue, assignee=agent)
    TicketFactory(queue=queue, priority=40)
    view = f"saved:{private.pk}"
    assert numbers(alice, ListFilters(view=view)) == numbers(alice, URGENT) == [older.number, newer.number]
    assert len(numbers(alice, ListFilters(view=view, own=True))) == 3
    assert numbers(alice, ListFilters(view=view, status=("closed",))) == [older.number, newer.number]


def test_names_are_kept_by_language(alice: Actor, private: SavedView) -> None:
    with translation.override("zh-hans"):
        change_view(view=private, by=alice, name="我的加急", scope="private")
    private.refresh_from_db()
    assert private.name == {"en": "Mine, urgent", "zh-hans": "我的加急"}
    assert ListFilters.from_query(private.filters).priority == (40,)


def test_sharing_needs_the_right(alice: Actor, lead: Actor, team: Team, private: SavedView) -> None:
    for scope, group in (("all", None), ("team", team)):
        with pytest.raises(PermissionRefused):
            save_view(by=alice, name="For you", filters=URGENT, scope=scope, team=group)
        with pytest.raises(PermissionRefused):
            change_view(view=private, by=alice, name="For you", scope=scope, team=group)
    private.refresh_from_db()
    assert (SavedView.objects.count(), private.scope, str(private.name)) == (1, "private", "Mine, urgent")
    assert save_view(by=lead, name="For us", filters=URGENT, scope="team", team=team).team == team


def test_a_view_is_for_a_team_of_ones_own(lead: Actor, other_team: Team) -> None:
    for group in (other_team, None):
        with pytest.raises(InvalidInput):
            save_view(by=lead, name="For them", filters=URGENT, scope="team", team=group)
    assert not SavedView.objects.exists()


def test_others_change_nothing(alice: Actor, lead: Actor, private: SavedView, shared: SavedView) -> None:
    for view, actor, error in ((private, lead, NotVisible), (shared, alice, PermissionRefused)):
        with pytest.raises(error):
            change_view(view=view, by=actor, name="Taken over", scope="all")
        with pytest.raises(error):
            delete_view(view=view, by=actor)
    assert [str(row.name) for row in SavedView.objects.order_by("pk")] == ["Mine, urgent", "Urgent"]


def test_a_shared_view_of_somebody_else_is_not_made_private(acting: Acting, manager: User, shared: SavedView) -> None:
    with pytest.raises(PermissionRefused):
        change_view(view=shared, by=acting(manager), name="Urgent", scope="private")
    shared.refresh_from_db()
    assert shared.scope == "all"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_is_asked_for(alice: Actor, private: SavedView, name: str) -> None:
    with pytest.raises(InvalidInput):
        save_view(by=alice, name=name, filters=URGENT)
    with pytest.raises(InvalidInput):
        change_view(view=private, by=alice, name=name, scope="private")
    assert [str(row.name) for row in SavedView.objects.all()] == ["Mine, urgent"]


def test_there_is_an_end_to_views(alice: Actor, agent: User) -> None:
    SavedView.objects.bulk_create(SavedView(owner=agent, name={"en": str(number)}) for number in range(MAX_VIEWS))
    with pytest.raises(InvalidInput):
        save_view(by=alice, name="One more", filters=URGENT)
    assert SavedView.objects.count() == MAX_VIEWS


def test_what_was_deleted_comes_back_as_it_was(lead: Actor, alice: Actor, shared: SavedView) -> None:
    before = SavedView.objects.values().get()
    kept = delete_view(view=shared, by=lead)
    with pytest.raises(PermissionRefused):
        restore_view(kept=kept, by=alice)
    assert not SavedView.objects.exists()
    for _time in range(2):
        restore_view(kept=kept, by=lead)
    assert SavedView.objects.values().get() == before


def test_shared_views_are_in_the_audit_trail_and_private_ones_are_not(
    lead: Actor, private: SavedView, shared: SavedView
) -> None:
    delete_view(view=shared, by=lead)
    actions = list(AuditEntry.objects.filter(action__startswith="tickets.view_").values_list("action", flat=True))
    assert sorted(actions) == ["tickets.view_deleted", "tickets.view_saved"]


def test_a_view_opens_nothing(acting: Acting, outsourcing_agent: User, shared: SavedView, other_queue: Queue) -> None:
    SavedView.objects.filter(pk=shared.pk).update(filters={})
    hidden = TicketFactory(queue=other_queue)
    shown = numbers(acting(outsourcing_agent), ListFilters(view=f"saved:{shared.pk}"))
    assert hidden.number not in shown


def test_roles_that_share_are_told_so(ticket: Ticket) -> None:
    may = {role.key for role in Role.objects.all() if "tickets.share_views" in role.permissions}
    assert may == {"supervisor", "manager"}
