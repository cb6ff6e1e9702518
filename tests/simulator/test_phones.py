"""The page on which a newcomer plays the customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse

from apps.simulator.mischief import Mischief
from apps.simulator.shapes import Account
from apps.simulator.simulator import Simulator

pytestmark = [pytest.mark.unit, pytest.mark.urls("tests.simulator.urls")]

MIA = "+15005550110"
PAGE = f"/demo/phones/?channel=texts&as=%2B{MIA[1:]}"


@pytest.fixture
def simulator(settings: Any) -> Iterator[Simulator]:
    accounts = [Account(key, "sms_twilio", "http://127.0.0.1:9/") for key in ("texts", "more")]
    accounts.append(Account("chinese", "sms_aliyun", "http://127.0.0.1:9/"))
    with Simulator(accounts, mischief=Mischief(pace=0.001)) as running:
        settings.SIMULATOR_PORT = int(running.url.rpartition(":")[2])
        yield running


def test_it_shows_channels_customers_and_the_conversation(simulator: Simulator) -> None:
    platform = simulator.platforms["texts"]
    platform.write(MIA, "Where is <my> lamp?")
    platform.deliver(MIA, "On its way.", state="delivered")
    assert simulator.wait_idle()
    page = Client().get(PAGE).content.decode()

    assert "Text messages (Twilio)" in page
    assert "Mia Brooks" in page
    assert page.index("Where is &lt;my&gt; lamp?") < page.index("On its way.")
    assert "not received" in page
    assert "delivered" in page
    assert "On its way." in Client().get(PAGE.replace("phones/?", "phones/lines/?")).content.decode()
    assert "On its way." not in Client().get("/demo/phones/?channel=more").content.decode()


def test_what_is_typed_is_written_by_that_customer(simulator: Simulator) -> None:
    picture = SimpleUploadedFile("lamp.png", b"\x89PNG", content_type="image/png")
    answer = Client().post(PAGE, {"text": "Here it is", "file": picture})

    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    [line] = simulator.platforms["texts"].conversation(MIA)
    assert (line.text, line.is_own, line.file_name) == ("Here it is", True, "lamp.png")
    file = simulator.platforms["texts"].file(line.file_id)
    assert file is not None
    assert (file.content_type, file.content) == ("image/png", b"\x89PNG")
    assert "lamp.png" in Client().get(PAGE).content.decode()


def test_nothing_is_not_sent(simulator: Simulator) -> None:
    answer = Client().post(PAGE, {"text": "  "})

    assert answer.status_code == 422
    assert "Write something." in answer.content.decode()
    assert not simulator.platforms["texts"].lines


def test_pictures_are_offered_where_the_platform_takes_them(simulator: Simulator) -> None:
    assert 'type="file"' in Client().get(PAGE).content.decode()
    assert 'type="file"' not in Client().get("/demo/phones/?channel=chinese").content.decode()


def test_without_a_simulator_the_page_says_so_and_keeps_the_text(settings: Any) -> None:
    settings.SIMULATOR_PORT = 9
    assert "does not answer yet" in Client().get(PAGE).content.decode()


def test_without_a_channel_the_page_says_so(settings: Any) -> None:
    with Simulator() as running:
        settings.SIMULATOR_PORT = int(running.url.rpartition(":")[2])
        assert "No channel of this installation" in Client().get(PAGE).content.decode()


@pytest.mark.urls("contactcenter.urls")
def test_outside_of_the_demo_there_is_no_such_page() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("simulator:phones")
    assert Client().get("/demo/phones/").status_code == 404
