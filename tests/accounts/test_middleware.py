from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation

from apps.accounts.middleware import ActorMiddleware, actor_of, client_ip
from apps.accounts.models import User
from apps.core.actor import Face

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def own_language():
    with translation.override("en"):
        yield
    timezone.deactivate()


def passed(rf, user, path: str = "/desk/", **extra: str):
    request = rf.get(path, **extra)
    request.user = user
    ActorMiddleware(lambda request: None).process_request(request)
    return request


@pytest.mark.parametrize(
    ("path", "face"),
    [
        ("/desk/tickets/1/", Face.DESK),
        ("/accounts/sign-in/", Face.DESK),
        ("/api/v1/tickets/", Face.API),
        ("/admin/", Face.ADMIN),
        ("/forms/contact/", Face.PORTAL),
        ("/", Face.PORTAL),
    ],
)
def test_face_is_told_by_the_address(rf, agent: User, path: str, face: Face) -> None:
    actor = passed(rf, agent, path).actor
    assert (actor.face, actor.user, actor.ip) == (face, agent, "127.0.0.1")


def test_visitor_is_an_actor_who_may_nothing(rf, db: None) -> None:
    actor = passed(rf, AnonymousUser()).actor
    assert (actor.user, actor.permissions) == (None, frozenset())


def test_user_reads_their_own_language_and_time_zone(rf, agent: User) -> None:
    agent.language, agent.time_zone = "zh-hans", "Europe/London"
    request = passed(rf, agent)
    assert (translation.get_language(), request.LANGUAGE_CODE) == ("zh-hans", "zh-hans")
    assert timezone.get_current_timezone_name() == "Europe/London"


def test_time_zone_that_is_gone_does_not_shut_anybody_out(rf, agent: User) -> None:
    agent.time_zone = "Nowhere/Gone"
    passed(rf, agent)
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("", ""),
        ("<script>", ""),
        ("unix:", ""),
    ],
)
def test_address_is_an_address_or_nothing(address: str, shown: str) -> None:
    assert client_ip(SimpleNamespace(META={"REMOTE_ADDR": address})) == shown


def test_headers_do_not_tell_who_somebody_is(rf, db: None) -> None:
    request = passed(
        rf,
        AnonymousUser(),
        HTTP_X_FORWARDED_FOR="10.0.0.1",
        HTTP_X_FORWARDED_USER="mary",
        HTTP_REMOTE_USER="mary",
        HTTP_AUTHORIZATION="Basic bWFyeTp4",
    )
    assert (request.actor.user, request.actor.ip) == (None, "127.0.0.1")


def test_actor_is_found_without_the_middleware(rf, agent: User) -> None:
    request = rf.get("/desk/")
    request.user = agent
    assert actor_of(request).user == agent
