import pytest

from apps.accounts.models import User
from apps.core.actor import SYSTEM
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.customers.enums import SuggestionReason, SuggestionState
from apps.customers.errors import SuggestionDecided
from apps.customers.models import Customer, MergeSuggestion
from apps.customers.services.merging import unmerge_customers
from apps.customers.services.suggestions import (
    accept_suggestion,
    dismiss_suggestion,
    reopen_suggestion,
    suggest_merge,
)
from tests.factories.customers import CustomerFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def pair(db: None) -> tuple[Customer, Customer]:
    return CustomerFactory(name="Lin Xiaoyu", email="lin@example.com"), CustomerFactory(name="Lin", phone="13800138000")


def suggest(pair: tuple[Customer, Customer], reason: SuggestionReason = SuggestionReason.CLAIM_AND_NAME) -> None:
    identity = pair[1].identities.get()
    suggest_merge(one=pair[1], other=pair[0], reason=reason, identity=identity, by=SYSTEM)


def the() -> MergeSuggestion:
    return MergeSuggestion.objects.get()


def test_one_row_gathers_what_speaks_for_it(pair) -> None:
    suggest(pair)
    suggest(pair)
    suggest(pair, SuggestionReason.PROVED_BY_BOTH)
    assert (the().customer_id, the().other_id) == (pair[0].pk, pair[1].pk)
    assert [entry["reason"] for entry in the().evidence] == ["claim_and_name", "proved_by_both"]
    assert Event.objects.filter(kind="customer.merge_suggested").count() == 1


def test_accepting_merges_into_the_older_and_is_undone(pair, acting, manager: User) -> None:
    suggest(pair)
    accept_suggestion(suggestion=the(), by=acting(manager))
    assert Customer.objects.get(pk=pair[1].pk).merged_into_id == pair[0].pk
    assert (the().state, the().decided_by) == (SuggestionState.ACCEPTED, manager)
    with pytest.raises(SuggestionDecided):
        accept_suggestion(suggestion=the(), by=acting(manager))
    reopen_suggestion(suggestion=the(), by=acting(manager))
    assert Customer.objects.get(pk=pair[1].pk).merged_into_id is None
    assert (the().state, the().decided_by) == (SuggestionState.OPEN, None)


def test_what_was_separated_by_hand_can_be_reopened(pair, acting, manager: User) -> None:
    suggest(pair)
    accept_suggestion(suggestion=the(), by=acting(manager))
    unmerge_customers(merged=Customer.objects.get(pk=pair[1].pk), by=acting(manager))
    assert reopen_suggestion(suggestion=the(), by=acting(manager)).state == SuggestionState.OPEN


def test_dismissing_is_remembered(pair, acting, manager: User) -> None:
    suggest(pair)
    dismiss_suggestion(suggestion=the(), by=acting(manager))
    suggest(pair, SuggestionReason.PROVED_BY_BOTH)
    assert the().state == SuggestionState.DISMISSED
    assert not MergeSuggestion.objects.undecided().exists()
    assert AuditEntry.objects.filter(action="customer.merge_dismissed").count() == 1
    reopen_suggestion(suggestion=the(), by=acting(manager))
    assert MergeSuggestion.objects.undecided().count() == 1


@pytest.mark.parametrize("decide", [accept_suggestion, dismiss_suggestion], ids=["accept", "dismiss"])
def test_who_may_not_merge_decides_nothing(pair, decide, acting, agent: User, outsourcing_agent: User) -> None:
    suggest(pair)
    for user in (agent, outsourcing_agent):
        with pytest.raises((NotVisible, PermissionRefused)):
            decide(suggestion=the(), by=acting(user))
    assert the().state == SuggestionState.OPEN
    assert not Customer.objects.filter(merged_into__isnull=False).exists()


def test_a_pair_that_was_merged_otherwise_is_no_longer_open(pair, acting, manager: User) -> None:
    suggest(pair)
    pair[1].merged_into = pair[0]
    pair[1].save_versioned(update_fields=["merged_into"])
    assert not MergeSuggestion.objects.undecided().exists()
