"""The health pages name what is stuck, to those who look after channels."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils.translation import gettext_lazy as _
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.channels.errors import Unreadable
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.selectors.health import channel_health, health_of
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.models import Lease
from apps.core.reasons import kept_reason
from tests.channels.conftest import Platform
from tests.factories.channels import ChannelFactory, DeliveryFactory, InboundEventFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def parked(channel: Channel) -> InboundEvent:
    return InboundEventFactory.create(
        channel=channel, payload=b"broken secret", state="parked", error_code="channels.unreadable"
    )


def listening(channel: Channel) -> None:
    Lease.objects.create(name=f"channels.fetch:{channel.pk}", holder="host:1", token=1, expires=Now() + timedelta(1))


def urls(channel: Channel, parked: InboundEvent, delivery: Delivery) -> list[tuple[str, str]]:
    here, item = f"/desk/channels/{channel.public_id}/", f"/desk/channels/parked/{parked.public_id}/"
    return [
        ("get", "/desk/channels/"),
        ("get", here),
        ("post", f"{here}check/"),
        ("post", f"{here}replay/"),
        ("get", item),
        ("get", f"{item}original/"),
        ("post", f"{item}repair/"),
        ("post", f"{item}replay/"),
        ("post", f"{item}discard/"),
        ("post", f"/desk/channels/deliveries/{delivery.public_id}/resend/"),
    ]


# --- What the rows say


def test_a_healthy_channel_works(channel: Channel, caretaker: Actor) -> None:
    listening(channel)
    (row,) = channel_health(caretaker)

    assert (row.tone, row.state, row.problems, row.listener) == ("success", "Working", (), "host:1")


def test_what_waits_too_long_is_named(channel: Channel, caretaker: Actor) -> None:
    listening(channel)
    long_ago = Now() - timedelta(hours=3)
    InboundEventFactory.create(channel=channel, received=long_ago)
    InboundEventFactory.create(channel=channel)
    DeliveryFactory.create(channel=channel, due_at=long_ago)

    row = health_of(channel, caretaker)

    assert (row.tone, row.waiting, row.undelivered) == ("danger", 2, 1)
    assert row.problems == (
        "2 incoming items wait, the oldest for 3\xa0hours.",
        "1 message waits to be sent, due for 3\xa0hours.",
    )


def test_a_mailbox_that_nobody_listens_to_is_stuck(channel: Channel, caretaker: Actor) -> None:
    assert "Nobody listens" in health_of(channel, caretaker).problems[0]


def test_trouble_is_counted(channel: Channel, parked: InboundEvent, caretaker: Actor) -> None:
    listening(channel)
    DeliveryFactory.create(channel=channel, state="failed", settled_at=Now())
    DeliveryFactory.create(channel=channel, state="unknown", settled_at=Now())
    Channel.objects.update(last_error_at=Now())
    channel.refresh_from_db()

    row = health_of(channel, caretaker)

    assert (row.tone, row.parked, row.failed, row.unknown) == ("warning", 1, 1, 1)
    assert len(row.problems) == 4


def test_a_channel_without_its_connector_is_named(db: None, caretaker: Actor) -> None:
    ChannelFactory.create(kind="removed")

    assert channel_health(caretaker)[0].problems == ("The connector of this channel is not installed.",)


def test_the_worst_comes_first_and_the_number_of_queries_stays(
    platform: Platform, caretaker: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ChannelFactory.create(kind="form", is_active=False)
    ChannelFactory.create(kind="form")
    channel_health(caretaker)
    with django_assert_num_queries(6):
        channel_health(caretaker)
    ChannelFactory.create(kind="fake")
    with django_assert_num_queries(6):
        rows = channel_health(caretaker)

    assert [row.tone for row in rows] == ["danger", "success", ""]


# --- The pages


def test_the_overview_leads_to_the_parked_item_and_back(
    client: Client, supervisor: User, channel: Channel, parked: InboundEvent
) -> None:
    client.force_login(supervisor)
    overview = client.get("/desk/channels/").content.decode()
    assert "1 item needs repair." in overview
    page = client.get(f"/desk/channels/{channel.public_id}/").content.decode()
    assert "It could not be read" in page
    assert "broken secret" not in page
    item = client.get(f"/desk/channels/parked/{parked.public_id}/").content.decode()
    assert "broken secret" in item

    answer = client.post(f"/desk/channels/parked/{parked.public_id}/repair/", {"text": "mended"}, follow=True)

    assert "The item is repaired and replayed." in answer.content.decode()
    parked.refresh_from_db()
    assert (parked.state, bytes(parked.payload)) == ("received", b"mended")


def test_the_reason_is_told_in_the_language_of_who_looks(
    client: Client, supervisor: User, channel: Channel, parked: InboundEvent
) -> None:
    """In words of Django's, which are there without a catalog of ours."""
    parked.error = kept_reason(Unreadable(reason=_("This field is required.")))
    parked.save(update_fields=["error"])
    channel.last_error_code, channel.last_error, channel.last_error_at = "channels.unreadable", parked.error, now()
    channel.save(update_fields=["last_error_code", "last_error", "last_error_at"])
    client.force_login(supervisor)
    # The last one is what the tests speak: a request leaves its language behind.
    for language, is_english in (("zh-hans", False), ("en", True)):
        User.objects.filter(pk=supervisor.pk).update(language=language)
        for address in (f"/desk/channels/{channel.public_id}/", f"/desk/channels/parked/{parked.public_id}/"):
            assert ("This field is required." in client.get(address).content.decode()) is is_english


def test_a_code_that_no_item_has_replays_nothing(
    client: Client, supervisor: User, channel: Channel, parked: InboundEvent
) -> None:
    client.force_login(supervisor)
    for code, status in (("channels.un\0readable", 400), ("x" * 5000, 302)):
        answer = client.post(f"/desk/channels/{channel.public_id}/replay/", {"error_code": code})
        assert answer.status_code == status
    parked.refresh_from_db()
    assert parked.state == "parked"


def test_a_refresh_answers_with_the_rows_only(client: Client, supervisor: User, channel: Channel) -> None:
    client.force_login(supervisor)
    fragment = client.get("/desk/channels/", headers={"HX-Request": "true"}).content.decode()

    assert "channel-rows" in fragment
    assert "<html" not in fragment


def test_discarding_asks_for_a_reason(client: Client, supervisor: User, parked: InboundEvent) -> None:
    client.force_login(supervisor)
    url = f"/desk/channels/parked/{parked.public_id}/discard/"

    for nothing in ("", "\u200b\u2060"):
        assert client.post(url, {"reason": nothing}).status_code == 422
    parked.refresh_from_db()
    assert parked.state == "parked"
    assert client.post(url, {"reason": "advertising"}).status_code == 302
    parked.refresh_from_db()
    assert parked.state == "ignored"


def test_the_original_is_a_download_that_no_browser_runs(
    client: Client, supervisor: User, parked: InboundEvent
) -> None:
    client.force_login(supervisor)
    answer = client.get(f"/desk/channels/parked/{parked.public_id}/original/")

    assert answer.content == b"broken secret"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_connection_test_names_no_secret(client: Client, manager: User, channel: Channel) -> None:
    client.force_login(manager)
    page = client.post(f"/desk/channels/{channel.public_id}/check/").content.decode()

    assert "The connection could not be made." in page
    assert "hunter2" not in page


# --- Who may


@pytest.mark.parametrize("role", ["agent", "vendor_agent"])
def test_who_does_not_look_after_channels_gets_nowhere(
    request: pytest.FixtureRequest, client: Client, channel: Channel, parked: InboundEvent, role: str
) -> None:
    delivery = DeliveryFactory.create(channel=channel, state="failed", settled_at=Now())
    client.force_login(request.getfixturevalue(role))

    for method, url in urls(channel, parked, delivery):
        answer = getattr(client, method)(url, {"text": "x", "reason": "x"} if method == "post" else {})
        assert answer.status_code == 403, url
        assert b"secret" not in answer.content
    parked.refresh_from_db()
    assert parked.state == "parked"
    assert Delivery.objects.get().state == "failed"


def test_strangers_are_sent_to_sign_in(client: Client, channel: Channel, parked: InboundEvent) -> None:
    for method, url in urls(channel, parked, DeliveryFactory.create(channel=channel)):
        answer = getattr(client, method)(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith("/accounts/"), url


def test_a_supervisor_may_not_test_connections(client: Client, supervisor: User, channel: Channel) -> None:
    client.force_login(supervisor)

    assert client.post(f"/desk/channels/{channel.public_id}/check/").status_code == 403


@pytest.mark.parametrize("path", ["xxxxxxxxxxxxxxxxxxxxxx/", "1/", "parked/1/", "parked/xxxxxxxxxxxxxxxxxxxxxx/"])
def test_forged_ids_are_not_found(client: Client, supervisor: User, channel: Channel, path: str) -> None:
    client.force_login(supervisor)

    assert client.get(f"/desk/channels/{path}").status_code == 404
