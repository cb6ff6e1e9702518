"""A file behind a signed address: for platforms that take files no other way, and for nobody without the address."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse

from apps.channels.linked_files import LIVES, address_of
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.models import StoredFile
from apps.core.storage import store_file
from tests.channels.test_media import PNG

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def stored() -> StoredFile:
    return store_file(PNG, name="票据.png", by=SYSTEM)


def path_of(stored: StoredFile) -> str:
    return "/" + address_of(stored.pk).split("/", 3)[3]


def test_whoever_has_the_address_has_the_file(stored: StoredFile, client: Client) -> None:
    response = client.get(path_of(stored))

    assert (response.status_code, response.content) == (200, PNG)
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert (response["X-Robots-Tag"], response["Referrer-Policy"]) == ("noindex", "no-referrer")
    assert client.post(path_of(stored)).status_code == 405


def test_an_address_runs_out(stored: StoredFile, client: Client) -> None:
    path = path_of(stored)

    with time_machine.travel(now() + LIVES + timedelta(minutes=1)):
        assert client.get(path).status_code == 404


def test_an_address_cannot_be_guessed(stored: StoredFile, client: Client) -> None:
    foreign = signing.dumps(stored.pk, salt="another")
    other = signing.dumps(stored.pk + 1, salt="channels.linked-file")

    for token in (foreign, other, str(stored.pk), path_of(stored).split("/")[2][:-1]):
        assert client.get(reverse("channels:linked-file", args=[token])).status_code == 404


@pytest.mark.parametrize("token", ["", " ", "%00", "x", ":", "::", "null", "0", "eyJ9:x:y"])
def test_without_a_token_there_is_nothing(stored: StoredFile, client: Client, token: str) -> None:
    """Known attack 16: no older or shorter form of the address works."""
    folder = path_of(stored).rstrip("/").rpartition("/")[0]
    for path in (f"{folder}/{token}", f"{folder}/{token}/", f"{folder}/?token={token}"):
        assert client.get(path, follow=True).status_code == 404, path
