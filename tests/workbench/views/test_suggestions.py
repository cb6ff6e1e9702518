import pytest

from apps.accounts.models import User
from apps.core.actor import SYSTEM
from apps.customers.enums import SuggestionReason, SuggestionState
from apps.customers.models import Customer, MergeSuggestion
from apps.customers.services.suggestions import suggest_merge
from tests.factories.customers import CustomerFactory
from tests.workbench.conftest import HTMX, Desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]
LIST = "/desk/customers/suggestions/"


def suggested(name: str = "Lin Xiaoyu", phone: str = "13800138000") -> MergeSuggestion:
    one, other = CustomerFactory(name=name), CustomerFactory(name=f"{name} Li", phone=phone)
    row = suggest_merge(
        one=one, other=other, reason=SuggestionReason.CLAIM_AND_NAME, identity=other.identities.get(), by=SYSTEM
    )
    assert row is not None
    return row


def test_the_list_shows_what_speaks_for_it_and_asks_no_more_for_more_rows(
    desk: Desk, manager: User, django_assert_max_num_queries
) -> None:
    row = suggested()
    client = desk(manager)
    page = client.get(LIST).content.decode()
    assert "+8613800138000: One named it" in page
    assert f'href="/desk/customers/{row.customer.public_id}/"' in page
    with django_assert_max_num_queries(100) as one:
        client.get(LIST)
    suggested("Anna Berg", "13800138001")
    suggested("Bo Cui", "13800138002")
    with django_assert_max_num_queries(len(one)):
        client.get(LIST)


def test_a_pair_is_merged_and_parted_again_where_it_stands(desk: Desk, manager: User) -> None:
    row = suggested()
    client, address = desk(manager), f"{LIST}{row.public_id}/"
    answer = client.post(address, {"decision": "accept"}, **HTMX)
    assert 'value="open"' in answer.content.decode()
    assert Customer.objects.get(pk=row.other_id).merged_into_id == row.customer_id
    later = client.get(LIST).content.decode()
    assert "Nothing to decide" in later
    assert "Decided last" in later
    assert 'value="open"' in later
    client.post(address, {"decision": "open"}, **HTMX)
    assert Customer.objects.get(pk=row.other_id).merged_into_id is None
    client.post(address, {"decision": "dismiss"}, **HTMX)
    row.refresh_from_db()
    assert row.state == SuggestionState.DISMISSED
    assert 'value="accept"' not in client.get(LIST).content.decode()
    assert client.post(address, {"decision": "what"}, **HTMX).status_code == 422


def test_the_customers_page_shows_its_own(desk: Desk, manager: User) -> None:
    row = suggested()
    suggested("Anna Berg", "13800138001")
    page = desk(manager).get(f"/desk/customers/{row.other.public_id}/").content.decode()
    assert "Perhaps the same person" in page
    assert "Anna Berg" not in page


@pytest.mark.parametrize("role", ["agent", "outsourcing_agent"])
def test_who_may_not_merge_sees_and_decides_nothing(desk: Desk, request: pytest.FixtureRequest, role: str) -> None:
    row = suggested()
    client = desk(request.getfixturevalue(role))
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}{row.public_id}/", {"decision": "accept"}, **HTMX).status_code in (403, 404)
    row.refresh_from_db()
    assert row.state == SuggestionState.OPEN
    assert not Customer.objects.filter(merged_into__isnull=False).exists()
