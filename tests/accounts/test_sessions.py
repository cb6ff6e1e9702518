"""How long one stays signed in, where one may come from, and what asks once more who one is."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts import tokens
from apps.accounts.models import ApiToken, Role, StaffSession, User, Vendor
from apps.accounts.selectors.factors import factors_of
from apps.accounts.services import sessions
from apps.accounts.sessions import SessionStore
from apps.core import clock
from apps.core.errors import NotVisible
from apps.core.models import AuditEntry
from apps.workbench.consumers import DeskConsumer
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SIGN_IN, SECURITY, LEFT = "/accounts/sign-in/", "/accounts/security/", "/accounts/time-left/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture(autouse=True)
def _as_exact_as_in_production(settings) -> None:
    settings.SESSION_SEEN_SECONDS = 60


@pytest.fixture(autouse=True)
def _time_stands_still() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.now().replace(microsecond=0), tick=False) as now:
        yield now


@pytest.fixture
def later(_time_stands_still: time_machine.Traveller) -> Callable[..., None]:
    return lambda **span: _time_stands_still.shift(timedelta(**span))


def sign_in(client: Client, user: User, **headers: str):
    fields = {"username": user.username, "password": PASSWORD}
    return client.post(SIGN_IN, fields, headers={"user-agent": FIREFOX, **headers})


def is_inside(client: Client) -> bool:
    """Asked as a page asks by itself, which keeps nobody signed in."""
    return client.get(SIGN_IN, headers={"sec-fetch-mode": "cors"}).status_code == 302


def socket_of(client: Client, ip: str = "127.0.0.1") -> DeskConsumer:
    consumer = DeskConsumer()
    consumer.scope = {"session": SessionStore(client.cookies["sessionid"].value), "client": [ip, 1]}
    return consumer


# How long


def test_silence_ends_a_session_and_work_keeps_it_up_to_a_limit(client: Client, agent: User, later) -> None:
    Role.objects.filter(key="agent").update(idle_minutes=30, session_hours=2)
    sign_in(client, agent)
    assert client.get(LEFT).json() == {"left": 30 * 60}
    for _ in range(4):
        later(minutes=25)
        assert client.post(LEFT).status_code == 200
    assert client.get(LEFT).json() == {"left": 20 * 60}  # work cannot put off the end of the two hours
    later(minutes=21)
    assert not is_inside(client)
    assert socket_of(client)._actor() is None


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(client: Client, agent: User, later) -> None:
    Role.objects.filter(key="agent").update(idle_minutes=30)
    sign_in(client, agent)
    for _ in range(2):
        later(minutes=14)
        assert client.get(SECURITY, headers={"sec-fetch-mode": "cors"}).status_code == 200
        assert socket_of(client)._actor() is not None
    later(minutes=3)
    assert client.get(SECURITY, headers={"sec-fetch-mode": "cors"}).status_code == 302
    assert socket_of(client)._actor() is None
    sessions.purge_sessions()
    assert not StaffSession.objects.filter(user=agent).exists()


# Where


def test_a_list_of_sessions_tells_device_and_place(client: Client, agent: User, later) -> None:
    sign_in(client, agent)
    later(minutes=5)
    phone = Client(REMOTE_ADDR="203.0.113.9")
    sign_in(phone, agent, **{"user-agent": "<script>alert(1)</script> iPhone Safari"})
    page = phone.get(SECURITY)
    rows = [(row.device, row.session.ip, row.is_current) for row in page.context["sessions"]]
    assert rows == [("Safari on iPhone", "203.0.113.9", True), ("Firefox on Windows", "127.0.0.1", False)]
    assert b"<script>alert" not in page.content
    assert client.cookies["sessionid"].value.encode() not in page.content


def test_the_database_holds_no_key_that_opens_a_session(client: Client, agent: User) -> None:
    sign_in(client, agent)
    key = client.cookies["sessionid"].value
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE s::text LIKE %s) FROM accounts_staffsession s", [f"%{key}%"]
        )
        assert cursor.fetchone() == (1, 0)
    stolen = Client()
    stolen.cookies["sessionid"] = StaffSession.objects.get().pk
    assert not is_inside(stolen)
    assert is_inside(client)


def test_one_ends_one_s_own_sessions_and_managers_everybody_s(
    client: Client, agent: User, teammate: User, manager: User, acting
) -> None:
    phone, office = Client(), Client()
    for browser in (client, phone):
        sign_in(browser, agent)
    office.force_login(manager)
    theirs = StaffSession.objects.get(user=manager).pk
    assert client.post(reverse("accounts:session", args=[theirs])).status_code == 404
    with pytest.raises(NotVisible):
        sessions.end_session(session_id=StaffSession.objects.filter(user=agent).first().pk, by=acting(teammate))
    assert StaffSession.objects.filter(user__in=[agent, manager]).count() == 3

    socket = socket_of(phone)
    assert socket._actor() is not None
    other = next(row for row in client.get(SECURITY).context["sessions"] if not row.is_current).session
    assert client.post(reverse("accounts:session", args=[other.pk]))["Location"] == SECURITY
    assert (is_inside(client), is_inside(phone), socket._actor()) == (True, False, None)

    sign_in(phone, agent)
    client.post(reverse("accounts:other-sessions"))
    assert (is_inside(client), is_inside(phone), is_inside(office)) == (True, False, True)

    rows = {"action": "sign_out", "_selected_action": [StaffSession.objects.get(user=agent).pk]}
    office.post("/admin/accounts/staffsession/", rows)
    assert (is_inside(client), is_inside(office)) == (False, True)
    assert AuditEntry.objects.filter(action="session.ended", subject_id=agent.pk).count() == 2


def test_signing_in_over_somebody_else_s_session_begins_one_s_own(client: Client, agent: User, teammate: User) -> None:
    Role.objects.filter(key="agent").update(idle_minutes=30)
    client.force_login(agent)
    sign_in(client, teammate)
    assert client.get(LEFT).json() == {"left": 30 * 60}
    assert [(row.user_id, row.ip, row.device) for row in StaffSession.objects.all()] == [
        (teammate.pk, "127.0.0.1", FIREFOX)
    ]


# Networks


@pytest.mark.parametrize("inside", ["198.51.100.7", "2001:db8::5", "::ffff:198.51.100.7"])
def test_a_vendor_s_people_come_from_its_networks_only(outsourcing_agent: User, vendor: Vendor, inside: str) -> None:
    Role.objects.filter(key="vendor_agent").update(second_factor="optional", is_outsourced=False)
    vendor.networks = ["198.51.100.0/24", "2001:db8::/32"]
    vendor.full_clean()
    vendor.save()
    Role.objects.filter(key="vendor_agent").update(permissions=["tickets.view", "api.use"])
    User.objects.filter(pk=outsourcing_agent.pk).update(role=Role.objects.get(key="vendor_agent"))
    here, elsewhere = Client(REMOTE_ADDR=inside), Client(REMOTE_ADDR="198.51.101.7")
    for client in (here, elsewhere):
        client.force_login(User.objects.get(pk=outsourcing_agent.pk))

    claims = {"x-forwarded-for": inside, "x-real-ip": inside, "forwarded": f"for={inside}"}
    assert socket_of(elsewhere, "198.51.101.7")._actor() is None
    assert elsewhere.get(SECURITY, headers=claims).status_code == 302
    assert StaffSession.objects.filter(user=outsourcing_agent).count() == 1
    assert AuditEntry.objects.filter(action="session.refused_place", subject_id=outsourcing_agent.pk).count() == 1
    assert is_inside(here)
    assert socket_of(here, inside)._actor() is not None
    assert socket_of(here, "")._actor() is None

    refused = sign_in(Client(REMOTE_ADDR="198.51.101.7"), outsourcing_agent)
    wrong = Client(REMOTE_ADDR="198.51.101.8").post(SIGN_IN, {"username": "oliver", "password": "wrong"})
    assert (refused.status_code, wrong.status_code) == (422, 422)
    assert refused.context["form"].errors == wrong.context["form"].errors


def test_networks_hold_for_tokens_too(outsourcing_agent: User, vendor: Vendor, manager: User, acting) -> None:
    Role.objects.filter(key="vendor_agent").update(permissions=["tickets.view", "api.use"])
    _row, plain = tokens.issue_token(
        user=outsourcing_agent, name="t", scopes=["tickets.view", "api.use"], by=acting(manager)
    )
    assert tokens.actor_for_token(plain, "203.0.113.1") is not None
    Vendor.objects.filter(pk=vendor.pk).update(networks=["198.51.100.0/24"])
    assert tokens.actor_for_token(plain, "203.0.113.1") is None
    assert tokens.actor_for_token(plain, "") is None
    assert ApiToken.objects.get().last_used is not None
    assert tokens.actor_for_token(plain, "198.51.100.1") is not None


# Once more


def test_dangerous_actions_ask_once_more(client: Client, manager: User, later) -> None:
    client.force_login(manager)
    role = Role.objects.get(key="agent") if Role.objects.filter(key="agent").exists() else manager.role
    forms = [
        reverse("admin:accounts_role_change", args=[role.pk]),
        reverse("admin:accounts_user_change", args=[manager.pk]),
        reverse("admin:accounts_apitoken_add"),
        reverse("admin:privacy_lenspolicy_add"),
        reverse("admin:access"),
        reverse("admin:contact_channels_channel_add"),
        reverse("admin:automation_webhookendpoint_add"),
        reverse("accounts:second-factor-new"),
    ]
    assert [client.get(form).status_code for form in forms] == [200] * len(forms)
    later(minutes=31)
    for form in forms:
        assert client.get(form)["Location"].startswith("/accounts/security/proof/?next=%2F"), form
    users = reverse("admin:accounts_user_changelist")
    assert client.get(users).status_code == 200
    rows = {"action": "sign_out_everywhere", "_selected_action": [manager.pk]}
    assert "/proof/" in client.post(users, rows)["Location"]
    assert "/proof/" in client.post(forms[2], {"name": "x", "user": manager.pk, "scopes": ["api.use"]})["Location"]
    assert not ApiToken.objects.exists()
    assert User.objects.get(pk=manager.pk).session_epoch == 0

    asked = client.get(forms[0])["Location"]
    assert client.post(asked, {"password": "wrong"}).status_code == 422
    assert "/proof/" in client.get(forms[0])["Location"]
    assert client.post(asked, {"password": PASSWORD, "next": forms[0]})["Location"] == forms[0]
    assert client.get(forms[0]).status_code == 200
    assert client.post(asked, {"password": PASSWORD, "next": "//evil.example"})["Location"] == SECURITY
    assert not factors_of(manager).has_any


def test_guessing_the_proof_ends_soon(client: Client, agent: User) -> None:
    client.force_login(agent)
    answers = [client.post(reverse("accounts:proof"), {"password": "wrong"}).status_code for _ in range(9)]
    assert answers == [422] * 8 + [429]
