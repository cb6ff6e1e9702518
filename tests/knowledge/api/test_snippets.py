"""Ready texts, read and written by other systems under the rules of the desk."""

import pytest

from apps.knowledge.models import Snippet

pytestmark = pytest.mark.integration
BODY = {"shortcut": "thanks", "title": {"en": "Thanks"}, "body": {"en": "<p>Thank you.</p><script>x</script>"}}


def test_a_private_snippet_lives_and_ends(api, agent, teammate):
    client = api(agent)

    created = client.post("snippets/", BODY)

    row = created.json()
    assert created.status_code == 201
    assert (row["scope"], row["team"], row["owner"], row["is_active"]) == ("private", None, "alice", True)
    assert row["body"] == {"en": "<p>Thank you.</p>"}
    address = created["Location"]
    assert client.get(address).json() == row == client.get("snippets/").json()["results"][0]
    changed = client.patch(address, {"title": {"en": "Many thanks"}, "is_active": False}).json()
    assert (changed["title"], changed["shortcut"], changed["is_active"]) == ({"en": "Many thanks"}, "thanks", False)
    assert client.get("snippets/").json()["results"] == []
    assert api(teammate).get(address).status_code == 404
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert not Snippet.objects.exists()


def test_sharing_needs_the_right_and_a_team_of_ones_own(api, agent, supervisor, team, other_team):
    shared = {**BODY, "scope": "team", "team": team.key}

    refused = api(agent).post("snippets/", shared)
    foreign = api(supervisor).post("snippets/", {**shared, "team": other_team.key})

    assert (refused.status_code, refused.json()["code"]) == (403, "core.permission_refused")
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (422, "team")
    assert not Snippet.objects.exists()
    row = api(supervisor).post("snippets/", shared).json()
    assert (row["scope"], row["team"]) == ("team", "care")
    everybody = api(supervisor).patch(f"snippets/{row['id']}/", {"scope": "all"}).json()
    assert (everybody["scope"], everybody["team"]) == ("all", None)
    assert Snippet.objects.get().team is None


def test_others_change_and_delete_nothing(api, agent, teammate, supervisor, team):
    private = api(agent).post("snippets/", BODY).json()
    shared = api(supervisor).post("snippets/", {**BODY, "scope": "team", "team": team.key}).json()
    before = list(Snippet.objects.order_by("pk").values())

    def tried(user: object, row: dict, **options: object) -> list[int]:
        client, address = api(user, **options), f"snippets/{row['id']}/"
        return [client.patch(address, {"title": {"en": "x"}}).status_code, client.delete(address).status_code]

    assert tried(teammate, private) == [404, 404]
    assert tried(supervisor, private) == [404, 404]
    assert tried(teammate, shared) == [403, 403]
    assert tried(agent, private, scopes=["tickets.view"]) == [403, 403]
    assert api(agent, scopes=["tickets.view"]).post("snippets/", {**BODY, "shortcut": "new"}).status_code == 403
    assert list(Snippet.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"shortcut": "two words"}, 422, "shortcut"),
        ({"title": {"xx": "?"}}, 400, "title"),
        ({"title": {"en": "x" * 201}}, 400, "title"),
        ({"body": {"en": ""}}, 422, "body"),
        ({"scope": "world"}, 400, "scope"),
        ({"scope": "team", "team": "nowhere"}, 400, "team"),
        ({"owner": "mary"}, 400, "owner"),
    ],
)
def test_wrong_snippets_are_refused(api, supervisor, change, status, field):
    response = api(supervisor).post("snippets/", {**BODY, **change})

    assert response.status_code == status
    assert field in {error["field"] for error in response.json()["errors"]}
    assert not Snippet.objects.exists()
