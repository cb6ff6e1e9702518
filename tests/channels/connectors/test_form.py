"""The public form: each submission is stored once, nothing typed is lost, and nobody is let in who should not be."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.channels import intake, registry
from apps.channels.connectors.form import tokens
from apps.channels.connectors.submission import unpack
from apps.channels.contract import Agreement, Inbound
from apps.channels.embedding import as_origin
from apps.channels.models import Channel, InboundEvent
from apps.privacy.models import PrivacyNotice
from tests.channels.conftest import in_parallel
from tests.factories.channels import ChannelFactory

pytestmark = pytest.mark.integration

GOOD = {"name": "林小梅", "email": "Lin@Example.com", "subject": "退款", "message": "什么时候到账？"}


@pytest.fixture
def form(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setattr(intake, "_category_source", lambda channel: [("refund", "Refund"), ("delivery", "Delivery")])
    return ChannelFactory.create(kind="form", key="contact", name={"en": "Contact us", "zh-hans": "联系我们"})


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def token_for(form: Channel, age: float = 30) -> str:
    opened = int(timezone.now().timestamp() - age)
    return signing.dumps([form.key, "nonce-1", opened], salt=tokens.SALT)


def send(visitor: Client, form: Channel, **changes: Any) -> Any:
    data = {**GOOD, "token": token_for(form), **changes}
    return visitor.post(
        f"/forms/{form.key}/?lang=en", {name: value for name, value in data.items() if value is not None}
    )


def stored() -> list[Inbound]:
    events = InboundEvent.objects.select_related("channel").order_by("pk")
    parsed = [registry.get("form").parse(event) for event in events]
    return [item for item in parsed if isinstance(item, Inbound)]


# --- Sending


def test_a_filled_in_form_is_stored_and_thanked_for(form: Channel, visitor: Client) -> None:
    answer = send(visitor, form, phone="138 0013 8000", category="refund")

    event = InboundEvent.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/forms/contact/received/{event.public_id}/?lang=en"
    page = visitor.get(answer["Location"]).content.decode()
    assert event.public_id in page
    assert "林小梅" not in page
    (inbound,) = stored()
    assert (inbound.sender_kind, inbound.sender_value, inbound.sender_name) == ("email", "lin@example.com", "林小梅")
    assert (inbound.subject, inbound.text, inbound.language) == ("退款", "什么时候到账？", "en")
    assert inbound.fields == {"category": "refund"}
    assert [(claim.kind, claim.value, claim.verified) for claim in inbound.identities] == [
        ("phone", "+8613800138000", False)
    ]
    assert not inbound.is_spam


def test_the_page_itself_can_be_sent(form: Channel, visitor: Client) -> None:
    page = visitor.get("/forms/contact/?lang=en").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    form.settings = {"min_seconds": 0}
    form.save()

    assert send(visitor, form, token=token[1]).status_code == 302


def test_pressing_the_button_twice_is_one_submission(form: Channel, visitor: Client) -> None:
    first, second = send(visitor, form), send(visitor, form)

    assert InboundEvent.objects.count() == 1
    assert first["Location"] == second["Location"]


@pytest.mark.django_db(transaction=True)
def test_twenty_presses_at_once_are_one_submission(form: Channel) -> None:
    token = token_for(form)
    answers = in_parallel(20, lambda number: send(Client(), form, token=token))

    assert InboundEvent.objects.count() == 1
    assert {answer["Location"] for answer in answers if answer.status_code == 302} == {
        f"/forms/contact/received/{InboundEvent.objects.get().public_id}/?lang=en"
    }


def test_going_back_and_writing_something_else_is_another_submission(form: Channel, visitor: Client) -> None:
    send(visitor, form)
    send(visitor, form, message="还有一件事")

    assert [inbound.text for inbound in stored()] == ["什么时候到账？", "还有一件事"]
    assert len({inbound.thread_key for inbound in stored()}) == 2


def test_files_come_along(form: Channel, visitor: Client) -> None:
    files = [SimpleUploadedFile("发票.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]
    send(visitor, form, attachments=files)

    assert [(file.name, file.content) for file in stored()[0].attachments] == [("发票.txt", b"one"), ("b.txt", b"two")]


# --- Refusing without losing anything


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": ""}, "This field is required."),
        ({"email": "nobody"}, "Enter a valid e-mail address."),
        ({"email": "a@example.com, b@example.com"}, "Enter a valid e-mail address."),
        ({"phone": "12"}, "Enter a valid phone number."),
        ({"message": "  "}, "This field is required."),
        ({"category": "planted"}, "Select a valid choice."),
        ({"attachments": [SimpleUploadedFile("x", b"x") for _number in range(6)]}, "Choose 5 files at most."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    form: Channel, visitor: Client, changes: dict[str, Any], words: str
) -> None:
    answer = send(visitor, form, **{"subject": "something I typed", **changes})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "something I typed" in page
    assert not InboundEvent.objects.exists()


def test_files_that_are_too_large_together_are_refused(form: Channel, visitor: Client) -> None:
    form.settings = {"max_attachment_mb": 1}
    form.save()
    files = [SimpleUploadedFile(f"{number}", b"x" * 600_000) for number in range(2)]

    answer = send(visitor, form, attachments=files)

    assert answer.status_code == 422
    assert "larger than 1 MB together" in answer.content.decode()
    assert "Please choose your attachments again." in answer.content.decode()


def test_a_body_beyond_all_limits_is_not_read(form: Channel, visitor: Client) -> None:
    answer = visitor.post(
        "/forms/contact/", data=b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(10**9)
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("token", ["", "forged", None])
def test_without_our_token_nothing_is_stored_and_everything_stays(
    form: Channel, visitor: Client, token: str | None
) -> None:
    answer = send(visitor, form, token=token)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "什么时候到账？" in page
    assert not InboundEvent.objects.exists()


def test_a_token_of_another_form_or_of_yesterday_does_not_do(form: Channel, visitor: Client) -> None:
    other = ChannelFactory.create(kind="form", key="other")

    assert send(visitor, form, token=token_for(other)).status_code == 422
    assert send(visitor, form, token=token_for(form, age=timedelta(hours=25).total_seconds())).status_code == 422
    assert not InboundEvent.objects.exists()


def test_who_is_quicker_than_people_is_asked_again(form: Channel, visitor: Client) -> None:
    answer = send(visitor, form, token=token_for(form, age=0))

    assert answer.status_code == 422
    assert "very quick" in answer.content.decode()
    assert not InboundEvent.objects.exists()


def test_the_trap_marks_as_spam_and_throws_nothing_away(form: Channel, visitor: Client) -> None:
    assert send(visitor, form, website="http://pills.example").status_code == 302

    assert stored()[0].is_spam


def test_one_sender_is_limited_and_keeps_the_text(form: Channel, visitor: Client) -> None:
    form.settings = {"hourly_per_sender": 2}
    form.save()
    answers = [send(visitor, form, message=f"message {number}") for number in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert "message 2" in answers[2].content.decode()
    assert InboundEvent.objects.count() == 2
    assert send(visitor, form, email="wang@example.com").status_code == 302


def test_one_network_address_is_limited(form: Channel, visitor: Client) -> None:
    form.settings = {"hourly_per_network": 2}
    form.save()
    statuses = [send(visitor, form, email=f"{number}@example.com").status_code for number in range(3)]

    assert statuses == [302, 302, 429]


def test_line_breaks_in_a_subject_or_a_name_become_spaces(form: Channel, visitor: Client) -> None:
    send(visitor, form, subject="a\r\nBcc: evil@example.com", name="b\u2028c")

    (inbound,) = stored()
    assert (inbound.subject, inbound.sender_name) == ("a Bcc: evil@example.com", "b c")


def test_either_address_or_phone_can_be_enough(form: Channel, visitor: Client) -> None:
    form.settings = {"contact": "either"}
    form.save()

    assert send(visitor, form, email="", phone="").status_code == 422
    assert send(visitor, form, email="", phone="13800138000").status_code == 302
    assert stored()[0].sender_kind == "phone"


# --- Who sees what


@pytest.mark.parametrize("changes", [{"is_active": False}, {"kind": "api"}])
def test_a_closed_or_foreign_channel_has_no_form(form: Channel, visitor: Client, changes: dict[str, Any]) -> None:
    Channel.objects.update(**changes)

    for path in ("/forms/contact/", "/forms/contact/embed.js"):
        assert visitor.get(path).status_code == 404


def test_a_reference_is_opaque_and_of_its_own_form(form: Channel, visitor: Client) -> None:
    send(visitor, form)
    event = InboundEvent.objects.get()
    other = ChannelFactory.create(kind="form", key="other")

    assert visitor.get(f"/forms/contact/received/{event.public_id}/").status_code == 200
    assert visitor.get(f"/forms/{other.key}/received/{event.public_id}/").status_code == 404
    for forged in (str(event.pk), event.public_id[:-1] + "A", "x" * 22):
        if forged != event.public_id:
            assert visitor.get(f"/forms/contact/received/{forged}/").status_code == 404


def test_the_thank_you_page_tells_the_number_once_there_is_one(
    form: Channel, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_number_source", {7: 1042}.get)
    send(visitor, form)
    event = InboundEvent.objects.get()
    address = f"/forms/contact/received/{event.public_id}/?lang=en"

    waiting = visitor.get(address).content.decode()
    assert event.public_id in waiting
    assert "look=2" in waiting
    assert "hx-get" not in visitor.get(f"{address}&look=6").content.decode()
    InboundEvent.objects.update(ticket_id=7)
    known = visitor.get(f"{address}&look=2").content.decode()
    assert "#1042" in known
    assert event.public_id not in known
    assert "hx-get" not in known


def test_nobody_may_frame_the_form_unless_listed(form: Channel, visitor: Client) -> None:
    alone = visitor.get("/forms/contact/")
    assert "frame-ancestors 'none'" in alone["Content-Security-Policy"]
    assert alone["X-Frame-Options"] == "DENY"

    form.settings = {"allowed_domains": ["https://shop.example.com/", "evil; script-src *"]}
    form.save()
    embedded = visitor.get("/forms/contact/?embed=1")
    policy = embedded["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example.com;" in f"{policy};"
    assert "script-src 'self'" in policy
    assert "X-Frame-Options" not in embedded


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example.com/page", "https://shop.example.com"),
        ("shop.example.com", "https://shop.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("javascript://x", ""),
        ("https://a b", ""),
        ("*", ""),
        ("https://x;y", ""),
    ],
)
def test_only_plain_origins_reach_the_header(text: str, origin: str) -> None:
    assert as_origin(text) == origin


def test_the_page_sets_no_cookie_and_speaks_the_asked_language(form: Channel, visitor: Client) -> None:
    chinese = visitor.get("/forms/contact/?lang=zh-hans")
    english = visitor.get("/forms/contact/", headers={"Accept-Language": "en"})
    own = visitor.get("/forms/contact/")

    assert not chinese.cookies
    assert 'lang="zh-Hans"' in chinese.content.decode()
    assert "联系我们" in chinese.content.decode()
    assert "Contact us" in english.content.decode()
    assert "联系我们" in own.content.decode()


def test_the_embedding_script_says_nothing_of_the_request(form: Channel, visitor: Client) -> None:
    answer = visitor.get('/forms/contact/embed.js?x="><script>')

    assert answer["Content-Type"].startswith("text/javascript")
    assert b"script>" not in answer.content
    assert Client().post("/forms/contact/embed.js").status_code == 405


def test_what_a_manager_wrote_is_shown_as_text(form: Channel, visitor: Client) -> None:
    form.settings = {"intro": {"en": "<b>Hello</b>"}}
    form.save()

    assert "&lt;b&gt;Hello&lt;/b&gt;" in visitor.get("/forms/contact/?lang=en").content.decode()


def test_the_stored_document_can_be_read_again(form: Channel, visitor: Client) -> None:
    send(visitor, form)

    assert unpack(InboundEvent.objects.get().payload).sender.value == "lin@example.com"


# --- The privacy notice


def test_a_form_links_to_the_notice_and_asks_for_the_consent_that_it_needs(form: Channel, visitor: Client) -> None:
    PrivacyNotice.objects.create(brand=form.brand, version=2, text={"en": "Words"}, needs_consent=True)

    page = visitor.get("/forms/contact/?lang=en").content.decode()
    refused = send(visitor, form)
    assert refused.status_code == 422
    assert "Please agree first." in refused.content.decode()
    assert not InboundEvent.objects.exists()
    send(visitor, form, consent="on", notice="2")

    assert f"/privacy/{form.brand.key}/2/" in page
    (inbound,) = stored()
    assert inbound.agreement == Agreement(2, "form")


def test_a_notice_that_only_tells_has_no_box(form: Channel, visitor: Client) -> None:
    PrivacyNotice.objects.create(brand=form.brand, version=1, text={"en": "Words"})

    page = visitor.get("/forms/contact/?lang=en").content.decode()
    send(visitor, form)

    assert f"/privacy/{form.brand.key}/1/" in page
    assert 'name="consent"' not in page
    assert stored()[0].agreement is None
