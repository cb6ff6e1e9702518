from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.api import throttles
from apps.core.errors import TooMany
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.integration


def test_a_problem_in_full(api, manager):
    response = api(manager).get("tickets/12345/")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    request_id = body.pop("request_id")
    assert request_id == response["X-Request-ID"]
    assert body == {
        "type": "/api/v1/errors/core.not_found/",
        "title": "Not found.",
        "status": 404,
        "code": "core.not_found",
        "detail": "Not found.",
        "instance": "/api/v1/tickets/12345/",
    }


def test_the_type_of_a_problem_can_be_followed(api, manager):
    address = api(manager).get("tickets/12345/").json()["type"]

    assert Client(headers={"Accept-Language": "en"}).get(address).json() == {
        "code": "core.not_found",
        "status": 404,
        "message": "Not found.",
    }


def test_problems_speak_the_readers_language(api, manager):
    manager.language = "zh-hans"
    response = api(manager, Accept_Language="zh-hans").get("tickets/12345/")
    english = api(manager).get("tickets/12345/")

    assert response.json()["code"] == english.json()["code"]


@pytest.mark.parametrize("path", ["", "nothing/", "tickets/1/nothing/", "tickets/../admin/", "%2e%2e/", "tickets/%00/"])
def test_unknown_addresses_are_problems(client, path):
    response = client.get(f"/api/v1/{path}")

    assert response.status_code == 404
    assert response.json()["code"] == "core.not_found"


def test_a_forgotten_slash_is_forgiven_with_method_and_body(api, manager):
    client = api(manager).client

    response = client.post("/api/v1/organizations?x=1", {"name": "Example"}, content_type="application/json")
    assert (response.status_code, response["Location"]) == (308, "/api/v1/organizations/?x=1")
    assert client.get("/api/v1/me").status_code == 308


def test_methods_that_an_address_does_not_know(api, manager):
    response = api(manager).put("organizations/", {"name": "x"})

    assert (response.status_code, response.json()["code"]) == (405, "api.method_not_allowed")


@pytest.mark.parametrize("accept", ["text/html", "application/xml"])
def test_media_types_that_cannot_be_given(api, manager, accept):
    response = api(manager, Accept=accept).get("me/")

    assert (response.status_code, response.json()["code"]) == (406, "api.not_acceptable")


def test_media_types_that_cannot_be_read(api, manager):
    response = api(manager).client.post("/api/v1/organizations/", "name=x", content_type="text/plain")

    assert (response.status_code, response.json()["code"]) == (415, "api.unsupported_media_type")


def test_a_form_is_no_body(api, manager):
    response = api(manager).client.post("/api/v1/organizations/", {"name": "x"})

    assert (response.status_code, response.json()["code"]) == (415, "api.unsupported_media_type")


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "[{}]"])
def test_a_body_that_is_no_object(api, manager, body):
    response = api(manager).client.post("/api/v1/organizations/", body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "api.invalid_request")


def test_broken_json_is_refused_with_its_place(api, manager):
    response = api(manager).client.post("/api/v1/organizations/", '{"name": }', content_type="application/json")

    assert response.json()["code"] == "api.malformed_body"
    assert "line 1, column 10" in response.json()["detail"]


def test_a_body_that_is_too_large(api, manager, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = api(manager).post("organizations/", {"name": "x" * 2000})

    assert (response.status_code, response.json()["code"]) == (413, "api.body_too_large")


def test_nested_fields_are_named_by_path(api, manager):
    body = {"identities": [{"kind": "phone", "value": "1"}, {"kind": "phone"}], "level": "god", "extra": 1}
    response = api(manager).post("customers/", body)
    assert {error["field"]: error["code"] for error in response.json()["errors"]} == {"extra": "unknown_field"}

    del body["extra"]
    response = api(manager).post("customers/", body)
    assert {error["field"]: error["code"] for error in response.json()["errors"]} == {
        "identities.1.value": "required",
        "level": "invalid_choice",
    }


def test_our_own_faults_say_nothing_of_themselves(api, manager, monkeypatch):
    from apps.customers.api import views

    def fail(**kwargs: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(views.organizations, "create_organization", fail)
    client = api(manager)
    client.client.raise_request_exception = False
    response = client.post("organizations/", {"name": "x"})

    assert (response.status_code, response.json()["code"]) == (500, "api.internal_error")
    assert "secret detail" not in response.content.decode()


def test_the_rate_of_a_token_is_bounded(api, manager, settings, monkeypatch):
    settings.API_RATE_PER_MINUTE = 3
    monkeypatch.setattr(throttles.time, "time", lambda: 1_800_000_010.0)
    client, other = api(manager), api(manager)

    answers = [client.get("me/") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3]["Retry-After"] == "50"
    assert answers[3].json()["retry_after"] == 50
    assert answers[3].json()["code"] == "core.too_many"
    assert other.get("me/").status_code == 200


def test_the_rate_holds_while_valkey_is_away(monkeypatch, db):
    monkeypatch.setattr(throttles.cache, "add", lambda *args, **kwargs: False)
    monkeypatch.setattr(throttles.cache, "incr", lambda *args, **kwargs: 1)

    def ask() -> None:
        throttles.count_request("test", limit=2, per=timedelta(minutes=1))

    ask()
    ask()
    with pytest.raises(TooMany):
        ask()


def test_looking_up_people_is_counted_apart(api, manager, settings):
    settings.API_LOOKUPS_PER_MINUTE = 2
    CustomerFactory(email="lee@example.com")
    client = api(manager)

    answers = [client.get("identities/", kind="email", value="lee@example.com").status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert client.get("me/").status_code == 200


def test_get_changes_nothing(api, manager, django_assert_max_num_queries):
    """Bad input 93: every address of the API that answers to GET is asked, and nothing is left behind but audit."""
    from apps.core.models import AuditEntry, Event

    client = api(manager)
    for name in ("tickets", "customers", "organizations", "tags", "queues", "categories", "channels", "snippets"):
        assert client.get(reverse(f"api:{name}")).status_code == 200
    assert not Event.objects.exists()
    left = AuditEntry.objects.exclude(action="token.issued").exclude(action__endswith=".listed")
    assert not left.exists()
