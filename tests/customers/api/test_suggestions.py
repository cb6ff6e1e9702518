import pytest

from apps.core.actor import SYSTEM
from apps.customers.enums import SuggestionReason
from apps.customers.models import Customer
from apps.customers.services.suggestions import suggest_merge
from tests.factories.customers import CustomerFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def pair() -> tuple[Customer, Customer]:
    one, other = CustomerFactory(name="李娜"), CustomerFactory(name="Li Na", phone="13800138000")
    identity = other.identities.get()
    suggest_merge(one=one, other=other, reason=SuggestionReason.PROVED_BY_BOTH, identity=identity, by=SYSTEM)
    return one, other


def test_list_and_decide(api, manager, pair):
    client = api(manager)
    (row,) = client.get("merge-suggestions/").json()["results"]
    assert (row["older"], row["newer"]["name"]) == ({"id": pair[0].public_id, "name": "李娜"}, "Li Na")
    assert row["evidence"] == ["+8613800138000: Both were proved to have it"]

    assert client.put(f"merge-suggestions/{row['id']}/decision/", {"decision": "accept"}).status_code == 204
    assert Customer.objects.get(pk=pair[1].pk).merged_into_id == pair[0].pk
    assert client.get("merge-suggestions/").json()["results"] == []
    again = client.put(f"merge-suggestions/{row['id']}/decision/", {"decision": "dismiss"})
    assert (again.status_code, again.json()["code"]) == (409, "customers.suggestion_decided")


def test_without_the_permission_there_is_no_list(api, agent, pair):
    client = api(agent)
    assert client.get("merge-suggestions/").status_code == 403
    assert not Customer.objects.filter(merged_into__isnull=False).exists()
