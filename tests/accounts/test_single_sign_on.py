"""Signing in through a provider on the wire: whom it lets in, what it may not claim, and what it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import (
    ClaimRule,
    ExternalIdentity,
    IdentityProvider,
    Role,
    StaffSession,
    Team,
    User,
    Vendor,
)
from apps.accounts.oidc import discovery
from apps.accounts.services.single_sign_on import forget_identities
from apps.core.clock import now
from apps.core.models import AuditEntry
from tests.accounts.test_second_factor import PROOF, is_inside, set_up, type_password
from tests.factories.accounts import RoleFactory, TeamFactory, UserFactory
from tests.factories.outsourcing import ContractFactory
from tests.support.oidc_provider import CLIENT, SECRET, OidcProvider, new_key, oidc_provider
from tests.support.platform_server import answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

BEGIN, END = "/accounts/sign-in/with/corp/", "/accounts/sign-in/with/corp/end/"
Config = Callable[..., IdentityProvider]


@pytest.fixture(scope="module")
def _server() -> Iterator[OidcProvider]:
    with oidc_provider() as running:
        yield running


@pytest.fixture
def server(_server: OidcProvider) -> OidcProvider:
    discovery.forget()
    fresh = OidcProvider(_server.server, keys=_server.keys)
    fresh.person = {"sub": "u-1", "name": "Ada Lovelace", "email": "ada@corp.example", "email_verified": True}
    return fresh


@pytest.fixture
def config(server: OidcProvider) -> Config:
    def make(**values: Any) -> IdentityProvider:
        told = {
            "key": "corp",
            "name": {"en": "Corp"},
            "issuer": server.issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
        }
        return IdentityProvider.objects.create(**{**told, **values})

    return make


@pytest.fixture
def ada(agent: User) -> User:
    User.objects.filter(pk=agent.pk).update(email="Ada@corp.example")
    return User.objects.get(pk=agent.pk)


def go(client: Client, begin: str = BEGIN, **change: str) -> Any:
    """Through the provider and back, as a browser goes; `change` alters what comes back in the address."""
    asked = client.get(begin)
    assert asked.status_code == 302, asked.content
    back = urlsplit(httpx.get(asked["Location"]).headers["location"])
    query = {**dict(pair.split("=", 1) for pair in back.query.split("&")), **change}
    return client.get(f"{back.path}?{'&'.join(f'{name}={value}' for name, value in query.items())}")


def refused_for(client: Client, response: Any) -> str:
    assert response.status_code == 403
    assert "Signing in with Corp did not work" in response.content.decode()
    assert not is_inside(client)
    return str(AuditEntry.objects.filter(action="sign_in.failed").latest("pk").details["reason"])


# Who comes in


def test_a_verified_address_at_a_trusted_domain_opens_its_account_and_ties_the_subject(
    client: Client, server: OidcProvider, config: Config, ada: User
) -> None:
    config(domains=["corp.example"])
    page = client.get("/accounts/sign-in/")
    assert f"{BEGIN}?next=".encode() in page.content
    response = go(client, f"{BEGIN}?next=/desk/tickets/")
    assert (response.status_code, response["Location"]) == (302, "/desk/tickets/")
    assert client.get("/desk/").wsgi_request.user == ada
    identity = ExternalIdentity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (ada, server.issuer, "u-1")
    row = StaffSession.objects.get(user=ada)
    assert (row.identity, row.provider_session) == (identity, "provider-session-1")
    assert AuditEntry.objects.get(action="sign_in").details == {"method": "provider"}
    asked = server.asked[-1]
    assert (asked["response_type"], asked["scope"], asked["code_challenge_method"]) == (
        "code",
        "openid profile email",
        "S256",
    )

    # From now on the subject counts, whatever address it has; and another subject with the address is somebody else.
    server.person = {"sub": "u-1", "email": "new@elsewhere.example"}
    again = Client()
    assert go(again).status_code == 302
    assert is_inside(again)
    server.person = {"sub": "u-2", "email": "ada@corp.example", "email_verified": True}
    other = Client()
    assert refused_for(other, go(other)) == "nobody"


@pytest.mark.parametrize(
    "person",
    [
        {"email": "ada@corp.example", "email_verified": False},
        {"email": "ada@corp.example"},
        {"email": "ada@corp.example", "email_verified": "true"},
        {"email": "ada@corp.example@evil.example", "email_verified": True},
        {"email": "ada@sub.corp.example", "email_verified": True},
        {"preferred_username": "alice"},
    ],
)
def test_an_address_that_proves_nothing_opens_nothing(
    client: Client, server: OidcProvider, config: Config, ada: User, person: dict[str, Any]
) -> None:
    config(domains=["corp.example"])
    server.person = {"sub": "u-9", **person}
    assert refused_for(client, go(client)) == "nobody"
    assert not ExternalIdentity.objects.exists()


def test_without_trusted_domains_addresses_prove_nothing(
    client: Client, config: Config, server: OidcProvider, ada: User
) -> None:
    config()
    assert refused_for(client, go(client)) == "nobody"


def test_new_people_get_the_first_role_and_what_rules_give(
    client: Client, config: Config, server: OidcProvider
) -> None:
    basic, lead = RoleFactory(key="agent"), RoleFactory(key="supervisor")
    care, sales = TeamFactory(key="care"), TeamFactory(key="sales")
    provider = config(creates_people=True, default_role=basic, domains=["corp.example"])
    ClaimRule.objects.create(provider=provider, claim="realm_access.roles", value="lead", role=lead)
    ClaimRule.objects.create(provider=provider, claim="groups", value="care", team=care)
    ClaimRule.objects.create(provider=provider, claim="groups", value="sales", team=sales)
    server.person |= {"groups": ["care"], "realm_access": {"roles": ["lead"]}, "preferred_username": "ada l<>"}
    assert go(client).status_code == 302
    user = ExternalIdentity.objects.get().user
    assert (user.username, user.display_name, user.role, user.vendor) == ("ada-l", "Ada Lovelace", lead, None)
    assert set(Team.objects.filter(group__user=user)) == {care}
    assert not user.has_usable_password()

    server.person |= {"groups": "sales", "realm_access": {}}
    assert go(Client()).status_code == 302
    user.refresh_from_db()
    assert (user.role, set(Team.objects.filter(group__user=user))) == (basic, {sales})
    assert not is_inside(client)  # another role ends the sessions that began with the old one


def test_nobody_is_made_where_it_was_not_asked_for(
    client: Client, config: Config, server: OidcProvider, agent: User
) -> None:
    before = User.objects.count()
    provider = config()
    assert refused_for(client, go(client)) == "nobody"
    provider.creates_people, provider.default_role, provider.domains = True, agent.role, ["other.example"]
    provider.save()
    assert refused_for(client, go(client)) == "nobody"
    assert User.objects.count() == before


def test_a_switched_off_account_stays_outside_with_the_same_words(client: Client, config: Config, ada: User) -> None:
    config(domains=["corp.example"])
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert refused_for(client, go(client)) == "switched off"


# Companies


def test_a_vendor_s_provider_lets_in_its_own_people_only(
    client: Client, config: Config, server: OidcProvider, ada: User, outsourcing_agent: User, vendor: Vendor
) -> None:
    provider = config(vendor=vendor, domains=["corp.example"], proofs=["mfa"])
    assert BEGIN.encode() not in client.get("/accounts/sign-in/").content  # nobody reads there which vendors there are
    assert BEGIN.encode() in client.get("/accounts/sign-in/?at=corp").content
    assert refused_for(client, go(client)) == "nobody"  # the address is one of the house
    ExternalIdentity.objects.create(user=ada, provider=provider, issuer=server.issuer, subject="u-1")
    assert refused_for(client, go(client)) == "company"

    server.person = {"sub": "u-3", "email": "oliver@corp.example", "email_verified": True, "amr": ["pwd", "mfa"]}
    User.objects.filter(pk=outsourcing_agent.pk).update(email="oliver@corp.example")
    assert go(client).status_code == 302
    assert is_inside(client)
    vendor.networks = ["198.51.100.0/24"]
    vendor.save()
    other = Client()
    assert refused_for(other, go(other)) == "place"
    Vendor.objects.update(networks=[], is_active=False)
    assert Client().get(BEGIN).status_code == 404


def test_what_a_provider_may_give_is_checked_where_it_is_set(config: Config, vendor: Vendor, manager: User) -> None:
    house, theirs = RoleFactory(key="agent"), RoleFactory(key="vendor_agent")
    provider = config(vendor=vendor)
    for bad in ({"default_role": house}, {"creates_people": True}):
        with pytest.raises(ValidationError):
            IdentityProvider(vendor=vendor, **bad).clean()
    with pytest.raises(ValidationError):
        IdentityProvider(default_role=manager.role).clean()
    for bad in ({"role": house}, {"team": TeamFactory()}, {"role": theirs, "team": TeamFactory(vendor=vendor)}, {}):
        with pytest.raises(ValidationError):
            ClaimRule(provider=provider, claim="groups", value="x", **bad).clean()
    ClaimRule(provider=provider, claim="groups", value="x", role=theirs).clean()


# What is not believed


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "somebody-else"]},
        {"azp": "somebody-else"},
        {"iss": "https://evil.example"},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "wrong"},
    ],
    ids=lambda lies: "-".join(f"{name}={str(value)[:16]}" for name, value in lies.items()),
)
def test_a_token_for_something_else_opens_nothing(
    client: Client, server: OidcProvider, config: Config, ada: User, lies: dict[str, Any]
) -> None:
    config(domains=["corp.example"])
    server.lies = lies
    refused_for(client, go(client))
    assert not ExternalIdentity.objects.exists()


@pytest.mark.parametrize("alg", ["none", "HS256", "strange key", "strange key, known name"])
def test_a_signature_of_somebody_else_opens_nothing(
    client: Client, server: OidcProvider, config: Config, ada: User, alg: str
) -> None:
    config(domains=["corp.example"])
    if alg.startswith("strange"):
        server.signs_with = new_key()
        if alg.endswith("name"):
            server.signs_with._dict_value["kid"] = server.keys[0].kid
    else:
        server.alg = alg
    assert refused_for(client, go(client)).startswith("signature")


def test_state_binds_the_answer_to_the_browser_and_counts_once(client: Client, config: Config, ada: User) -> None:
    config(domains=["corp.example"])
    assert refused_for(client, go(client, state="made-up")) == "state"
    assert refused_for(client, go(client, iss="https://evil.example")) == "iss"
    assert refused_for(client, go(client, code="made-up")) == "token endpoint: 400"
    assert refused_for(client, client.get(f"{BEGIN}answer/?error=access_denied")) == "session"
    asked = client.get(BEGIN)["Location"]
    back = urlsplit(httpx.get(asked).headers["location"])
    stranger = Client()
    assert refused_for(stranger, stranger.get(f"{back.path}?{back.query}")) == "session"
    assert client.get(f"{back.path}?{back.query}").status_code == 302
    assert client.get(f"{back.path}?{back.query}").status_code == 403


def test_keys_may_change_at_any_time(
    client: Client, server: OidcProvider, config: Config, ada: User, monkeypatch
) -> None:
    config(domains=["corp.example"])
    assert go(client).status_code == 302
    server.rotate()
    monkeypatch.setattr(discovery, "ASKED_AGAIN_SECONDS", 0.0)
    other = Client()
    assert go(other).status_code == 302
    assert is_inside(other)


@pytest.mark.parametrize(
    "told", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://10.0.0.1/token"}, {"jwks_uri": 7}]
)
def test_a_provider_that_is_not_the_one_named_is_not_asked(
    client: Client, server: OidcProvider, config: Config, told: dict[str, Any]
) -> None:
    config()
    server.server.on("/.well-known/openid-configuration", answer({**server.metadata(), **told}))
    response = client.get(BEGIN)
    assert response.status_code == 502
    assert "does not answer as it should" in response.content.decode()
    server.__post_init__()


def test_a_provider_inside_the_network_must_be_allowed(client: Client, config: Config, settings) -> None:
    config()
    settings.HTTP_ALLOW_PRIVATE = []
    assert client.get(BEGIN).status_code == 502
    settings.SSO_ALLOW_PRIVATE = ["127.0.0.0/8"]
    discovery.forget()
    assert client.get(BEGIN).status_code == 302


# Second factor, password, proof


def test_the_provider_s_second_factor_counts_where_it_was_said_so(
    client: Client, server: OidcProvider, config: Config, ada: User, acting
) -> None:
    provider = config(domains=["corp.example"], proofs=["mfa", "phr"])
    set_up(ada, acting)
    assert go(client)["Location"] == PROOF
    assert not is_inside(client)
    server.person |= {"amr": ["pwd", "mfa"]}
    assert go(client)["Location"] == "/desk/"
    assert is_inside(client)
    Role.objects.filter(pk=ada.role_id).update(second_factor="key")
    other = Client()
    assert go(other)["Location"] == PROOF  # a key is asked for, and mfa may be a code
    server.person |= {"acr": "phr"}
    assert go(other)["Location"] == "/desk/"
    assert provider.rules.count() == 0


def test_people_of_a_provider_may_be_kept_from_passwords(client: Client, config: Config, ada: User) -> None:
    provider = config(domains=["corp.example"], allows_password=False)
    assert type_password(client, ada).status_code == 302
    assert go(Client()).status_code == 302
    wrong = Client().post("/accounts/sign-in/", {"username": ada.username, "password": "wrong"})
    right = type_password(Client(), ada)
    assert (right.status_code, right.context["form"].errors) == (422, wrong.context["form"].errors)
    provider.is_active = False
    provider.save()
    assert type_password(Client(), ada).status_code == 302


def test_one_proves_oneself_once_more_at_the_provider(
    client: Client, server: OidcProvider, config: Config, ada: User
) -> None:
    config(domains=["corp.example"])
    again = f"{reverse('accounts:sso-proof', args=['corp'])}?next=/accounts/security/app/"
    go(client)
    assert again.split("?", maxsplit=1)[0].encode() in client.get(reverse("accounts:proof")).content
    server.lies = {"auth_time": 1_700_000_000}
    assert go(client, again).status_code == 403
    assert "proven" not in client.session
    server.lies = {"sub": "u-2"}
    assert go(client, again).status_code == 403
    assert "proven" not in client.session
    server.lies = {}
    assert go(client, again)["Location"] == "/accounts/security/app/"
    assert (server.asked[-1]["prompt"], server.asked[-1]["max_age"]) == ("login", "0")
    assert "proven" in client.session
    by_password = Client()
    by_password.force_login(ada)
    assert by_password.get(again).status_code == 404


# Ending


def test_signing_out_offers_to_sign_out_there_too(
    client: Client, server: OidcProvider, config: Config, ada: User
) -> None:
    config(domains=["corp.example"])
    go(client)
    left = client.post("/accounts/sign-out/")
    assert left["Location"] == "/accounts/sign-in/?left=corp"
    assert "Clear-Site-Data" in left
    assert f"{BEGIN}leaving/".encode() in client.get(left["Location"]).content
    there = client.get(f"{BEGIN}leaving/")["Location"]
    assert there.startswith(f"{server.issuer}/leave?client_id={CLIENT}&post_logout_redirect_uri=http")


def test_the_provider_ends_what_it_began(client: Client, server: OidcProvider, config: Config, ada: User) -> None:
    config(domains=["corp.example"])
    go(client)
    by_password = Client()
    by_password.force_login(ada)
    for bad in (
        server.logout_token(sub="u-1", aud="somebody-else"),
        server.logout_token(sub="u-1", iss="https://evil.example"),
        server.logout_token(sub="u-1", events={}),
        server.logout_token(sub="u-1", nonce="x"),
        server.logout_token(sub="u-1", jti=None),
        server.logout_token(sub="u-1", iat=1_700_000_000),
        server.logout_token(sub=None),
        "nonsense",
    ):
        assert client.post(END, {"logout_token": bad}).status_code == 400
    server.signs_with = new_key()
    assert client.post(END, {"logout_token": server.logout_token(sub="u-1")}).status_code == 400
    server.signs_with = None
    assert is_inside(client)

    assert client.post(END, {"logout_token": server.logout_token(sub="u-1", sid="another")}).status_code == 200
    assert is_inside(client)
    token = server.logout_token(sub="u-1", sid="provider-session-1")
    told = Client(enforce_csrf_checks=True).post(END, {"logout_token": token})
    assert (told.status_code, "no-store" in told["Cache-Control"]) == (200, True)
    assert (is_inside(client), is_inside(by_password)) == (False, True)
    go(client)
    assert client.post(END, {"logout_token": token}).status_code == 400  # each counts once
    assert is_inside(client)
    assert AuditEntry.objects.filter(action="session.ended_at_provider", subject_id=ada.pk).count() == 1


def test_a_manager_has_it_forgotten(client: Client, config: Config, ada: User, manager: User, acting) -> None:
    config(domains=["corp.example"])
    go(client)
    forget_identities(user=ada, by=acting(manager))
    assert not is_inside(client)
    assert not ExternalIdentity.objects.exists()


# Connecting and disconnecting one's own account

CONNECT, DISCONNECT = "/accounts/security/providers/corp/", "/accounts/security/providers/corp/removal/"


def signed_in(user: User) -> Client:
    found = Client(headers={"Accept-Language": "en"})
    found.force_login(user)
    return found


def test_one_connects_and_disconnects_one_s_own_account(server: OidcProvider, config: Config, ada: User) -> None:
    config()
    browser = signed_in(ada)
    assert CONNECT.encode() in browser.get("/accounts/security/").content
    assert go(browser, CONNECT)["Location"] == "/accounts/security/"
    assert (server.asked[-1]["prompt"], server.asked[-1]["max_age"]) == ("login", "0")
    identity = ExternalIdentity.objects.get()
    assert (identity.user, identity.subject) == (ada, "u-1")
    assert AuditEntry.objects.get(action="identity.connected").actor_user_id == ada.pk
    assert go(browser, CONNECT).status_code == 302  # once more changes nothing
    assert ExternalIdentity.objects.get() == identity

    by_provider = Client()
    assert go(by_provider)["Location"] == "/desk/"
    assert browser.get(DISCONNECT).status_code == 405
    assert browser.post(DISCONNECT)["Location"] == "/accounts/security/"
    assert not ExternalIdentity.objects.exists()
    assert (is_inside(browser), is_inside(by_provider)) == (True, False)
    stranger = Client()
    assert refused_for(stranger, go(stranger)) == "nobody"


@pytest.mark.parametrize("why", ["taken", "other", "company", "address"])
def test_a_refused_connection_changes_nothing(
    server: OidcProvider, config: Config, ada: User, manager: User, vendor: Vendor, why: str
) -> None:
    domains = ["corp.example"] if why == "address" else []
    provider = config(domains=domains)
    if why == "taken":
        ExternalIdentity.objects.create(user=manager, provider=provider, issuer=server.issuer, subject="u-1")
    if why == "other":
        ExternalIdentity.objects.create(user=ada, provider=provider, issuer=server.issuer, subject="u-0")
    if why == "address":
        server.person |= {"email_verified": False}
    before = list(ExternalIdentity.objects.values_list("user", "subject"))
    browser = signed_in(ada)
    if why == "company":
        asked = browser.get(CONNECT)["Location"]
        IdentityProvider.objects.update(vendor=vendor)
        back = urlsplit(httpx.get(asked).headers["location"])
        browser.get(f"{back.path}?{back.query}")
        assert browser.get(CONNECT).status_code == 404
    else:
        assert go(browser, CONNECT)["Location"] == "/accounts/security/"
        page = browser.get("/accounts/security/").content.decode()
        assert "This account at Corp cannot be connected with yours. Nothing was changed." in page
    assert list(ExternalIdentity.objects.values_list("user", "subject")) == before
    refused = AuditEntry.objects.get(action="identity.connect_refused")
    assert (refused.details["reason"], refused.subject_id, refused.result) == (why, ada.pk, "refused")
    assert not AuditEntry.objects.filter(action="identity.connected").exists()


def test_what_came_back_counts_for_who_asked_and_once(
    server: OidcProvider, config: Config, ada: User, manager: User
) -> None:
    config()
    browser = signed_in(ada)
    back = urlsplit(httpx.get(browser.get(CONNECT)["Location"]).headers["location"])
    assert signed_in(manager).get(f"{back.path}?{back.query}").status_code == 403  # another person's browser
    assert go(browser, CONNECT, state="forged").status_code == 403
    server.lies = {"nonce": "another"}
    assert go(browser, CONNECT).status_code == 403
    assert not ExternalIdentity.objects.exists()
    server.lies = {}
    with time_machine.travel(now() + timedelta(minutes=31)):
        assert "/proof/" in browser.get(CONNECT)["Location"]
        assert "/proof/" in browser.post(DISCONNECT)["Location"]
    assert Client().get(CONNECT).status_code == 302


@pytest.mark.parametrize("why", ["no password", "only this way"])
def test_nobody_disconnects_their_only_way_in(config: Config, ada: User, why: str) -> None:
    provider = config(allows_password=why == "no password")
    ExternalIdentity.objects.create(user=ada, provider=provider, issuer=provider.issuer, subject="u-1")
    if why == "no password":
        ada.set_unusable_password()
        ada.save()
    browser = signed_in(ada)
    browser.post(DISCONNECT)
    assert "Corp is how you sign in" in browser.get("/accounts/security/").content.decode()
    assert ExternalIdentity.objects.filter(user=ada).exists()


@pytest.mark.parametrize(
    ("most", "networks", "is_let_in"), [(2, [], False), (3, ["192.0.2.0/24"], False), (3, [], True)]
)
def test_a_vendor_s_provider_makes_no_more_people_than_agreed_and_none_from_elsewhere(
    client: Client,
    config: Config,
    vendor: Vendor,
    vendor_team: Team,
    outsourcing_agent: User,
    most,
    networks,
    is_let_in,
) -> None:
    UserFactory(role="vendor_agent", vendor=vendor, teams=[vendor_team])
    ContractFactory(vendor=vendor, state="active", most_people=most)
    Vendor.objects.filter(pk=vendor.pk).update(networks=networks)
    config(vendor=vendor, creates_people=True, default_role=RoleFactory(key="vendor_agent"))
    before = User.objects.count()
    assert (go(client).status_code == 302) == is_let_in
    assert User.objects.count() - before == int(is_let_in)
    assert ExternalIdentity.objects.count() == int(is_let_in)
