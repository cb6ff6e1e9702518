from datetime import date, timedelta

import pytest
from django.test import Client

from apps.accounts.models import AgentSkill, ApiToken, Role, Skill
from apps.accounts.services.users import deactivate_user
from apps.accounts.tokens import revoke_token
from apps.core.actor import SYSTEM
from apps.core.clock import now
from tests.support.api import token_of

pytestmark = pytest.mark.integration


def me(**headers: str):
    return Client(headers=headers).get("/api/v1/me/")


def test_a_token_acts_as_its_user_within_its_scopes(api, manager):
    body = api(manager, scopes=["tickets.view"]).get("me/").json()

    assert body == {
        "username": "mary",
        "display_name": "Mary Manager",
        "role": "manager",
        "kind": "token",
        "language": "en",
        "time_zone": "Asia/Shanghai",
        "permissions": ["api.use", "tickets.view"],
        "sees_all": False,
    }


def test_without_a_credential(db):
    response = me()

    assert (response.status_code, response.json()["code"]) == (401, "api.not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer null",
        "Bearer 0",
        "Bearer []",
        "Bearer cct_wrong",
        "Bearer cct_" + "x" * 5000,
        "Bearer \xff\xfe",
        "Basic bWFyeTpwYXNz",
        "Token cct_x",
        "cct_x",
    ],
)
def test_credentials_that_are_none(db, header):
    """Bad input 87: empty, null, array, 0, and other schemes."""
    response = me(Authorization=header)

    assert (response.status_code, response.json()["code"]) == (401, "api.not_authenticated")


def test_all_dead_credentials_are_answered_alike(manager, agent):
    """Bad input 85: revoked, expired, deactivated, role without the right, vendor switched off."""
    live = {name: token_of(manager) for name in ("revoked", "expired")}
    live["deactivated"] = token_of(agent)
    assert me(Authorization=f"Bearer {live['revoked']}").status_code == 200
    tokens = {row.prefix: row for row in ApiToken.objects.all()}
    revoke_token(token=tokens[live["revoked"][:12]], by=SYSTEM)
    ApiToken.objects.filter(pk=tokens[live["expired"][:12]].pk).update(expires=now() - timedelta(seconds=1))
    deactivate_user(user=agent, by=SYSTEM)

    answers = [me(Authorization=f"Bearer {token}") for token in [*live.values(), "cct_unknown"]]

    assert {answer.status_code for answer in answers} == {401}
    bodies = [{name: value for name, value in answer.json().items() if name != "request_id"} for answer in answers]
    assert all(body == bodies[0] for body in bodies)


def test_the_right_to_use_the_api_is_asked_at_use(agent):
    token = token_of(agent)
    assert me(Authorization=f"Bearer {token}").status_code == 200
    Role.objects.filter(key="agent").update(permissions=["tickets.view"])

    assert me(Authorization=f"Bearer {token}").status_code == 401


def test_wrong_tokens_are_throttled_by_address(db):
    answers = [me(Authorization="Bearer cct_wrong").status_code for _ in range(40)]

    assert answers[0] == 401
    assert answers[-1] == 429


def test_a_session_reads_and_cannot_write(manager):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)

    assert client.get("/api/v1/me/").json()["kind"] == "person"
    for method in (client.post, client.put, client.patch, client.delete):
        assert method("/api/v1/organizations/", {}, content_type="application/json").status_code == 401


def test_a_session_without_the_right_reads_nothing(agent, client):
    client.force_login(agent)

    response = client.get("/api/v1/tickets/")

    assert (response.status_code, response.json()["code"]) == (403, "core.permission_refused")


def test_other_identities_in_headers_are_ignored(db):
    """Bad input 89."""
    response = me(X_Forwarded_User="mary", Remote_User="mary", X_Api_Key="cct_x")

    assert response.status_code == 401


def test_token_in_the_address_is_no_credential(manager):
    token = token_of(manager)

    assert Client().get(f"/api/v1/me/?access_token={token}").status_code in {400, 401}


def test_colleagues(api, agent, outsourcing_agent, stranger, vendor):
    rows = api(agent).get("users/").json()["results"]
    assert [row["username"] for row in rows] == ["alice", "oliver", "steve"]
    assert rows[1]["vendor"] == vendor.key
    assert "password" not in str(rows)
    assert api(agent).get("users/steve/").json()["display_name"] == "Steve Stranger"
    assert api(agent).get("users/nobody/").status_code == 404
    assert [row["username"] for row in api(agent).get("users/", team="care").json()["results"]] == ["alice"]


def test_a_vendor_s_credential_lists_its_own_company_only(api, agent, outsourcing_agent):
    vendors = api(outsourcing_agent)
    answer = vendors.get("users/")
    assert [row["username"] for row in answer.json()["results"]] == ["oliver"]
    assert "alice" not in answer.content.decode().lower()
    assert vendors.get("users/", team="care").json()["results"] == []
    assert (vendors.get("users/alice/").status_code, api(agent).get("users/alice/").status_code) == (404, 200)


def test_skills_are_told_as_far_as_one_knows_the_people(api, agent, outsourcing_agent):
    skill = Skill.objects.create(key="refunds", name={"en": "Refunds"})
    for user in (agent, outsourcing_agent):
        AgentSkill.objects.create(user=user, skill=skill, level=3)
    expired = Skill.objects.create(key="recall", name={"en": "Recall"})
    AgentSkill.objects.create(user=agent, skill=expired, level=5, certified_until=date(2020, 1, 1))

    def levels(reader):
        rows = api(reader).get("users/").json()["results"]
        return {row["username"]: [(skill["skill"], skill["level"]) for skill in row["skills"]] for row in rows}

    assert levels(agent) == {"alice": [("refunds", 3)], "oliver": [("refunds", 3)]}
    assert levels(outsourcing_agent) == {"oliver": [("refunds", 3)]}
    assert [row["key"] for row in api(agent).get("skills/").json()["results"]] == ["recall", "refunds"]


def test_teams(api, agent, team, other_team):
    assert [row["key"] for row in api(agent).get("teams/").json()["results"]] == ["care", "sales"]
