"""Files: only for who sees the message, never as something that runs, never for masked eyes."""

from base64 import b64decode

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.actor import SYSTEM
from apps.core.models import AuditEntry, PlayableCopy, ScanState, StoredFile
from apps.core.storage import store_file
from apps.tickets.enums import MessageKind
from apps.tickets.models import Attachment, Ticket
from apps.tickets.services import drafts
from apps.tickets.services.timeline import FileToAttach
from tests.factories.tickets import say
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def attach(ticket: Ticket, content: bytes, name: str, kind: MessageKind = MessageKind.CUSTOMER) -> str:
    stored = store_file(content, name=name, by=SYSTEM)
    message = say(ticket, "see file", kind=kind, files=(FileToAttach(stored.pk),))
    return reverse("tickets:attachment", args=[Attachment.objects.get(message_id=message.pk).public_id])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_each_of_the_cast_gets_what_they_see(cast: dict[str, User], ticket: Ticket) -> None:
    url = attach(ticket, PNG, "shot.png")
    statuses = {name: signed_in(user).get(url).status_code for name, user in cast.items()}
    assert statuses == {
        "agent": 200,
        "teammate": 200,
        "supervisor": 200,
        "manager": 200,
        "outsourcing_agent": 404,
        "stranger": 404,
    }
    assert Client().get(url).status_code == 302


def test_a_recording_plays_in_the_page_for_those_who_may_open_it(
    cast: dict[str, User], agent: User, ticket: Ticket
) -> None:
    url = attach(ticket, b"#!AMR\n" + bytes(40), "voice.amr")
    page = reverse("workbench:ticket", args=[ticket.number])
    assert "<audio" not in signed_in(agent).get(page).content.decode()

    copy = store_file(b"ID3" + bytes(100), name="voice.amr.mp3", by=SYSTEM)
    PlayableCopy.objects.update(copy=copy)

    assert f'src="{url}?sound"' in signed_in(agent).get(page).content.decode()
    sound = signed_in(agent).get(f"{url}?sound")
    assert sound["Content-Type"] == "audio/mpeg"
    assert sound["Content-Disposition"].startswith("inline")
    assert sound.content == b"ID3" + bytes(100)
    assert signed_in(agent).get(url).content == b"#!AMR\n" + bytes(40)
    for name in ("outsourcing_agent", "stranger"):
        assert signed_in(cast[name]).get(f"{url}?sound").status_code == 404


def test_content_comes_as_it_was_and_the_opening_is_recorded(agent: User, ticket: Ticket) -> None:
    response = signed_in(agent).get(attach(ticket, PNG, "shot.png"))
    assert b"".join(response.streaming_content if response.streaming else [response.content]) == PNG
    assert AuditEntry.objects.filter(action="attachment.open", actor_user_id=agent.pk).count() == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>alert(1)</script></html>", "page.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "drawing.svg"),
        (b"<?xml version='1.0'?><x/>", "data.xml"),
        (b"GIF89a<script>alert(1)</script>", "../../etc/passwd\r\nX: y\u202egnp.exe"),
    ],
)
def test_nothing_that_is_served_runs(agent: User, ticket: Ticket, content: bytes, name: str) -> None:
    response = signed_in(agent).get(attach(ticket, content, name))
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    if not content.startswith(b"GIF"):
        assert response["Content-Disposition"].startswith("attachment")
    assert not any(char in response["Content-Disposition"] for char in "\r\n\u202e")
    assert "script" not in response["Content-Type"]


def test_pictures_are_shown_and_saved_on_demand(agent: User, ticket: Ticket) -> None:
    url = attach(ticket, PNG, "shot.png")
    assert signed_in(agent).get(url)["Content-Disposition"].startswith("inline")
    assert signed_in(agent).get(f"{url}?download")["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("guess", ["", "x", "A" * 22, "1", "..%2f..%2fetc%2fpasswd", "'; --"])
def test_a_guessed_id_is_not_found(agent: User, ticket: Ticket, guess: str) -> None:
    attach(ticket, PNG, "shot.png")
    assert signed_in(agent).get(f"/desk/files/{guess}/").status_code == 404


def test_an_upload_is_its_owners_alone(cast: dict[str, User], acting: Acting, ticket: Ticket) -> None:
    row = drafts.add_draft_file(by=acting(cast["agent"]), ticket=ticket, name="a.txt", content=b"x")
    url = reverse("tickets:upload", args=[row.public_id])
    statuses = {name: signed_in(user).get(url).status_code for name, user in cast.items()}
    assert statuses == {**dict.fromkeys(cast, 404), "agent": 200}


def test_what_waits_or_holds_a_virus_is_said_and_not_given(agent: User, ticket: Ticket) -> None:
    url = attach(ticket, PNG, "shot.png")
    page = reverse("workbench:ticket", args=[ticket.number])
    assert f'<img src="{url}"' in signed_in(agent).get(page).content.decode()
    for state, status, said in (
        (ScanState.WAITING, 503, "Being looked at for viruses"),
        (ScanState.INFECTED, 410, "Virus found: cannot be opened"),
    ):
        StoredFile.objects.update(scan_state=state)
        shown = signed_in(agent).get(page).content.decode()
        answer = signed_in(agent).get(url)
        assert said in shown
        assert f'<img src="{url}"' not in shown
        assert (answer.status_code, PNG in answer.content) == (status, False)
    assert url not in shown
