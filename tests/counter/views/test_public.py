"""Kiosk, slip, visitor's phone and display: what everybody may see, and nothing of anybody."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.counter.models import Visit
from apps.counter.services.calling import call_next
from apps.counter.tokens import token_of
from apps.counter.views import public
from tests.counter.conftest import Hall
from tests.factories.counter import draw
from tests.factories.sla import CalendarFactory

pytestmark = pytest.mark.integration
Acting = Callable[..., Actor]
SECRETS = ("Zhao", "Planted", "13800138000", "8000", "Alice")


def kiosk_of(hall: Hall) -> str:
    return f"/counter/kiosk/{hall.branch.kiosk_key}/"


def text(client: Client, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def test_a_kiosk_draws_and_shows_the_slip(hall: Hall, visitor: Client) -> None:
    assert "Repair" in text(visitor, f"{kiosk_of(hall)}?lang=en")

    answer = visitor.post(
        f"{kiosk_of(hall)}?lang=en", {"service": "repair", "reason": "elderly", "client_id": "k:1"}, follow=True
    )

    visit = Visit.objects.get()
    assert (visit.number, visit.reason, visit.language) == ("A001", "elderly", "en")
    assert "A001" in answer.content.decode()
    assert "<svg" in answer.content.decode()


def test_only_the_kiosk_that_drew_is_told_the_way_back(hall: Hall, visitor: Client) -> None:
    """Its address draws numbers; what a browser says about the page before proves nothing."""
    kiosk = kiosk_of(hall)
    slip = visitor.post(kiosk, {"service": "repair", "client_id": "k:1"})["Location"]
    assert kiosk in text(visitor, slip)

    phone = Client()
    assert kiosk not in text(phone, slip, Referer=f"https://testserver{kiosk}")
    phone.cookies["kiosk"] = hall.branch.key
    assert kiosk not in text(phone, slip)


def test_a_repeated_drawing_leads_to_the_same_slip(hall: Hall, visitor: Client) -> None:
    drawing = {"service": "repair", "client_id": "k:1", "drawn_at": "nonsense"}
    first = visitor.post(kiosk_of(hall), drawing)
    again = visitor.post(kiosk_of(hall), drawing)

    assert first["Location"] == again["Location"]
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    "drawing",
    [
        {},
        {"service": "nothing"},
        {"service": "repair", "reason": "x"},
        {"service": "\0"},
        {"service": "repair", "client_id": "\0a"},
        {"service": "repair", "reason": "\0"},
    ],
    ids=str,
)
def test_what_is_wrong_draws_nothing(hall: Hall, visitor: Client, drawing: dict[str, str]) -> None:
    assert visitor.post(kiosk_of(hall), drawing).status_code == 422
    assert not Visit.objects.exists()


def test_nobody_draws_without_the_kiosks_own_address(hall: Hall, visitor: Client) -> None:
    for key in (hall.branch.key, "x" * 43):
        assert visitor.post(f"/counter/kiosk/{key}/", {"service": "repair"}).status_code == 404
    assert not Visit.objects.exists()


def test_a_kiosk_is_bounded(hall: Hall, visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "DRAWINGS_A_MINUTE", 1)
    answers = [visitor.post(kiosk_of(hall), {"service": "repair", "client_id": n}).status_code for n in (1, 2, 1)]

    assert answers == [302, 429, 302]  # the third repeats the first and draws nothing
    assert Visit.objects.count() == 1


def test_a_closed_branch_says_when_it_opens(hall: Hall, visitor: Client) -> None:
    hall.branch.calendar = CalendarFactory(week=[""] * 7)
    hall.branch.save()

    assert visitor.post(kiosk_of(hall), {"service": "repair"}).status_code == 409
    assert not Visit.objects.exists()


def test_both_languages(hall: Hall, visitor: Client) -> None:
    for path in (
        kiosk_of(hall),
        f"/counter/display/{hall.branch.key}/",
        f"/q/{token_of(draw(hall.branch, hall.repair))}/",
    ):
        assert 'lang="en"' in text(visitor, f"{path}?lang=en")
        assert 'lang="zh-Hans"' in text(visitor, path, **{"Accept-Language": "zh-CN"})
    assert "维修" in text(visitor, f"{kiosk_of(hall)}?lang=zh-hans")


def test_a_visitor_follows_their_own_number(seated: Hall, agent: User, acting: Acting, visitor: Client) -> None:
    draw(seated.branch, seated.repair)
    mine = draw(seated.branch, seated.repair)
    path = f"/q/{token_of(mine)}/?lang=en"
    assert "1 person before you" in text(visitor, path)
    assert "A001" not in text(visitor, path)

    called = call_next(window=seated.one, by=acting(agent))
    assert "0 people before you" in text(visitor, path)
    call_next(window=seated.one, by=acting(agent), seen=called)

    assert "Please come to window 1." in text(visitor, path, **{"HX-Request": "true"})


def test_a_visitor_gives_the_number_back(hall: Hall, visitor: Client) -> None:
    visit = draw(hall.branch, hall.repair)

    visitor.post(f"/q/{token_of(visit)}/leaving/")

    visit.refresh_from_db()
    assert visit.state == "left"


def test_a_forged_token_opens_and_changes_nothing(hall: Hall, visitor: Client) -> None:
    visit = draw(hall.branch, hall.repair)
    for token in (visit.public_id, f"{visit.public_id}.{'a' * 43}", f"{token_of(visit)}x", "x"):
        assert visitor.get(f"/q/{token}/").status_code == 404
        assert visitor.post(f"/q/{token}/leaving/").status_code == 404
    visit.refresh_from_db()
    assert visit.state == "waiting"


def test_the_display_shows_numbers_and_windows(seated: Hall, agent: User, acting: Acting, visitor: Client) -> None:
    path = f"/counter/display/{seated.branch.key}/?lang=en"
    draw(seated.branch, seated.repair)
    draw(seated.branch, seated.repair)
    assert "Nobody is being called." in text(visitor, path)

    call_next(window=seated.one, by=acting(agent))

    board = text(visitor, path, **{"HX-Request": "true"})
    assert "<td>A001</td><td>1</td>" in board
    assert 'data-calls="A001:1:1"' in board
    assert "1 person waiting" in board
    assert "A002" not in board


def test_nobodys_name_is_on_any_public_page(served: Visit, seated: Hall, visitor: Client) -> None:
    """The visitor at window 1 said who they are; the agent's name is nobody's business either."""
    other = draw(seated.branch, seated.returns)
    paths = [kiosk_of(seated), f"/counter/display/{seated.branch.key}/"]
    paths += [f"/q/{token_of(visit)}/{page}" for visit in (served, other) for page in ("", "slip/")]

    for path in paths:
        shown = text(visitor, path)
        assert not [secret for secret in SECRETS if secret in shown], path
    assert "A001" not in text(visitor, f"/q/{token_of(other)}/")
