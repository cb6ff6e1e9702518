"""The steps that build a webhook channel, by their forms."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.channels.connectors.webhook import outgoing
from apps.channels.connectors.webhook.connector import KIND
from apps.channels.contract import SendResult
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox
from apps.core.models import AuditEntry
from apps.tickets.models import IntakeRule, Message, Queue
from tests.factories.accounts import BrandFactory, UserFactory
from tests.factories.channels import ChannelFactory

pytestmark = pytest.mark.integration

SAMPLE = {"id": 7, "user": {"id": "u1", "name": "Ada"}, "content": "Where is my order?"}
MAPPING = {"map_message_id": "id", "map_sender_id": "user.id", "map_sender_name": "user.name", "map_text": "content"}
ACCESS = {"access": "hmac", "signature_header": "X-Sign", "signature_algorithm": "sha256", "signature_encoding": "hex"}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def shop(office: Client) -> Channel:
    brand = BrandFactory()
    office.post(reverse("admin:webhook-new"), {"name": "Shop", "key": "shop", "brand": brand.pk})
    return Channel.objects.get(key="shop")


@pytest.fixture
def ready(office: Client, shop: Channel) -> Channel:
    post(office, shop, "access", {**ACCESS, "secret": "s3cr3t"})
    post(office, shop, "message", {**MAPPING, "sample": json.dumps(SAMPLE)})
    shop.refresh_from_db()
    return shop


def page(channel: Channel, step: str) -> str:
    return reverse(f"admin:webhook-{step}", args=[channel.pk])


def post(office: Client, channel: Channel, step: str, data: dict[str, Any], query: str = "") -> Any:
    return office.post(page(channel, step) + query, data)


# --- Beginning


def test_a_new_channel_has_no_secret_and_lets_nobody_in(office: Client, shop: Channel) -> None:
    assert shop.kind == KIND
    assert shop.secrets == {"sample": ""}
    assert Client().post("/hooks/shop/", b"{}", content_type="application/json").status_code == 403
    assert not InboundEvent.objects.exists()
    assert office.get(page(shop, "access")).status_code == 200


def test_one_of_the_gallery_brings_its_settings_and_its_sample(office: Client) -> None:
    data = {"name": "商城", "key": "orders", "brand": BrandFactory().pk, "definition": "order-question"}
    office.post(reverse("admin:webhook-new"), data)

    channel = Channel.objects.get(key="orders")
    assert channel.settings["map_text"] == '"内容"'
    assert "DD202602280019" in channel.secrets["sample"]


def test_a_channel_goes_from_one_installation_to_another_as_a_file(office: Client, ready: Channel) -> None:
    answer = office.get(page(ready, "definition"))
    assert "s3cr3t" not in answer.content.decode()
    assert "Where is my order" not in answer.content.decode()

    file = SimpleUploadedFile("shop.json", answer.content)
    data = {"name": "Twin", "key": "twin", "brand": ready.brand_id, "file": file}
    office.post(reverse("admin:webhook-new"), data)
    twin = Channel.objects.get(key="twin")
    assert twin.settings == ready.settings
    assert not twin.secrets.get("secret")


@pytest.mark.parametrize(
    "data",
    [
        {"key": "taken"},
        {"key": "not a slug"},
        {"name": ""},
        {"file": SimpleUploadedFile("x.json", b"no json")},
    ],
)
def test_what_cannot_begin_says_why(office: Client, data: dict[str, Any]) -> None:
    brand = ChannelFactory(key="taken").brand
    answer = office.post(reverse("admin:webhook-new"), {"name": "X", "key": "x", "brand": brand.pk, **data})

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Channel.objects.filter(kind=KIND).exists()


def test_the_usual_page_of_channels_leads_to_the_steps(office: Client, shop: Channel) -> None:
    change = office.get(reverse("admin:contact_channels_channel_change", args=[shop.pk]))
    assert page(shop, "access") in change.content.decode()

    data = {
        "kind": KIND,
        "key": "more",
        "name_en": "More",
        "brand": shop.brand_id,
        "default_language": "en",
        "is_active": "on",
    }
    answer = office.post(reverse("admin:contact_channels_channel_add"), data)
    assert answer["Location"] == page(Channel.objects.get(key="more"), "access")


# --- Who calls


def test_a_secret_is_made_shown_once_and_stored_only_by_the_next_step(office: Client, shop: Channel) -> None:
    made = post(office, shop, "access", {**ACCESS, "make": "1"})
    secret = made.context["form"]["secret"].value()
    assert len(secret) > 30
    shop.refresh_from_db()
    assert not shop.secrets.get("secret")

    post(office, shop, "access", {**ACCESS, "secret": secret})
    shop.refresh_from_db()
    assert shop.secrets["secret"] == secret
    assert secret not in office.get(page(shop, "access")).content.decode()
    assert all(secret not in json.dumps(entry.details) for entry in AuditEntry.objects.all())


def test_both_secrets_count_until_the_former_one_is_ended(office: Client, ready: Channel) -> None:
    post(office, ready, "access", {**ACCESS, "secret": "n3w", "keeps_former": "on"})
    ready.refresh_from_db()
    assert (ready.secrets["secret"], ready.secrets["former_secret"]) == ("n3w", "s3cr3t")

    post(office, ready, "former", {})
    ready.refresh_from_db()
    assert (ready.secrets["secret"], ready.secrets["former_secret"]) == ("n3w", "")

    post(office, ready, "access", {**ACCESS, "secret": "n3wer"})
    ready.refresh_from_db()
    assert (ready.secrets["secret"], ready.secrets["former_secret"]) == ("n3wer", "")


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({}, "secret"),
        ({"secret": "   "}, "secret"),
        ({"access": "standard", "secret": "not base64!"}, "secret"),
        ({"access": "network"}, "networks"),
        ({"secret": "x", "networks": "10.0.0.0/99"}, "networks"),
        ({"secret": "x", "signature_header": "Two Words"}, "signature_header"),
        ({"access": "basic", "secret": "x"}, "basic_user"),
        ({"access": "timestamped", "secret": "x", "signed_text": "{body}"}, "signed_text"),
        ({"access": "open"}, "access"),
    ],
)
def test_an_incomplete_door_comes_back(office: Client, shop: Channel, data: dict[str, str], wrong: str) -> None:
    before = dict(shop.settings)
    answer = post(office, shop, "access", {**ACCESS, **data})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {wrong}
    shop.refresh_from_db()
    assert (shop.settings, shop.secrets.get("secret")) == (before, None)


# --- What a call says


def test_a_pasted_sample_brings_suggestions_and_shows_the_message(office: Client, shop: Channel) -> None:
    answer = post(office, shop, "preview", {"sample": json.dumps(SAMPLE), "map_text": ""}, "?suggest")
    text = answer.content.decode()

    assert 'value="user.id"' in text
    assert 'value="content"' in text
    assert "Where is my order?" in text
    shop.refresh_from_db()
    assert not shop.settings["map_text"], "looking saves nothing"


def test_what_a_person_wrote_is_not_replaced_by_a_suggestion(office: Client, shop: Channel) -> None:
    data = {"sample": json.dumps(SAMPLE), "map_text": "user.name", "map_sender_id": "nothing.here"}
    answer = post(office, shop, "preview", data, "?suggest").content.decode()

    assert 'name="map_text" value="user.name"' in answer
    assert 'name="map_sender_id" value="user.id"' in answer


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sample": "hello"}, "neither JSON nor a form"),
        ({"sample": '{"a": 1}', "map_text": "a["}, "cannot be computed"),
        ({"sample": '{"a": {"b": 1}}', "map_text": "a"}, "cannot be used there"),
        ({"sample": '{"a": 1}', "map_text": "b"}, "No text was found"),
        ({"sample": '{"a": 1}', "map_text": "a"}, "No sender was found"),
        ({"sample": '{"a": 1}', "items": "b"}, "no message by this mapping"),
        ({"sample": '{"a": 1}', "map_text": "a", "map_sender_id": "a", "only": "b"}, "excludes this call"),
        ({"sample": json.dumps({"a": ["x"] * 5000}), "map_text": "[@,@]" + "|[@,@]" * 30}, "costs more"),
        ({"sample": "[" * 3000}, "nested too deeply"),
        ({"sample": ""}, "Paste a sample"),
    ],
)
def test_the_preview_says_what_is_wrong(office: Client, shop: Channel, data: dict[str, str], said: str) -> None:
    answer = post(office, shop, "preview", data)

    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_a_bad_expression_is_not_saved(office: Client, shop: Channel) -> None:
    answer = post(office, shop, "message", {**MAPPING, "map_text": "a[", "items": "x" * 301})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"map_text", "items"}
    shop.refresh_from_db()
    assert shop.settings["map_text"] == ""


# --- How answers go out


def test_a_test_is_sent_with_what_is_in_the_form(
    office: Client, ready: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def take(settings: Any, secret: str, outbound: Any) -> SendResult:
        asked.append((settings["send_url"], secret, outbound.text, outgoing.values_of(outbound)["recipient"]))
        return SendResult.sent("their-7")

    monkeypatch.setattr(outgoing, "send", take)
    data = {
        "send_url": "https://shop.example/r",
        "send_body": "{}",
        "send_signing": "bearer",
        "send_secret": "t0k",
        "test_recipient": "u1",
        "test_text": "Hello",
    }
    answer = post(office, ready, "send", data)

    assert asked == [("https://shop.example/r", "t0k", "Hello", "u1")]
    assert "their-7" in answer.content.decode()


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"send_url": "ftp://x"}, "send_url"),
        ({"send_url": "https://{{ recipient }}.example"}, "send_url"),
        ({"send_url": "https://a{{ recipient }}.example/x"}, "send_url"),
        ({"send_url": "https://shop.example:{{ text }}/x"}, "send_url"),
        ({"send_url": "https://shop.example@{{ text }}/x"}, "send_url"),
        ({"send_body": "{{ text }}"}, "send_body"),
        ({"send_body": '{"a": "{{ nobody }}"}'}, "send_body"),
        ({"send_headers": "X-A: 你"}, "send_headers"),
        ({"send_failures": "bad: code"}, "send_failures"),
        ({"send_url": "https://x.example", "send_signing": "bearer"}, "send_secret"),
    ],
)
def test_an_outgoing_call_that_cannot_work_comes_back_and_is_not_sent(
    office: Client, ready: Channel, data: dict[str, str], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "send", lambda *_args: pytest.fail("it was sent"))
    answer = post(office, ready, "answers", data)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {wrong}

    assert post(office, ready, "send", {**data, "test_recipient": "u", "test_text": "t"}).status_code == 200
    ready.refresh_from_db()
    assert ready.settings["send_url"] == ""


def test_private_addresses_are_refused_in_production(office: Client, ready: Channel, settings: Any) -> None:
    settings.HTTP_ALLOW_PRIVATE = []
    data = {"send_url": "http://127.0.0.1:9/x", "send_body": "{}", "test_recipient": "u", "test_text": "t"}

    assert "not set up correctly" in post(office, ready, "send", data).content.decode().lower()


# --- Live


def test_a_call_that_waited_becomes_a_ticket_when_the_channel_goes_live(
    office: Client, ready: Channel, queue: Queue
) -> None:
    tried = post(office, ready, "try", {"body": json.dumps(SAMPLE)})
    assert "Let in" in tried.content.decode()
    inbox.process_due()
    assert "waits for the channel to go live" in office.get(page(ready, "last")).content.decode()
    assert not Message.objects.exists()

    post(office, ready, "live", {"queue": queue.pk})
    inbox.process_due()

    assert IntakeRule.objects.get(channel=ready).queue == queue
    assert Message.objects.get().text == "Where is my order?"
    assert "on a ticket" in office.get(page(ready, "last")).content.decode()
    assert "arrived before" in post(office, ready, "try", {"body": json.dumps(SAMPLE)}).content.decode()


def test_going_live_again_changes_the_queue_alone(office: Client, ready: Channel, queue: Queue) -> None:
    other = Queue.objects.create(key="other", name={"en": "Other"})
    IntakeRule.objects.create(channel=ready, queue=other, reopen_days=3)

    post(office, ready, "live", {"queue": queue.pk})

    rule = IntakeRule.objects.get(channel=ready)
    assert (rule.queue, rule.reopen_days) == (queue, 3)
    assert post(office, ready, "live", {"queue": 10**9}).status_code == 422
    assert IntakeRule.objects.get(channel=ready).queue == queue


def test_a_refused_call_is_shown_with_its_verdict(office: Client, ready: Channel) -> None:
    Client().post("/hooks/shop/", b"{}", content_type="application/json", headers={"X-Sign": "00"})

    assert "signature, token or password is wrong" in office.get(page(ready, "last")).content.decode()


@pytest.mark.parametrize("access", ["hmac", "timestamped", "standard", "token", "basic", "network"])
def test_the_line_for_a_terminal_names_no_secret(office: Client, ready: Channel, access: str) -> None:
    ready.settings |= {"access": access, "networks": ["127.0.0.1"], "basic_user": "u"}
    ready.save()

    shown = office.get(page(ready, "live"))
    assert "curl -X POST" in shown.context["curl"]
    assert "s3cr3t" not in shown.content.decode()


def test_a_stored_call_is_read_by_the_mapping_of_today(office: Client, ready: Channel) -> None:
    ready.settings["map_text"] = "nothing"
    ready.save()
    post(office, ready, "try", {"body": json.dumps(SAMPLE)})
    inbox.process_due()
    event = InboundEvent.objects.get()
    before = (event.state, event.attempts)

    address = f"{page(ready, 'calls')}?call={event.public_id}"
    assert "No text was found" in office.get(address).content.decode()
    ready.settings["map_text"] = "content"
    ready.save()
    shown = office.get(address).content.decode()

    assert "Where is my order?" in shown
    assert reverse("channels:parked", args=[event.public_id]) in shown
    event.refresh_from_db()
    assert (event.state, event.attempts) == before
    assert AuditEntry.objects.filter(action="channels.inbound_read").count() == 1


# --- Who may


@pytest.mark.parametrize("step", ["access", "message", "answers", "live", "calls", "definition", "last"])
def test_only_who_configures_channels_may_look(ready: Channel, agent: User, step: str) -> None:
    client = Client()
    client.force_login(agent)

    assert client.get(page(ready, step)).status_code in {302, 403}
    assert Client().get(page(ready, step)).status_code == 302


@pytest.mark.parametrize("step", ["access", "former", "message", "preview", "answers", "send", "live", "try"])
def test_only_who_configures_channels_may_change(ready: Channel, step: str) -> None:
    auditor = UserFactory(role="supervisor")
    client = Client()
    client.force_login(auditor)
    before = (dict(ready.settings), dict(ready.secrets))

    assert client.post(page(ready, step), {**ACCESS, "secret": "stolen"}).status_code in {302, 403}
    ready.refresh_from_db()
    assert (ready.settings, ready.secrets) == before
    assert not InboundEvent.objects.exists()


def test_channels_of_other_kinds_have_no_such_steps(office: Client, channel: Channel) -> None:
    assert office.get(page(channel, "access")).status_code == 404
