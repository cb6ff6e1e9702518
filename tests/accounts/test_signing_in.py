import statistics
import time
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User, Vendor
from apps.accounts.services.users import deactivate_user, end_sessions, reactivate_user, set_password, update_user
from apps.accounts.sessions import SessionStore
from apps.core import clock
from apps.core.models import AuditEntry
from tests.factories.accounts import PASSWORD, RoleFactory, UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SIGN_IN = "/accounts/sign-in/"


def sign_in(client: Client, username: str, password: str = PASSWORD, **fields: str):
    return client.post(SIGN_IN, {"username": username, "password": password, **fields})


def is_inside(client: Client) -> bool:
    """The sign-in page sends on who is signed in already."""
    return client.get(SIGN_IN).status_code == 302


def test_right_password_opens_the_desk(client: Client, agent: User) -> None:
    response = sign_in(client, "alice")
    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert is_inside(client)
    entry = AuditEntry.objects.get(action="sign_in")
    assert (entry.subject_id, entry.actor_user_id, entry.ip) == (agent.pk, agent.pk, "127.0.0.1")


def test_session_key_changes_on_signing_in(client: Client, agent: User) -> None:
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    sign_in(client, "alice")
    assert client.cookies["sessionid"].value != planted
    assert not SessionStore().exists(planted)
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("username", ["alice", "nobody-of-this-name", "fired", "ALICE", "vendor-off"])
def test_every_refusal_looks_alike(client: Client, agent: User, username: str) -> None:
    UserFactory(username="fired", is_active=False)
    UserFactory(username="vendor-off", role="vendor_agent", vendor=Vendor.objects.create(key="off", is_active=False))
    password = PASSWORD if username in ("fired", "vendor-off") else "wrong"
    response = sign_in(client, username, password)
    reference = sign_in(Client(), "somebody", "wrong")
    assert response.status_code == reference.status_code == 422
    body = response.content.replace(username.encode(), b"NAME")
    expected = reference.content.replace(b"somebody", b"NAME")
    assert _without_tokens(body) == _without_tokens(expected)
    assert not is_inside(client)
    assert not AuditEntry.objects.filter(action="sign_in").exists()
    assert AuditEntry.objects.filter(action="sign_in.failed", actor_user_id=None).count() == 2


def _without_tokens(body: bytes) -> bytes:
    import re

    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", body)


def test_known_and_unknown_names_take_the_same_time(settings, agent: User, rf, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the hasher of production the difference of one missing hash would stand out."""
    from apps.accounts.middleware import actor_of
    from apps.accounts.services import signing_in

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    agent.set_password(PASSWORD)
    agent.save()
    monkeypatch.setattr(signing_in.throttle, "hit", lambda *args, **kwargs: None)

    def seconds(username: str) -> float:
        request = rf.post(SIGN_IN)
        taken = []
        for _ in range(5):
            # Of this thread, because what else the machine does is no difference between names.
            start = time.thread_time()
            signing_in.check_credentials(request, username=username, password="wrong", by=actor_of(request))
            taken.append(time.thread_time() - start)
        return statistics.median(taken)

    known, unknown = seconds("alice"), seconds("nobody")
    assert 0.5 < known / unknown < 2


def test_guessing_is_slowed_down_alike_for_names_that_do_not_exist(client: Client, agent: User) -> None:
    for username in ("alice", "nobody"):
        answers = [sign_in(client, username, "wrong").status_code for _ in range(9)]
        assert answers == [422] * 8 + [429]
    blocked = sign_in(client, "alice")
    assert blocked.status_code == 429
    assert int(blocked["Retry-After"]) > 0
    assert not is_inside(client)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert sign_in(client, "alice").status_code == 302


def test_success_takes_back_what_was_counted(client: Client, agent: User) -> None:
    for _ in range(3):
        for _ in range(5):
            assert sign_in(Client(), "alice", "wrong").status_code == 422
        assert sign_in(Client(), "alice").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "https:evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aLocation:x\r\nSet-Cookie: a=b",
        "///evil.example",
        "http:///evil.example",
        "\x00//evil.example",
        "desk/",
        "",
    ],
)
def test_only_addresses_of_ours_are_followed(client: Client, agent: User, target: str) -> None:
    assert sign_in(client, "alice", next=target)["Location"] == "/desk/"
    page = client.get(SIGN_IN, {"next": target})
    assert page["Location"] == "/desk/"


def test_asked_for_page_is_opened_after_signing_in(client: Client, agent: User) -> None:
    page = client.get(SIGN_IN, {"next": "/desk/tickets/1001/?tab=a"})
    assert page.context["next"] == "/desk/tickets/1001/?tab=a"
    assert sign_in(client, "alice", next="/desk/tickets/1001/?tab=a")["Location"] == "/desk/tickets/1001/?tab=a"


@pytest.mark.parametrize("username", ["", "x" * 151, "a\x00b"])
def test_what_cannot_be_a_name_is_refused_before_anything_else(client: Client, username: str) -> None:
    assert sign_in(client, username).status_code == 422
    assert not AuditEntry.objects.exists()


def test_signing_out_clears_the_browser_and_ends_the_session(client: Client, agent: User) -> None:
    sign_in(client, "alice")
    key = client.session.session_key
    assert client.get("/accounts/sign-out/").status_code == 405
    assert is_inside(client)
    response = client.post("/accounts/sign-out/")
    assert (response.status_code, response["Location"]) == (302, SIGN_IN)
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "no-store" in response["Cache-Control"]
    assert not SessionStore().exists(key)


def test_sign_in_page_is_kept_by_no_cache(client: Client) -> None:
    assert "no-store" in client.get(SIGN_IN)["Cache-Control"]


def test_forms_need_the_token_against_forgery(agent: User) -> None:
    client = Client(enforce_csrf_checks=True)
    for url in (SIGN_IN, "/accounts/sign-out/", "/accounts/language/"):
        assert client.post(url, {"username": "alice", "password": PASSWORD}).status_code == 403


# How a session ends


@pytest.mark.parametrize(
    "change",
    [
        lambda agent, by: deactivate_user(user=agent, by=by),
        lambda agent, by: end_sessions(user=agent, by=by),
        lambda agent, by: set_password(user=agent, password="another good passphrase", by=by),
        lambda agent, by: update_user(user=agent, by=by, role=RoleFactory(key="supervisor")),
        lambda agent, by: reactivate_user(user=deactivate_user(user=agent, by=by), by=by),
    ],
    ids=["deactivated", "ended", "new password", "new role", "deactivated and back"],
)
def test_session_ends_with_the_next_request(client: Client, agent: User, manager: User, acting, change) -> None:
    sign_in(client, "alice")
    assert is_inside(client)
    change(agent, acting(manager))
    assert not is_inside(client)


def test_session_ends_when_the_vendor_is_switched_off(client: Client, outsourcing_agent: User, vendor: Vendor) -> None:
    client.force_login(outsourcing_agent)
    assert is_inside(client)
    vendor.is_active = False
    vendor.save()
    assert not is_inside(client)


def test_harmless_changes_keep_the_session(client: Client, agent: User, manager: User, acting) -> None:
    sign_in(client, "alice")
    update_user(user=agent, by=acting(manager), display_name="Alice Renamed")
    assert is_inside(client)


# Language


def test_language_is_remembered_in_the_account_and_in_the_browser(client: Client, agent: User) -> None:
    sign_in(client, "alice")
    response = client.post("/accounts/language/", {"language": "zh-hans", "next": "/desk/?a=1"})
    assert (response.status_code, response["Location"]) == (302, "/desk/?a=1")
    assert client.cookies["django_language"].value == "zh-hans"
    assert User.objects.get(pk=agent.pk).language == "zh-hans"


@pytest.mark.parametrize("language", ["xx", "", "en'; --"])
def test_language_that_is_not_offered_changes_nothing(client: Client, agent: User, language: str) -> None:
    sign_in(client, "alice")
    assert client.post("/accounts/language/", {"language": language}).status_code == 422
    assert User.objects.get(pk=agent.pk).language == "en"


def test_language_switch_leads_nowhere_else(client: Client) -> None:
    response = client.post("/accounts/language/", {"language": "en", "next": "//evil.example"})
    assert response["Location"] == "/"


def test_addresses_have_their_names() -> None:
    assert [reverse(f"accounts:{name}") for name in ("sign-in", "sign-out", "language")] == [
        SIGN_IN,
        "/accounts/sign-out/",
        "/accounts/language/",
    ]


@pytest.mark.parametrize("is_demo", [True, False])
def test_only_the_demo_s_people_take_over_the_visitor_s_language(
    client: Client, agent: User, settings, is_demo: bool
) -> None:
    settings.DEMO, settings.DEMO_SIGN_INS = is_demo, (agent.username,)
    User.objects.filter(pk=agent.pk).update(language="zh-hans")
    client.post(
        SIGN_IN,
        {"username": agent.username, "password": PASSWORD},
        headers={"accept-language": "en-GB"},
    )
    agent.refresh_from_db()
    assert agent.language == ("en" if is_demo else "zh-hans")
