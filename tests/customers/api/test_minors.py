"""Minors by the API: who marks them, and what a token without the right reads of them."""

import pytest

from apps.customers.models import Customer, Guardian
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.integration
GUARDIAN = {"name": "李建国", "handle": "139 0013 9000", "consented_on": "2026-01-30"}


@pytest.fixture
def child(db: None) -> Customer:
    return CustomerFactory(name="李小苗", phone="+8613800138000")


def test_a_minor_is_marked_and_shown_as_each_may_see_them(api, manager, supervisor, child):
    answer = api(manager).patch(f"customers/{child.public_id}/", {"is_minor": True, "guardian": GUARDIAN})
    assert answer.status_code == 200
    assert answer.json()["guardian"] == {**GUARDIAN, "handle": "+8613900139000"}
    shown = api(supervisor).get(f"customers/{child.public_id}/").json()
    assert (shown["is_minor"], shown["name"], shown["identities"][0]["value"]) == (True, "李*", "138****8000")
    assert shown["guardian"] == {"name": "李*", "handle": "139****9000", "consented_on": "2026-01-30"}
    (row,) = api(supervisor).get("customers/").json()["results"]
    assert row == shown


def test_only_what_is_sent_of_a_guardian_changes(api, manager, child):
    path = f"customers/{child.public_id}/"
    api(manager).patch(path, {"is_minor": True, "guardian": GUARDIAN})
    assert api(manager).patch(path, {"guardian": {"name": "王芳"}}).json()["guardian"]["consented_on"] == "2026-01-30"
    row = Guardian.objects.get()
    assert (row.name, row.handle) == ("王芳", "+8613900139000")


def test_taking_the_mark_away_without_the_right_changes_nothing(api, manager, supervisor, child):
    path = f"customers/{child.public_id}/"
    api(manager).patch(path, {"is_minor": True, "guardian": GUARDIAN})
    assert api(supervisor).patch(path, {"is_minor": False, "level": "vip"}).status_code == 403
    child.refresh_from_db()
    assert (child.is_minor, child.level, Guardian.objects.count()) == (True, "standard", 1)


def test_an_adult_has_no_guardian(api, manager, child):
    answer = api(manager).patch(f"customers/{child.public_id}/", {"guardian": GUARDIAN})
    assert answer.status_code == 422
    assert not Guardian.objects.exists()


def test_a_minors_handle_and_guardian_stay_without_the_right(api, manager, supervisor, child):
    path = f"customers/{child.public_id}/"
    api(manager).patch(path, {"is_minor": True, "guardian": GUARDIAN})
    (handle,) = child.identities.all()
    assert api(supervisor).delete(f"{path}identities/{handle.public_id}/").status_code == 403
    for said in ({"handle": "13700137000"}, {"consented_on": "2026-02-01"}, {"name": "李建国"}):
        assert api(supervisor).patch(path, {"guardian": said, "level": "vip"}).status_code == 403
    shown = api(manager).get(path).json()
    assert shown["guardian"] == {**GUARDIAN, "handle": "+8613900139000"}
    assert ([row["value"] for row in shown["identities"]], shown["level"]) == (["+8613800138000"], "standard")
    assert api(manager).delete(f"{path}identities/{handle.public_id}/").status_code == 204
