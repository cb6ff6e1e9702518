"""A second proof at signing in: who needs one, how it is set up, and what gets nobody past it."""

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.checks import check_exceptions
from apps.accounts.enums import SecondFactorRule
from apps.accounts.errors import SecondFactorNeeded
from apps.accounts.models import RecoveryCode, Role, TotpFactor, User
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors.factors import factors_of
from apps.accounts.services import recovery_codes, second_factor
from apps.accounts.services.users import set_password
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import PermissionRefused
from apps.core.models import AuditEntry
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SIGN_IN, PROOF, SET_UP = "/accounts/sign-in/", "/accounts/sign-in/second-factor/", "/accounts/security/app/"


@pytest.fixture(autouse=True)
def _time_stands_still() -> Iterator[time_machine.Traveller]:
    """A code is right for a minute and a half; a slow machine takes longer."""
    with time_machine.travel(clock.now().replace(second=0, microsecond=0), tick=False) as now:
        yield now


@pytest.fixture
def later(_time_stands_still: time_machine.Traveller) -> Callable[..., None]:
    return lambda **span: _time_stands_still.shift(timedelta(**span))


def code_of(user: User) -> str:
    """What the person's app shows now."""
    key = base64.b32decode(TotpFactor.objects.get(user=user).secret)
    return TOTP(key, 6, SHA1(), 30).generate(int(clock.now().timestamp())).decode()


def wrong_code_of(user: User) -> str:
    """One that is right at none of the moments around now."""
    key = base64.b32decode(TotpFactor.objects.get(user=user).secret)
    totp, now = TOTP(key, 6, SHA1(), 30), int(clock.now().timestamp())
    right = {totp.generate(now + off).decode() for off in range(-120, 121, 30)}
    return next(code for code in (f"{number:06}" for number in range(len(right) + 1)) if code not in right)


def set_up(user: User, acting) -> list[str]:
    second_factor.begin_totp(user=user)
    codes = second_factor.confirm_totp(user=user, code=code_of(user), by=acting(user))
    assert codes is not None
    return codes


def type_password(client: Client, user: User, **fields: str):
    return client.post(SIGN_IN, {"username": user.username, "password": PASSWORD, **fields})


def is_inside(client: Client) -> bool:
    return client.get(SIGN_IN).status_code == 302


# Who needs one


def test_who_opens_data_to_others_or_comes_from_outside_needs_one(cast, settings) -> None:
    assert {name for name, user in cast.items() if needs_second_factor(user)} == {"manager", "outsourcing_agent"}
    Role.objects.filter(key="manager").update(second_factor=SecondFactorRule.OPTIONAL)
    Role.objects.filter(key="agent").update(second_factor=SecondFactorRule.NEEDED)
    ruled = {name: User.objects.get(pk=user.pk) for name, user in cast.items()}
    needing = {name for name, user in ruled.items() if needs_second_factor(user)}
    assert needing == {"agent", "teammate", "stranger", "outsourcing_agent"}
    settings.SECOND_FACTOR_EXCEPTED = (cast["outsourcing_agent"].username,)
    assert not needs_second_factor(cast["outsourcing_agent"])


def test_exceptions_are_refused_outside_of_the_demo(settings) -> None:
    assert check_exceptions() == []
    settings.SECOND_FACTOR_EXCEPTED = ("manager",)
    settings.DEMO = True
    assert check_exceptions() == []
    settings.DEMO = False
    assert [error.id for error in check_exceptions()] == ["accounts.E001"]


# Setting up


def test_first_sign_in_of_a_manager_leads_through_the_set_up(client: Client, manager: User) -> None:
    response = type_password(client, manager, next="/admin/?a=1")
    assert (response.status_code, response["Location"]) == (302, SET_UP)
    assert not is_inside(client)
    assert client.get("/desk/").status_code == 302
    page = client.get(SET_UP)
    assert b"<svg" in page.content
    assert "no-store" in page["Cache-Control"]
    again = client.get(SET_UP)
    assert again.context["secret"] == page.context["secret"]  # the app that scanned it a moment ago stays right

    assert client.post(SET_UP, {"code": wrong_code_of(manager)}).status_code == 422
    assert not is_inside(client)
    codes = client.post(SET_UP, {"code": f" {code_of(manager)[:3]} {code_of(manager)[3:]} "})
    assert (codes.status_code, codes.context["target"], len(codes.context["codes"])) == (200, "/admin/?a=1", 10)
    assert is_inside(client)
    assert AuditEntry.objects.get(action="sign_in").details == {"method": "totp"}
    assert client.get(SET_UP)["Location"] == "/accounts/security/"  # its secret is never shown again


def test_set_up_cannot_be_taken_over_by_who_knows_the_password_alone(client: Client, manager: User, acting) -> None:
    set_up(manager, acting)
    secret = TotpFactor.objects.get(user=manager).secret
    type_password(client, manager)
    assert client.get(SET_UP)["Location"] == PROOF
    assert client.post(SET_UP, {"code": code_of(manager)})["Location"] == PROOF
    with pytest.raises(PermissionRefused):
        second_factor.begin_totp(user=manager)
    assert TotpFactor.objects.get(user=manager).secret == secret
    assert not is_inside(client)


# Proving


def test_code_of_the_app_opens_and_is_taken_once(client: Client, manager: User, acting, later) -> None:
    set_up(manager, acting)
    later(minutes=1)
    assert type_password(client, manager, next="/desk/tickets/")["Location"] == PROOF
    seen = code_of(manager)
    waiting_key = client.session.session_key
    response = client.post(PROOF, {"code": seen})
    assert (response.status_code, response["Location"]) == (302, "/desk/tickets/")
    assert is_inside(client)
    assert client.session.session_key != waiting_key

    onlooker = Client()
    type_password(onlooker, manager)
    assert onlooker.post(PROOF, {"code": seen}).status_code == 422
    assert not is_inside(onlooker)
    later(seconds=-30)  # the code before it neither
    assert onlooker.post(PROOF, {"code": code_of(manager)}).status_code == 422
    later(minutes=1)
    assert onlooker.post(PROOF, {"code": code_of(manager)}).status_code == 302


def test_recovery_code_opens_once_and_is_kept_as_a_hash(client: Client, manager: User, acting) -> None:
    codes = set_up(manager, acting)
    stored = b"".join(bytes(row.digest) for row in RecoveryCode.objects.filter(user=manager))
    assert not any(code.replace("-", "").encode() in stored for code in codes)
    type_password(client, manager)
    assert client.post(PROOF, {"code": codes[0].upper()}).status_code == 302
    assert is_inside(client)
    second = Client()
    type_password(second, manager)
    assert second.post(PROOF, {"code": codes[0]}).status_code == 422
    assert not is_inside(second)
    assert factors_of(manager).codes_left == 9
    assert AuditEntry.objects.filter(action="second_factor.recovery_used", subject_id=manager.pk).count() == 1


def test_codes_of_others_open_nothing(client: Client, manager: User, outsourcing_agent: User, acting) -> None:
    codes = set_up(outsourcing_agent, acting)
    set_up(manager, acting)
    type_password(client, manager)
    assert client.post(PROOF, {"code": codes[0]}).status_code == 422
    assert factors_of(outsourcing_agent).codes_left == 10


def test_guessing_ends_soon_and_the_owner_waits_minutes(client: Client, manager: User, acting, later) -> None:
    codes = set_up(manager, acting)
    later(minutes=1)
    type_password(client, manager)
    guess = wrong_code_of(manager)
    answers = [client.post(PROOF, {"code": guess}).status_code for _ in range(9)]
    assert answers == [422] * 8 + [429]
    for right in (code_of(manager), codes[0]):  # neither is looked at
        assert client.post(PROOF, {"code": right}).status_code == 429
    assert not is_inside(client)
    assert factors_of(manager).codes_left == 10
    assert AuditEntry.objects.filter(action="second_factor.failed", subject_id=manager.pk).count() == 8
    later(minutes=3)
    assert client.post(PROOF, {"code": code_of(manager)}).status_code == 302


@pytest.mark.parametrize("code", ["", "0" * 33, "\x0012345", "１２３４５６", "123456\n789", "'; --"])
def test_what_is_no_code_opens_nothing(client: Client, manager: User, acting, code: str) -> None:
    set_up(manager, acting)
    type_password(client, manager)
    assert client.post(PROOF, {"code": code}).status_code == 422
    assert not is_inside(client)


# Waiting between the two


def test_nobody_waits_without_the_password(client: Client) -> None:
    for address in (PROOF, SET_UP):
        assert client.get(address)["Location"] == SIGN_IN
        assert client.post(address, {"code": "123456"})["Location"] == SIGN_IN
    assert not TotpFactor.objects.exists()


@pytest.mark.parametrize("event", ["time", "password", "dismissal"])
def test_waiting_ends(client: Client, manager: User, acting, later, event: str) -> None:
    set_up(manager, acting)
    later(minutes=1)
    type_password(client, manager)
    if event == "time":
        later(minutes=11)
    elif event == "password":
        set_password(user=manager, password="another good passphrase", by=acting(manager))
    else:
        User.objects.filter(pk=manager.pk).update(is_active=False)
    assert client.post(PROOF, {"code": code_of(manager)})["Location"] == SIGN_IN
    assert not is_inside(client)


def test_planted_session_never_comes_to_wait_for_somebody(client: Client, manager: User, acting) -> None:
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = session.session_key
    set_up(manager, acting)
    type_password(client, manager)
    assert client.session.session_key != session.session_key
    assert "planted" not in client.session


# Afterwards


def test_one_looks_after_one_s_own(client: Client, agent: User, acting) -> None:
    old = set_up(agent, acting)
    client.force_login(agent)
    assert client.get(reverse("accounts:security")).context["factors"].codes_left == 10
    renewed = client.post(reverse("accounts:recovery-codes"))
    assert "no-store" in renewed["Cache-Control"]
    assert len({*renewed.context["codes"]} - {*old}) == 10
    assert second_factor.check_code(user=agent, code=old[0], by=acting(agent)) is None
    client.post(reverse("accounts:second-factor-removal"))
    assert not factors_of(agent).has_any
    assert factors_of(agent).codes_left == 0


def test_what_a_role_needs_stays(client: Client, manager: User, agent: User, acting) -> None:
    set_up(manager, acting)
    client.force_login(manager)
    assert client.post(reverse("accounts:second-factor-removal")).status_code == 409
    with pytest.raises(SecondFactorNeeded):
        second_factor.remove_totp(user=manager, by=acting(manager))
    for act in (second_factor.remove_totp, recovery_codes.renew_recovery_codes, second_factor.reset_second_factor):
        with pytest.raises(PermissionRefused):
            act(user=manager, by=acting(agent))
    assert factors_of(manager).has_any
    assert factors_of(manager).codes_left == 10


def test_a_lost_phone_is_reset_by_another_manager_or_on_the_server(
    client: Client, manager: User, outsourcing_agent: User, acting
) -> None:
    for user in (manager, outsourcing_agent):
        set_up(user, acting)
    client.force_login(outsourcing_agent)
    office = Client()
    office.force_login(manager)
    rows = {"action": "reset_second_factor", "_selected_action": [manager.pk, outsourcing_agent.pk]}
    office.post("/admin/accounts/user/", rows)
    assert not is_inside(client)
    assert type_password(client, outsourcing_agent)["Location"] == SET_UP
    assert factors_of(manager).has_any  # never one's own

    call_command("reset_second_factor", "mary", stdout=None)
    assert not factors_of(manager).has_any
    reset = AuditEntry.objects.filter(action="second_factor.reset").order_by("pk")
    assert [(entry.subject_id, entry.actor_user_id) for entry in reset] == [
        (outsourcing_agent.pk, manager.pk),
        (manager.pk, None),
    ]


def test_without_one_and_without_need_the_password_is_enough(client: Client) -> None:
    user = UserFactory(username="susan", role="supervisor")
    assert type_password(client, user)["Location"] == "/desk/"
    actor: Actor = client.get("/desk/").wsgi_request.actor  # type: ignore[attr-defined]
    assert actor.user_id == user.pk
