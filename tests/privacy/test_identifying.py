"""Who asked about their data shows that it was they, by what went to a handle that they had proved."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from apps.channels.models import Channel, Delivery
from apps.core.actor import Actor, person
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused, TooMany
from apps.core.models import AuditEntry
from apps.customers.models import Customer
from apps.privacy.enums import CameBy, CheckedBy, Law, RequestKind, RequestState
from apps.privacy.errors import ProofRefused
from apps.privacy.models import DataSubjectRequest, IdentityProof
from apps.privacy.services import requests
from apps.privacy.services.identifying import enter_code, own_handles, send_proof
from apps.tickets.models import Message, Ticket
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory
from tests.tickets.conftest import channel, outbox, queue  # noqa: F401 (fixtures)

pytestmark = pytest.mark.integration


@pytest.fixture
def customer(db: None) -> Customer:
    row: Customer = CustomerFactory(name="Lin", email="lin@example.com", phone="+8613800138000")
    row.identities.filter(kind="email").update(verified_at=now())
    return row


@pytest.fixture
def ticket(customer: Customer, channel: Channel) -> Ticket:  # noqa: F811 (the fixture)
    row: Ticket = TicketFactory(customer=customer, channel=channel)
    return row


@pytest.fixture
def by(manager) -> Actor:
    return person(manager)


@pytest.fixture
def request_of_theirs(customer: Customer, ticket: Ticket, by: Actor) -> DataSubjectRequest:
    return requests.open_request(
        customer_id=customer.pk, kind=RequestKind.ACCESS, law=Law.PIPL, came_by=CameBy.PHONE, by=by
    )


def sent(row: DataSubjectRequest, by: Actor) -> tuple[str, str]:
    """The code and the path of the link, as the person reads them."""
    [handle] = own_handles(row, by)
    send_proof(request=row, handle=handle.key, by=by)
    delivery = Delivery.objects.order_by("-pk").first()
    assert delivery is not None
    text = delivery.payload["text"]
    code, link = re.search(r"(?<!\w)(\d{6})(?!\w)", text), re.search(r"/privacy/proofs/[\w-]+/", text)
    assert code
    assert link
    return code[1], link[0]


def test_the_code_goes_to_a_proved_handle_only_and_stands_nowhere(request_of_theirs, customer, by):
    code, _link = sent(request_of_theirs, by)

    delivery, proof = Delivery.objects.get(), IdentityProof.objects.get()
    assert delivery.payload["recipients"]["to"] == ["lin@example.com"]
    assert code.encode() not in bytes(proof.code_hash) + bytes(proof.link_hash)
    assert not any(code in f"{message.text}{message.envelope}" for message in Message.objects.all())
    assert code not in str([entry.details for entry in AuditEntry.objects.all()])
    phone = customer.identities.get(kind="phone")
    with pytest.raises(NotVisible):
        send_proof(request=request_of_theirs, handle=phone.public_id, by=by)
    assert Delivery.objects.count() == 1


def test_the_told_code_counts_once(request_of_theirs, by):
    code, link = sent(request_of_theirs, by)

    row = enter_code(request=request_of_theirs, code=f" {code} ", by=by)

    assert (row.state, row.checked_by, row.checker) == (RequestState.CHECKED, CheckedBy.CODE, by.user)
    assert Client().post(link).status_code == 404
    assert AuditEntry.objects.filter(action="privacy.request_checked", subject_id=row.pk).count() == 1


def test_five_wrong_codes_void_it(request_of_theirs, by):
    code, _link = sent(request_of_theirs, by)
    for wrong in range(5):
        with pytest.raises(ProofRefused):
            enter_code(request=request_of_theirs, code=f"{(int(code) + wrong + 1) % 10**6:06}", by=by)

    with pytest.raises(ProofRefused):
        enter_code(request=request_of_theirs, code=code, by=by)
    request_of_theirs.refresh_from_db()
    assert request_of_theirs.state == RequestState.RECEIVED
    assert AuditEntry.objects.filter(action="privacy.proof_wrong").count() == 5


def test_the_link_counts_once_and_only_when_it_is_pressed(request_of_theirs, by):
    _code, link = sent(request_of_theirs, by)
    browser = Client(headers={"Accept-Language": "en"})

    opened = browser.get(link)
    request_of_theirs.refresh_from_db()
    assert (opened.status_code, request_of_theirs.state) == (200, RequestState.RECEIVED)
    assert "lin@example.com" not in opened.content.decode()
    assert browser.post(link).status_code == 200
    request_of_theirs.refresh_from_db()
    assert (request_of_theirs.state, request_of_theirs.checked_by) == (RequestState.CHECKED, CheckedBy.CODE)
    answers = [browser.get(path) for path in (link, "/privacy/proofs/never-sent/")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_it_ends_and_a_newer_one_replaces_it(request_of_theirs, by):
    first, link = sent(request_of_theirs, by)
    second, _link = sent(request_of_theirs, by)
    if first != second:
        with pytest.raises(ProofRefused):
            enter_code(request=request_of_theirs, code=first, by=by)
    assert Client().get(link).status_code == 404
    IdentityProof.objects.update(expires_at=now() - timedelta(seconds=1))

    with pytest.raises(ProofRefused):
        enter_code(request=request_of_theirs, code=second, by=by)


def test_it_is_sent_three_times_an_hour_and_by_those_who_may(request_of_theirs, by, agent):
    [handle] = own_handles(request_of_theirs, by)
    with pytest.raises((PermissionRefused, NotVisible)):
        send_proof(request=request_of_theirs, handle=handle.key, by=person(agent))
    assert not Delivery.objects.exists()
    for _time in range(2):
        send_proof(request=request_of_theirs, handle=handle.key, by=by)

    with pytest.raises(TooMany):
        send_proof(request=request_of_theirs, handle=handle.key, by=by)
    assert Delivery.objects.count() == 2


def test_the_page_sends_and_checks(request_of_theirs, by, manager):
    office = Client(headers={"Accept-Language": "en"})
    office.force_login(manager)
    page = f"/admin/privacy/requests/{request_of_theirs.pk}/"
    [handle] = own_handles(request_of_theirs, by)

    office.post(f"{page}send/", {"send-handle": handle.key})
    shown = office.get(page).content.decode()

    assert 'name="code-code"' in shown
    delivery = Delivery.objects.get()
    code = re.search(r"(?<!\w)(\d{6})(?!\w)", delivery.payload["text"])
    assert code
    office.post(f"{page}code/", {"code-code": code[1]})
    request_of_theirs.refresh_from_db()
    assert request_of_theirs.state == RequestState.CHECKED
