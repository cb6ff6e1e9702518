"""Security keys: registering, signing in and proving oneself with them, and what no key or forged page gets through with."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.errors import SecondFactorNeeded
from apps.accounts.models import RecoveryCode, Role, SecurityKey, StaffSession, User
from apps.accounts.services import second_factor, security_keys
from apps.core import clock
from apps.core.errors import NotVisible
from apps.core.models import AuditEntry
from tests.accounts.test_second_factor import code_of, set_up, type_password
from tests.support.security_key import FLAG, SoftKey

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

HOST, ORIGIN = "desk.example", "https://desk.example"
SIGN_IN, PROOF, NEW = "/accounts/sign-in/", "/accounts/sign-in/second-factor/", "/accounts/security/keys/"
SECURITY, AGAIN = "/accounts/security/", "/accounts/security/proof/"


class Browser(Client):
    def __init__(self, host: str = HOST, scheme: str = "https") -> None:
        super().__init__(SERVER_NAME=host)
        self.is_secure = scheme == "https"

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **{**kwargs, "secure": self.is_secure})


@pytest.fixture(autouse=True)
def _here(settings) -> None:
    settings.SITE_URL = ORIGIN
    settings.ALLOWED_HOSTS = [HOST, f"eu.{HOST}", "127.0.0.1", "localhost"]


@pytest.fixture
def browser() -> Browser:
    return Browser()


def options(client: Client, name: str = "key-options") -> dict[str, Any]:
    response = client.post(reverse(f"accounts:{name}"))
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def add_key(client: Client, key: SoftKey | None = None, name: str = "Blue key", **lies: Any):
    key = key or SoftKey()
    answer = key.made(options(client), **{"origin": ORIGIN, **lies})
    return client.post(NEW, {"name": name, "answer": answer})


def sign(client: Client, key: SoftKey, at: str = PROOF, **lies: Any):
    answer = key.signed(options(client, "key-challenge"), **{"origin": ORIGIN, **lies})
    return client.post(at, {"answer": answer})


def is_inside(client: Client) -> bool:
    return client.get(SIGN_IN).status_code == 302


def owner_of_key(user: User, **traits: Any) -> SoftKey:
    """Somebody who added a key in another browser, with recovery codes."""
    key, elsewhere = SoftKey(**traits), Browser()
    elsewhere.force_login(user)
    assert add_key(elsewhere, key).status_code in {200, 302}
    StaffSession.objects.filter(user=user).delete()
    return key


# Registering


def test_first_sign_in_offers_a_key_first_and_gives_recovery_codes(browser: Browser, manager: User) -> None:
    assert type_password(browser, manager, next="/admin/?a=1")["Location"] == NEW
    page = browser.get(NEW)
    assert b"/accounts/security/app/" in page.content  # who has none takes an app
    assert "no-store" in page["Cache-Control"]
    asked = options(browser)["publicKey"]
    assert (asked["rp"]["id"], asked["authenticatorSelection"]["userVerification"]) == (HOST, "required")
    assert not is_inside(browser)

    codes = add_key(browser, name="  Blue key ")
    assert (codes.status_code, codes.context["target"], len(codes.context["codes"])) == (200, "/admin/?a=1", 10)
    assert is_inside(browser)
    assert AuditEntry.objects.get(action="sign_in").details == {"method": "key"}
    assert AuditEntry.objects.get(action="second_factor.set_up").details["kind"] == "key"
    assert SecurityKey.objects.get(user=manager).name == "Blue key"

    assert add_key(browser, name="Spare")["Location"] == SECURITY
    assert RecoveryCode.objects.filter(user=manager).count() == 10
    assert [key.name for key in browser.get(SECURITY).context["factors"].keys] == ["Blue key", "Spare"]


@pytest.mark.parametrize(
    ("key", "lies"),
    [
        (SoftKey(), {"origin": "https://desk.example.evil"}),
        (SoftKey(), {"origin": "http://desk.example"}),
        (SoftKey(), {"challenge": b"0" * 32}),
        (SoftKey(), {"rp_id": "evil.example"}),
        (SoftKey(), {"type": "webauthn.get"}),
        (SoftKey(), {"cross_origin": True}),
        (SoftKey(flags=FLAG.UP), {}),
        (SoftKey(flags=FLAG.UV), {}),
    ],
    ids=["origin", "scheme", "challenge", "host", "type", "frame", "unverified", "absent"],
)
def test_a_key_made_for_something_else_is_not_added(browser: Browser, agent: User, key: SoftKey, lies: Any) -> None:
    browser.force_login(agent)
    answer = add_key(browser, key, **lies)
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()
    assert not SecurityKey.objects.exists()
    assert not RecoveryCode.objects.exists()


@pytest.mark.parametrize(
    "answer", ["", "nonsense", "[]", "{}", '{"id": "x"}', "[" * 5000, '{"rawId": 7, "response": []}']
)
def test_nonsense_is_refused_in_words(browser: Browser, agent: User, answer: str) -> None:
    browser.force_login(agent)
    options(browser)
    assert browser.post(NEW, {"name": "x", "answer": answer}).status_code == 422
    assert not SecurityKey.objects.exists()


def test_a_key_has_one_owner(browser: Browser, agent: User, teammate: User) -> None:
    key = owner_of_key(teammate)
    browser.force_login(agent)
    assert add_key(browser, key).status_code == 409
    assert SecurityKey.objects.get().user == teammate


def test_who_knows_the_password_alone_adds_no_key(browser: Browser, manager: User, acting) -> None:
    set_up(manager, acting)
    type_password(browser, manager)
    assert browser.get(NEW)["Location"] == PROOF
    assert browser.post(reverse("accounts:key-options")).status_code == 403
    assert browser.post(NEW, {"name": "x", "answer": "{}"})["Location"] == PROOF
    assert not SecurityKey.objects.exists()


# Proving


def test_a_key_signs_in_and_proves_once_more(browser: Browser, manager: User, settings) -> None:
    settings.SESSION_IDLE_MINUTES = 120
    key = owner_of_key(manager)
    assert type_password(browser, manager, next="/desk/tickets/")["Location"] == PROOF
    page = browser.get(PROOF).content
    assert page.index(b"data-key-url") < page.index(b'name="code"')  # what no forged page can ask for comes first
    assert sign(browser, key)["Location"] == "/desk/tickets/"
    assert is_inside(browser)
    assert SecurityKey.objects.get().last_used is not None
    assert AuditEntry.objects.filter(action="sign_in").get().details == {"method": "key"}

    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert browser.get(NEW)["Location"].startswith(AGAIN)
        assert sign(browser, SoftKey(), at=f"{AGAIN}?next={NEW}").status_code == 422
        assert browser.get(NEW)["Location"].startswith(AGAIN)
        assert sign(browser, key, at=f"{AGAIN}?next={NEW}")["Location"] == NEW
        assert browser.get(NEW).status_code == 200


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://desk.example.evil"},
        {"challenge": b"0" * 32},
        {"rp_id": "evil.example"},
        {"type": "webauthn.create"},
        {"cross_origin": True},
    ],
    ids=["origin", "challenge", "host", "type", "frame"],
)
def test_what_was_signed_for_something_else_opens_nothing(browser: Browser, manager: User, lies: Any) -> None:
    key = owner_of_key(manager)
    type_password(browser, manager)
    assert sign(browser, key, **lies).status_code == 422
    assert not is_inside(browser)
    assert AuditEntry.objects.filter(action="second_factor.failed", subject_id=manager.pk).count() == 1
    assert sign(browser, key).status_code == 302


def test_a_key_without_its_pin_opens_nothing(browser: Browser, manager: User) -> None:
    key = owner_of_key(manager)
    type_password(browser, manager)
    key.flags = FLAG.UP
    assert sign(browser, key).status_code == 422
    assert not is_inside(browser)


def test_somebody_else_s_key_opens_nothing(browser: Browser, manager: User, agent: User) -> None:
    owner_of_key(manager)
    theirs = owner_of_key(agent)
    type_password(browser, manager)
    assert sign(browser, theirs).status_code == 422
    assert not is_inside(browser)


def test_a_signature_counts_once_for_one_session_and_minutes(manager: User) -> None:
    key = owner_of_key(manager)
    one, other, late = Browser(), Browser(), Browser()
    for client in (one, other, late):
        type_password(client, manager)
    answer = key.signed(options(one, "key-challenge"), origin=ORIGIN)
    options(other, "key-challenge")
    assert other.post(PROOF, {"answer": answer}).status_code == 422
    kept = one.session["key_challenge"]
    assert one.post(PROOF, {"answer": answer}).status_code == 302
    # Two requests of one session at the same moment both read the challenge before either takes it away.
    site = security_keys.Site(rp_id=HOST, origin=ORIGIN)
    by = _actor(manager)
    assert not security_keys.check_key(user=manager, site=site, kept=kept, answer=answer, by=by)
    with time_machine.travel(clock.now()) as now:
        answer = key.signed(options(late, "key-challenge"), origin=ORIGIN)
        now.shift(timedelta(minutes=6))
        assert late.post(PROOF, {"answer": answer}).status_code == 422
    assert not is_inside(late)


def test_a_copied_key_is_noticed(browser: Browser, manager: User) -> None:
    key = owner_of_key(manager, count=7)
    type_password(browser, manager)
    assert sign(browser, key).status_code == 302
    copy = SoftKey(count=7, secret=key.secret, id=key.id)
    elsewhere = Browser()
    type_password(elsewhere, manager)
    assert sign(elsewhere, copy).status_code == 422  # its count stands where the true one's was before
    assert not is_inside(elsewhere)
    entry = AuditEntry.objects.get(action="security_key.copied")
    assert (entry.result, entry.details["known"], entry.details["told"]) == ("refused", 8, 8)
    assert SecurityKey.objects.get().sign_count == 8


def test_guessing_ends_soon_and_recovery_codes_are_the_way_back(browser: Browser, manager: User) -> None:
    elsewhere = Browser()
    elsewhere.force_login(manager)
    code = add_key(elsewhere).context["codes"][0]
    type_password(browser, manager)
    answers = [browser.post(PROOF, {"answer": "{}"}).context["key_form"].non_field_errors()[0] for _ in range(9)]
    assert "Too many" in answers[-1]
    assert "Too many" not in answers[-2]
    with time_machine.travel(clock.now() + timedelta(minutes=9)):
        assert browser.post(PROOF, {"code": code}).status_code == 302
        assert is_inside(browser)


# Roles that ask for a key


def test_a_role_that_asks_for_a_key_takes_no_code(browser: Browser, agent: User, acting) -> None:
    Role.objects.filter(key="agent").update(second_factor="key")
    agent = User.objects.get(pk=agent.pk)
    with time_machine.travel(clock.now().replace(second=0), tick=False) as now:
        set_up(agent, acting)
        now.shift(timedelta(minutes=1))
        type_password(browser, agent)
        # The code proves them well enough to set up the key that is asked for, and opens nothing itself.
        assert browser.post(PROOF, {"code": code_of(agent)})["Location"] == NEW
        assert not is_inside(browser)
        assert browser.get("/accounts/security/app/")["Location"] == NEW
        key = SoftKey()
        assert add_key(browser, key).status_code == 302
        assert is_inside(browser)

        now.shift(timedelta(minutes=1))
        elsewhere = Browser()
        type_password(elsewhere, agent)
        assert elsewhere.post(PROOF, {"code": code_of(agent)}).status_code == 422
        assert not is_inside(elsewhere)
        assert sign(elsewhere, key).status_code == 302
        assert is_inside(elsewhere)


def test_the_last_key_stays_where_the_role_asks_for_one(agent: User, teammate: User, acting) -> None:
    key = owner_of_key(agent)
    row = SecurityKey.objects.get()
    with pytest.raises(NotVisible):
        security_keys.remove_key(key_id=row.pk, by=acting(teammate))
    with pytest.raises(NotVisible):
        security_keys.rename_key(key_id=row.pk, name="mine", by=acting(teammate))
    for rule in ("key", "needed"):
        Role.objects.filter(key="agent").update(second_factor=rule)
        with pytest.raises(SecondFactorNeeded):
            security_keys.remove_key(key_id=row.pk, by=acting(User.objects.get(pk=agent.pk)))
    assert SecurityKey.objects.get().name == "Blue key"
    Role.objects.filter(key="agent").update(second_factor="optional")
    browser = Browser()
    type_password(browser, agent)
    sign(browser, key)
    browser.post(reverse("accounts:key", args=[row.pk]), {"name": "Red key"})
    assert SecurityKey.objects.get().name == "Red key"
    assert browser.post(reverse("accounts:key-removal", args=[row.pk]))["Location"] == SECURITY
    assert not SecurityKey.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_a_manager_resets_keys_too(agent: User, manager: User, acting) -> None:
    owner_of_key(agent)
    second_factor.reset_second_factor(user=agent, by=acting(manager))
    assert not SecurityKey.objects.exists()
    assert not RecoveryCode.objects.exists()


# Where


@pytest.mark.parametrize(
    ("host", "scheme", "rp_id"),
    [
        (HOST, "https", HOST),
        (f"eu.{HOST}", "https", HOST),
        ("localhost", "http", "localhost"),
        (HOST, "http", None),
        ("127.0.0.1", "https", None),
    ],
)
def test_where_keys_work(agent: User, host: str, scheme: str, rp_id: str | None) -> None:
    client = Browser(host, scheme)
    client.force_login(agent)
    response = client.post(reverse("accounts:key-options"))
    page = client.get(NEW)
    if rp_id:
        assert json.loads(response.content)["publicKey"]["rp"]["id"] == rp_id
        assert page.context["is_here"]
    else:
        assert response.status_code == 409
        assert ORIGIN in json.loads(response.content)["detail"]
        assert ORIGIN in page.content.decode()


def _actor(user: User):
    from apps.core.actor import person

    return person(user)
