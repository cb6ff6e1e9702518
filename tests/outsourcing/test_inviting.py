"""Links by mail: the person alone reads them, in their language, and nothing else keeps them."""

import json
import logging

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.channels.models import Channel, Delivery
from apps.channels.services import outbox
from apps.core.errors import InvalidInput
from apps.core.models import AuditEntry, Event
from apps.outsourcing.models import Contract
from apps.outsourcing.services import people
from tests.channels.connectors.email.conftest import mail_channel, smtp  # noqa: F401 (fixtures)
from tests.factories.accounts import PASSWORD
from tests.outsourcing.test_people import NEW_PASSWORD, asked, everybody
from tests.support.mail_servers import SmtpServer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def mailbox(contract: Contract, smtp: SmtpServer) -> Channel:  # noqa: F811 (fixture)
    found = mail_channel(smtp_port=smtp.port)
    Contract.objects.filter(pk=contract.pk).update(sender=found)
    return found


def link_in(delivery: Delivery) -> str:
    text = delivery.payload["text"]
    return next(line for line in text.splitlines() if line.startswith("http")).partition("://")[2].partition("/")[2]


def test_an_invitation_goes_out_by_mail_and_nowhere_else(mailbox, head, acting, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        invited = people.invite_agent(**asked(language="zh-hans"), by_mail=True, by=acting(head))
        outbox.send_due()
    assert invited.link == ""
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.payload["recipients"]["to"]) == ("sent", ["nina@vendor.example"])
    assert delivery.payload["subject"] == "您的客服中心账号"
    path = f"/{link_in(delivery)}"
    token = path.strip("/").split("/")[-1]
    for kept in (
        json.dumps([row.details for row in AuditEntry.objects.all()]),
        json.dumps([row.payload for row in Event.objects.all()]),
        caplog.text,
    ):
        assert token not in kept
    browser = Client()
    assert browser.post(path, {"password": NEW_PASSWORD, "again": NEW_PASSWORD}).status_code == 302
    assert User.objects.get(username="nina").check_password(NEW_PASSWORD)
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("lacks", ["mailbox", "address", "active mailbox"])
def test_without_a_mailbox_or_an_address_nobody_is_made(contract, head, acting, lacks) -> None:
    changes = {"email": ""} if lacks == "address" else {}
    if lacks != "mailbox":
        found = mail_channel()
        Channel.objects.filter(pk=found.pk).update(is_active=lacks == "address")
        Contract.objects.filter(pk=contract.pk).update(sender=found)
    before = everybody()
    with pytest.raises(InvalidInput) as refusal:
        people.invite_agent(**asked(**changes), by_mail=True, by=acting(head))
    assert set(refusal.value.fields) == {"email" if lacks == "address" else "by_mail"}
    assert everybody() == before
    assert not Delivery.objects.exists()


def test_the_pages_offer_it_and_do_not_show_the_link(mailbox, head, outsourcing_agent) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(head)
    address = reverse("outsourcing:person-link", args=[outsourcing_agent.username])
    person = reverse("outsourcing:person", args=[outsourcing_agent.username])
    User.objects.filter(pk=outsourcing_agent.pk).update(email="")
    assert "Mail them a link" not in browser.get(person).content.decode()
    assert browser.post(address, {"by_mail": "1"}).status_code == 302
    assert User.objects.get(pk=outsourcing_agent.pk).check_password(PASSWORD)
    assert not Delivery.objects.exists()

    User.objects.filter(pk=outsourcing_agent.pk).update(email="oliver@vendor.example")
    assert "Mail them a link" in browser.get(person).content.decode()
    page = browser.post(address, {"by_mail": "1"}).content.decode()
    delivery = Delivery.objects.get()
    assert "A mail with the link is on its way to oliver@vendor.example." in page
    assert link_in(delivery) not in page
    assert Client().get(f"/{link_in(delivery)}").status_code == 200
    assert "Mail them the link" in browser.get(reverse("outsourcing:person-new")).content.decode()


def test_without_a_mailbox_the_form_does_not_ask(contract, head) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(head)
    assert "Mail them the link" not in browser.get(reverse("outsourcing:person-new")).content.decode()
