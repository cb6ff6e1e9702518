"""What ties two handles is in one hand at both ends; anything less does nothing."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.errors import NotVisible, TooMany
from apps.core.models import AuditEntry, Event
from apps.customers.enums import ProofMethod, ProofOutcome
from apps.customers.errors import NothingToProve, VerificationRefused
from apps.customers.models import Customer, Identity, MergeSuggestion, Verification
from apps.customers.services.family import living
from apps.customers.services.verification import (
    CODE_LIFETIME,
    LINK_LIFETIME,
    MAX_ATTEMPTS,
    answer_code,
    answer_link,
    code_in,
    pending_link,
    request_verification,
    throttle_request,
)
from tests.factories.customers import CustomerFactory, IdentityFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PHONE = "+8613800138000"


@pytest.fixture
def writer(db: None) -> Identity:
    """The handle under which the customer writes to us."""
    return IdentityFactory(customer=CustomerFactory(name="Lin"), kind="external_id", value="oLin", scope="app")


def asked(writer: Identity, method: ProofMethod = ProofMethod.CODE, **values: str) -> tuple[Verification, str]:
    kwargs = {"kind": "phone", "value": PHONE, **values}
    return request_verification(identity=writer, method=method, by=SYSTEM, **kwargs)  # type: ignore[arg-type]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def proved() -> Identity | None:
    return Identity.objects.filter(kind="phone", value=PHONE, verified_at__isnull=False).first()


def nothing_happened() -> bool:
    merged = Customer.objects.filter(merged_into__isnull=False).exists()
    return proved() is None and not merged and not Event.objects.filter(kind="customer.verified").exists()


def test_the_right_code_adds_the_handle(writer: Identity) -> None:
    row, code = asked(writer)
    assert len(code) == 6
    answered = answer_code(identity=writer, code=code)
    assert answered is not None
    assert answered.outcome == ProofOutcome.PROVED
    identity = proved()
    assert identity is not None
    assert identity.customer_id == writer.customer_id
    assert (identity.is_claimed, identity.tail) == (False, "8000")
    assert Event.objects.filter(kind="customer.verified", customer_id=writer.customer_id).count() == 1
    assert AuditEntry.objects.filter(action="customer.verified").count() == 1
    assert row.pk == answered.pk


def test_a_code_is_used_once(writer: Identity) -> None:
    _row, code = asked(writer)
    answer_code(identity=writer, code=code)
    assert answer_code(identity=writer, code=code) is None
    assert Event.objects.filter(kind="customer.verified").count() == 1


def test_the_code_of_another_conversation_does_nothing(writer: Identity) -> None:
    _row, code = asked(writer)
    stranger = IdentityFactory(customer=CustomerFactory(), kind="external_id", value="oStranger", scope="app")
    assert answer_code(identity=stranger, code=code) is None
    assert nothing_happened()
    assert Verification.objects.get().attempts == 0


def test_wrong_codes_end_it(writer: Identity) -> None:
    _row, code = asked(writer)
    for _ in range(MAX_ATTEMPTS - 1):
        tried = answer_code(identity=writer, code=another(code))
        assert tried is not None
        assert tried.outcome == ""
    last = answer_code(identity=writer, code=another(code))
    assert last is not None
    assert last.outcome == ProofOutcome.EXHAUSTED
    assert answer_code(identity=writer, code=code) is None
    assert nothing_happened()


def test_a_late_code_does_nothing(writer: Identity) -> None:
    _row, code = asked(writer)
    with time_machine.travel(now() + CODE_LIFETIME + timedelta(seconds=1)):
        late = answer_code(identity=writer, code=code)
    assert late is not None
    assert late.outcome == ProofOutcome.EXPIRED
    assert nothing_happened()


def test_a_new_request_ends_the_former(writer: Identity) -> None:
    _first, old = asked(writer)
    _second, new = asked(writer)
    if old != new:
        tried = answer_code(identity=writer, code=old)
        assert tried is not None
        assert tried.attempts == 1
    assert [row.outcome for row in Verification.objects.order_by("pk")] == [ProofOutcome.REPLACED, ""]
    assert nothing_happened()


def test_the_secret_is_not_readable(writer: Identity) -> None:
    row, code = asked(writer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT v::text FROM customers_verification v")
        dump = str(cursor.fetchall())
    assert code not in dump.replace(str(row.pk), "")
    assert PHONE not in dump


def test_a_handle_of_another_customer_merges_the_older_record_lives_on(writer: Identity) -> None:
    other = CustomerFactory(phone=PHONE)
    _row, code = asked(writer)
    answer_code(identity=writer, code=code)
    assert living(Customer.objects.get(pk=other.pk)).pk == writer.customer_id
    assert Customer.objects.get(pk=other.pk).merged_into_id == writer.customer_id
    assert proved() is not None


def test_a_handle_that_another_had_only_named_moves(writer: Identity) -> None:
    impostor = CustomerFactory()
    IdentityFactory(customer=impostor, kind="phone", value=PHONE, is_claimed=True)
    _row, code = asked(writer)
    answer_code(identity=writer, code=code)
    identity = proved()
    assert identity is not None
    assert identity.customer_id == writer.customer_id
    assert Customer.objects.get(pk=impostor.pk).merged_into_id is None
    assert MergeSuggestion.objects.get().other_id == impostor.pk


def test_what_is_proved_is_not_asked_again(writer: Identity) -> None:
    IdentityFactory(customer=writer.customer, kind="phone", value=PHONE, verified_at=now())
    with pytest.raises(NothingToProve):
        asked(writer)
    with pytest.raises(NothingToProve):
        asked(writer, kind="external_id", value="oLin", scope="app")
    assert not Verification.objects.exists()


def test_who_does_not_see_the_customer_asks_nothing(writer: Identity, acting, outsourcing_agent) -> None:
    with pytest.raises(NotVisible):
        request_verification(
            identity=writer, kind="phone", value=PHONE, method=ProofMethod.CODE, by=acting(outsourcing_agent)
        )
    assert not Verification.objects.exists()


def test_a_link_is_confirmed_once(writer: Identity) -> None:
    _row, token = asked(writer, ProofMethod.LINK)
    assert pending_link(token).customer_id == writer.customer_id
    assert nothing_happened()  # looking is not confirming: mail scanners look
    assert answer_link(token=token, agrees=True).outcome == ProofOutcome.PROVED
    assert proved() is not None
    with pytest.raises(VerificationRefused):
        answer_link(token=token, agrees=True)
    assert Event.objects.filter(kind="customer.verified").count() == 1


def test_who_says_no_ends_it(writer: Identity) -> None:
    _row, token = asked(writer, ProofMethod.LINK)
    assert answer_link(token=token, agrees=False).outcome == ProofOutcome.REFUSED
    with pytest.raises(VerificationRefused):
        answer_link(token=token, agrees=True)
    assert nothing_happened()


@pytest.mark.parametrize("how", ["altered", "nonsense", "late", "replaced"])
def test_a_link_that_does_not_hold_does_nothing(writer: Identity, how: str) -> None:
    _row, token = asked(writer, ProofMethod.LINK)
    moment = now()
    if how == "altered":
        token = ("A" if token[0] != "A" else "B") + token[1:]
    elif how == "nonsense":
        token = "x:y:z"
    elif how == "late":
        moment += LINK_LIFETIME + timedelta(minutes=1)
    else:
        asked(writer)
    with time_machine.travel(moment), pytest.raises(VerificationRefused):
        answer_link(token=token, agrees=True)
    assert nothing_happened()


def test_asking_is_bounded_by_handle(db: None) -> None:
    for _ in range(3):
        throttle_request(kind="phone", value="138 0013 8000", by=SYSTEM)
    with pytest.raises(TooMany):
        throttle_request(kind="phone", value=PHONE, by=SYSTEM)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("123456", "123456"),
        (" 123 456。", "123456"),
        ("１２３４５６", "123456"),
        ("my code is 123-456, thank you", "123456"),
        ("验证码是123456，谢谢", "123456"),
        ("123456 or 654321?", ""),
        ("1234567", ""),
        ("I have waited for a week and nobody has told me where my order 123456 is", ""),
        ("", ""),
    ],
)
def test_a_code_is_found_in_a_short_message(text: str, code: str) -> None:
    assert code_in(text) == code


@pytest.mark.django_db(transaction=True)
def test_of_two_right_answers_at_once_one_counts() -> None:
    writer = IdentityFactory(customer=CustomerFactory(), kind="external_id", value="oLin", scope="app")
    _row, code = asked(writer)
    barrier, outcomes = threading.Barrier(2), []

    def answer() -> None:
        try:
            barrier.wait(timeout=30)
            outcomes.append(answer_code(identity=writer, code=code))
        finally:
            connection.close()

    threads = [threading.Thread(target=answer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("" if row is None else row.outcome for row in outcomes) == ["", "proved"]
    assert Event.objects.filter(kind="customer.verified").count() == 1
