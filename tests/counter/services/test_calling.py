"""Whose turn it is, at one window and at two."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.models import Event
from apps.counter.enums import VisitState
from apps.counter.errors import CalledOften, NotServed, NoWindow, VisitMoved, WindowBusy, WindowTaken, WrongBranch
from apps.counter.models import Visit
from apps.counter.selectors.figures import figures_of
from apps.counter.selectors.lines import Place, place_of
from apps.counter.services.calling import call, call_again, call_next, set_aside, transfer
from apps.counter.services.leaving import leave
from apps.counter.services.seats import leave_window, take_window
from apps.counter.services.serving import start_serving
from tests.counter.conftest import Hall
from tests.factories.counter import WindowFactory, draw

pytestmark = pytest.mark.integration
Acting = Callable[..., Actor]


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="counter.").order_by("ordinal").values_list("kind", flat=True))


def states() -> dict[str, str]:
    return dict(Visit.objects.order_by("number").values_list("number", "state"))


def next_at(hall: Hall, by: Actor, seen: Visit | None = None) -> Visit:
    visit = call_next(window=hall.one, by=by, seen=seen)
    assert visit is not None
    return visit


def test_who_has_a_reason_goes_first_then_who_came_first(seated: Hall, agent: User, acting: Acting) -> None:
    for service, reason in ((seated.returns, ""), (seated.repair, ""), (seated.repair, "disabled")):
        draw(seated.branch, service, reason=reason)

    first = next_at(seated, acting(agent))
    second = next_at(seated, acting(agent), seen=first)
    third = next_at(seated, acting(agent), seen=second)

    assert [visit.number for visit in (first, second, third)] == ["A002", "B001", "A001"]
    assert states() == {"A001": "called", "A002": "skipped", "B001": "skipped"}


def test_a_window_calls_only_what_it_serves_and_its_agent_may_work(seated: Hall, agent: User, acting: Acting) -> None:
    seated.one.services.set([seated.returns])
    draw(seated.branch, seated.repair)
    draw(seated.branch, seated.invoices)

    assert call_next(window=seated.one, by=acting(agent)) is None
    seated.one.services.clear()
    assert next_at(seated, acting(agent)).number == "A001"
    # C001 lies in a queue that the team does not work.
    called = Visit.objects.get(number="A001")
    assert call_next(window=seated.one, by=acting(agent), seen=called) is None
    with pytest.raises(NotServed):
        call(visit=Visit.objects.get(number="C001"), window=seated.one, by=acting(agent))
    assert states() == {"A001": "skipped", "C001": "waiting"}


def test_a_second_press_does_not_pass_over_who_was_just_called(seated: Hall, agent: User, acting: Acting) -> None:
    draw(seated.branch, seated.repair)
    draw(seated.branch, seated.repair)
    called = next_at(seated, acting(agent))

    with pytest.raises(VisitMoved):
        call_next(window=seated.one, by=acting(agent))

    called.refresh_from_db()
    assert (called.state, called.calls) == ("called", 1)
    assert states()["A002"] == "waiting"


def test_three_calls_and_nobody_comes(seated: Hall, agent: User, acting: Acting) -> None:
    draw(seated.branch, seated.repair)
    visit = next_at(seated, acting(agent))
    call_again(visit=visit, by=acting(agent))
    call_again(visit=visit, by=acting(agent))
    with pytest.raises(CalledOften):
        call_again(visit=visit, by=acting(agent))

    ended = set_aside(visit=visit, by=acting(agent))

    assert (ended.state, ended.calls) == (VisitState.NO_SHOW, 3)
    assert kinds()[-1] == "counter.number_no_show"
    with pytest.raises(VisitMoved):
        call(visit=ended, window=seated.one, by=acting(agent))


def test_calls_count_on_for_who_was_set_aside(seated: Hall, agent: User, acting: Acting) -> None:
    draw(seated.branch, seated.repair)
    visit = next_at(seated, acting(agent))
    for _again in range(2):
        assert set_aside(visit=visit, by=acting(agent)).state == "skipped"
        visit = call(visit=visit, window=seated.one, by=acting(agent))
    assert visit.calls == 3

    assert set_aside(visit=visit, by=acting(agent)).state == "no_show"


def test_only_who_sits_there_works_a_window(
    seated: Hall, agent: User, teammate: User, stranger: User, supervisor: User, acting: Acting
) -> None:
    draw(seated.branch, seated.repair)
    visit = next_at(seated, acting(agent))
    before = kinds()

    for person in (teammate, stranger, supervisor):
        for move in (call_again, set_aside, start_serving):
            with pytest.raises(NoWindow):
                move(visit=visit, by=acting(person))
        with pytest.raises(NoWindow):
            call_next(window=seated.one, by=acting(person), seen=visit)

    visit.refresh_from_db()
    assert (visit.state, visit.calls, visit.agent) == ("called", 1, agent)
    assert kinds() == before


def test_a_window_is_somebodys(seated: Hall, agent: User, teammate: User, supervisor: User, acting: Acting) -> None:
    with pytest.raises(WindowTaken):
        take_window(window=seated.one, by=acting(teammate))
    draw(seated.branch, seated.repair)
    visit = next_at(seated, acting(agent))
    for refused in (
        lambda: leave_window(by=acting(agent)),
        lambda: take_window(window=seated.one, by=acting(supervisor)),
    ):
        with pytest.raises(WindowBusy):
            refused()
    start_serving(visit=visit, by=acting(agent))
    with pytest.raises(WindowBusy):
        call_next(window=seated.one, by=acting(agent), seen=visit)
    seated.one.refresh_from_db()
    assert seated.one.agent == agent


def test_a_supervisor_makes_room_and_one_sits_at_one_window(
    seated: Hall, agent: User, supervisor: User, acting: Acting
) -> None:
    take_window(window=seated.one, by=acting(supervisor))
    take_window(window=(third := WindowFactory(branch=seated.branch, label="3")), by=acting(supervisor))

    seated.one.refresh_from_db()
    third.refresh_from_db()
    assert (seated.one.agent, third.agent) == (None, supervisor)


def test_a_transfer_keeps_the_number_and_the_place(seated: Hall, agent: User, teammate: User, acting: Acting) -> None:
    draw(seated.branch, seated.repair)
    draw(seated.branch, seated.returns)
    visit = next_at(seated, acting(agent))

    moved = transfer(visit=visit, by=acting(agent), service=seated.returns, window=seated.two)

    assert (moved.state, moved.number, moved.service) == ("transferred", "A001", seated.returns)
    called = call_next(window=seated.one, by=acting(agent))
    assert called is not None
    assert called.number == "B001"  # A001 waits for window 2
    called = call_next(window=seated.two, by=acting(teammate))
    assert called is not None
    assert (called.number, called.calls) == ("A001", 1)


def test_a_transfer_leads_somewhere(seated: Hall, agent: User, acting: Acting) -> None:
    draw(seated.branch, seated.repair)
    visit = next_at(seated, acting(agent))
    seated.two.services.set([seated.returns])

    for where in ({}, {"window": WindowFactory()}, {"window": seated.two}):
        with pytest.raises(WrongBranch):
            transfer(visit=visit, by=acting(agent), **where)

    visit.refresh_from_db()
    assert (visit.state, visit.service) == ("called", seated.repair)


def test_the_visitor_leaves_once(seated: Hall, agent: User, acting: Acting) -> None:
    visit = draw(seated.branch, seated.repair)
    leave(visit=visit)
    leave(visit=visit)

    assert kinds().count("counter.number_left") == 1
    assert call_next(window=seated.one, by=acting(agent)) is None


def test_who_is_being_served_does_not_leave(served: Visit) -> None:
    with pytest.raises(VisitMoved):
        leave(visit=served)

    served.refresh_from_db()
    assert served.state == "serving"


def test_how_many_are_before_somebody(seated: Hall) -> None:
    seated.repair.usual_minutes = 6
    seated.repair.save()
    for reason in ("", "", "elderly"):
        draw(seated.branch, seated.repair, reason=reason)
    draw(seated.branch, seated.returns)
    last = draw(seated.branch, seated.repair)
    priority = Visit.objects.get(number="A003")

    assert place_of(last) == Place(ahead=4, minutes=12)  # two windows, six minutes each
    assert place_of(priority) == Place(ahead=0, minutes=0)


def test_no_waiting_time_is_made_up(hall: Hall) -> None:
    """Nobody is at a window, and nobody measured or said how long a visit takes."""
    draw(hall.branch, hall.repair)
    visit = draw(hall.branch, hall.repair)

    assert place_of(visit) == Place(ahead=1, minutes=None)


def test_the_days_figures(seated: Hall, agent: User, acting: Acting) -> None:
    for _person in range(3):
        draw(seated.branch, seated.repair)
    visit = next_at(seated, acting(agent))
    for _again in range(2):
        call_again(visit=visit, by=acting(agent))
    set_aside(visit=visit, by=acting(agent))

    figures = figures_of(seated.branch)
    assert (figures.waiting, figures.served, figures.no_shows) == (2, 0, 1)
    assert (figures.longest, figures.mean) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_never_call_one_person(seated: Hall, agent: User, teammate: User, acting: Acting) -> None:
    for _person in range(8):
        draw(seated.branch, seated.repair)
    gate, called = threading.Barrier(2), []

    def work(window: object, user: User) -> None:
        try:
            by, seen = acting(user), None
            gate.wait()
            for _press in range(4):
                seen = call_next(window=window, by=by, seen=seen)  # type: ignore[arg-type]
                assert seen is not None
                called.append(seen.number)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in ((seated.one, agent), (seated.two, teammate))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(called) == [f"A00{n}" for n in range(1, 9)]
