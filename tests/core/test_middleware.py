"""What no view has to look after."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/counter/kiosk/%00/", "/q/a%00b/", "/api/v1/users/%00/", "/nothing/%00/"])
def test_an_address_with_nul_is_not_found_and_logged_without_it(
    path: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = getattr(Client(), method)(path)

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json" if "/api/" in path else "text/html")
    assert path in caplog.text
    assert "\0" not in caplog.text


def test_the_api_hides_it_from_who_is_signed_in_too(api, manager) -> None:
    answer = api(manager).get("users/%00/")

    assert (answer.status_code, answer.json()["code"]) == (404, "core.not_found")


def test_what_holds_nul_is_answered_as_a_bad_request_wherever_a_view_looks_for_it(client: Client, supervisor) -> None:
    client.force_login(supervisor)

    page = client.get("/desk/views/all/", {"tag": "a\0b"})
    toast = client.get("/desk/views/all/", {"tag": "a\0b"}, headers={"HX-Request": "true"})

    assert (page.status_code, toast.status_code) == (400, 400)
    assert "The request could not be understood." in page.content.decode()
