"""What is no password, no name and no link opens nothing, by whichever door it is brought (bad input 79, 85, 87, 94)."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services.entry_links import make_entry_link
from apps.core.actor import Actor
from apps.core.models import AuditEntry
from tests.accounts.test_signing_in import SIGN_IN, is_inside, sign_in
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_stored_hash_is_no_password(client: Client, agent: User) -> None:
    """Nor is any part of it."""
    for text in (agent.password, agent.password.rpartition("$")[2], f"!{agent.password}"):
        assert sign_in(client, "alice", text).status_code == 422
    assert not is_inside(client)


@pytest.mark.parametrize(
    "name", ["\u0430lice", "al\u0131ce", "alice\u200b", "alice\u0000", "alice\\n", "a%6cice", "alice'--"]
)
def test_a_name_that_looks_alike_is_another_name(client: Client, agent: User, name: str) -> None:
    assert sign_in(client, name, PASSWORD).status_code == 422
    assert not is_inside(client)


def test_names_in_other_writing_share_the_count_of_guesses(client: Client, agent: User) -> None:
    """Whoever guesses at ａｌｉｃｅ, Alice and alice guesses at one account."""
    answers = [sign_in(Client(), name, "wrong").status_code for name in ("alice", "ａｌｉｃｅ", "Alice") * 3]
    assert answers == [422] * 8 + [429]


@pytest.mark.parametrize("next_page", ["/admin/", "//evil.example/admin/", "javascript:alert(1)"])
def test_the_administration_has_no_door_of_its_own(client: Client, manager: User, next_page: str) -> None:
    """It would know of no second factor, no network and no guesses."""
    answer = client.post(f"/admin/login/?next={next_page}", {"username": "mary", "password": PASSWORD})
    assert answer["Location"].startswith(f"{SIGN_IN}?next=")
    assert client.get(answer["Location"]).context["next"] in {"/admin/", "/desk/"}
    assert not is_inside(client)


@pytest.mark.parametrize(
    "token", ["%20", "%00", "0", "null", "None", "-", "undefined", "%2e%2e", "a" * 5000, "%EF%BC%90"]
)
def test_a_link_with_nothing_in_it_opens_nothing(
    client: Client, agent: User, manager: User, acting, token: str
) -> None:
    """Neither for somebody who has a password, nor for somebody who was invited and has none yet."""
    by: Actor = acting(manager)
    invited = make_entry_link(user=agent, by=by)
    uid, genuine = invited.strip("/").split("/")[-2:]
    elsewhere = reverse("accounts:entry", args=["1" if uid != "1" else "2", genuine])
    before, entries = User.objects.order_by("pk").values_list("pk", "password"), AuditEntry.objects.count()
    kept = list(before)
    for path in (f"/accounts/entry/{uid}/{token}/", f"/accounts/entry/{token}/{genuine}/", elsewhere):
        for answer in (client.get(path), client.post(path, {"password": "walked in here", "again": "walked in here"})):
            assert answer.status_code == 404
    assert list(before.all()) == kept
    assert AuditEntry.objects.count() == entries
    assert client.get(invited).status_code == 200
