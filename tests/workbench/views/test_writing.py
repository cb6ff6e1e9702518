from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Team, User
from apps.core.actor import Actor
from apps.core.storage import open_file
from apps.knowledge.models import Snippet
from apps.tickets.enums import Breach, MessageKind, Status
from apps.tickets.models import Attachment, ContentRule, Draft, DraftFile, Mention, Message, Queue, Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.comments import comments, open_page
from tests.tickets.conftest import queued
from tests.workbench.conftest import HTMX, Desk, triggers

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants", "rule")]
Acting = Callable[..., Actor]


def address(ticket: Ticket, path: str) -> str:
    return f"/desk/tickets/{ticket.number}/{path}"


def last(ticket: Ticket) -> Message:
    return Message.objects.filter(ticket=ticket).order_by("-sequence")[0]


def test_an_answer_goes_out_once_however_often_it_is_sent(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = desk(agent)
    data = {"html": "<div>We send a new one.</div>", "client_id": "one", "then": "pending"}
    for _attempt in range(2):
        assert browser.post(address(ticket, "replies/"), data, **HTMX).status_code == 200
    ticket.refresh_from_db()
    assert [outbound.recipients.to for outbound in queued(ticket)] == [("lin@example.com",)]
    assert last(ticket).text == "We send a new one."
    assert ticket.status == Status.PENDING


def test_a_note_never_leaves_the_house(desk: Desk, agent: User, teammate: User, ticket: Ticket) -> None:
    data = {"html": f'<div>Look, <span data-user="{teammate.pk}">@Tom</span></div>', "mentions": [str(teammate.pk)]}
    response = desk(agent).post(address(ticket, "notes/"), data, **HTMX)
    assert response.status_code == 200
    assert last(ticket).kind == MessageKind.NOTE
    assert queued(ticket) == []
    assert Mention.objects.get(ticket=ticket).user == teammate


def test_an_empty_answer_is_refused_in_words(desk: Desk, agent: User, ticket: Ticket) -> None:
    response = desk(agent).post(address(ticket, "replies/"), {"html": "<div><br></div>"}, **HTMX)
    assert response.status_code == 422
    assert triggers(response)["toast"]["level"] == "error"
    assert queued(ticket) == []


def test_undo_takes_the_answer_back_into_the_composer(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = desk(agent)
    response = browser.post(address(ticket, "replies/"), {"html": "<div>Too early</div>"}, **HTMX)
    response = browser.post(triggers(response)["toast"]["undo"], **HTMX)
    restored = triggers(response)["composer-restore"]
    assert restored["mode"] == "reply"
    assert "Too early" in restored["html"]
    assert "Too early" in browser.get(address(ticket, ""), **HTMX).content.decode()


def test_a_draft_survives_on_the_server_and_is_nobody_elses(
    desk: Desk, agent: User, teammate: User, ticket: Ticket
) -> None:
    data = {"kind": "reply", "html": "<div>Half a sent</div><script>x</script>", "to": ["~token"]}
    assert desk(agent).post(address(ticket, "draft/"), data, **HTMX).status_code == 204
    draft = Draft.objects.get(ticket=ticket, user=agent)
    assert "Half a sent" in draft.html
    assert "<script" not in draft.html
    assert "Half a sent" in desk(agent).get(address(ticket, ""), **HTMX).content.decode()
    assert "Half a sent" not in desk(teammate).get(address(ticket, ""), **HTMX).content.decode()
    desk(agent).delete(address(ticket, "draft/?kind=reply"), **HTMX)
    assert not Draft.objects.filter(ticket=ticket).exists()


def test_files_are_uploaded_sent_with_the_answer_and_taken_away(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = desk(agent)
    ids = []
    for name in ("说明.txt", "other.txt"):
        file = SimpleUploadedFile(name, b"hello", content_type="text/plain")
        response = browser.post(address(ticket, "uploads/"), {"file": file, "kind": "reply"}, **HTMX)
        assert response.status_code == 201
        ids.append(response.json()["id"])
    assert browser.delete(address(ticket, f"uploads/{ids[1]}/"), **HTMX).status_code == 204
    browser.post(address(ticket, "replies/"), {"html": "<div>See attachment</div>", "files": [ids[0]]}, **HTMX)
    assert [row.file.name for row in Attachment.objects.filter(ticket=ticket)] == ["说明.txt"]
    assert not DraftFile.objects.exists()


def test_a_file_of_somebody_else_does_not_exist(desk: Desk, agent: User, teammate: User, ticket: Ticket) -> None:
    file = SimpleUploadedFile("a.txt", b"hello", content_type="text/plain")
    theirs = desk(teammate).post(address(ticket, "uploads/"), {"file": file}, **HTMX).json()["id"]
    assert desk(agent).delete(address(ticket, f"uploads/{theirs}/"), **HTMX).status_code == 404
    response = desk(agent).post(address(ticket, "replies/"), {"html": "<p>Hi</p>", "files": [theirs]}, **HTMX)
    assert response.status_code == 404
    assert queued(ticket) == []


def test_what_was_sent_is_not_taken_away_like_an_upload(desk: Desk, agent: User, ticket: Ticket) -> None:
    """Known attack 19: an id says what is meant, and only what nobody got yet can be thrown away."""
    browser = desk(agent)
    file = SimpleUploadedFile("a.txt", b"hello", content_type="text/plain")
    upload = browser.post(address(ticket, "uploads/"), {"file": file}, **HTMX).json()["id"]
    assert (
        browser.post(address(ticket, "replies/"), {"html": "<p>Hi</p>", "files": [upload]}, **HTMX).status_code == 200
    )
    sent = Attachment.objects.get()
    for public_id in (upload, sent.public_id):
        assert browser.delete(address(ticket, f"uploads/{public_id}/"), **HTMX).status_code == 404
        assert browser.delete(f"/desk/conversations/new/uploads/{public_id}/", **HTMX).status_code == 404
    assert Attachment.objects.get() == sent
    assert open_file(sent.file) == b"hello"


def test_a_snippet_is_filled_with_what_the_viewer_may_see(
    desk: Desk, agent: User, outsourcing_agent: User, ticket: Ticket
) -> None:
    snippet = Snippet.objects.create(
        scope="all", owner=agent, shortcut="hello", title={"en": "Greeting"},
        body={"en": "<p>Dear {{customer.name}}, about #{{ticket.number}}</p>"},
    )  # fmt: skip
    options = desk(agent).get(address(ticket, "snippets/?q=hel"), **HTMX).content.decode()
    assert f"snippets/{snippet.pk}/" in options
    mine = desk(agent).post(address(ticket, f"snippets/{snippet.pk}/"), **HTMX).content.decode()
    assert f"Dear 林小雨, about #{ticket.number}" in mine
    theirs = desk(outsourcing_agent).post(address(ticket, f"snippets/{snippet.pk}/"), **HTMX).content.decode()
    assert "林小雨" not in theirs


def test_forwarding_is_for_who_sees_everything(
    desk: Desk, agent: User, outsourcing_agent: User, ticket: Ticket
) -> None:
    path = f"messages/{last(ticket).public_id}/forward/"
    data = {"to": "partner@example.org", "html": "Please look", "client_id": "f1"}
    assert desk(agent).post(address(ticket, path), data, **HTMX).status_code == 200
    assert [outbound.recipients.to for outbound in queued(ticket)] == [("partner@example.org",)]
    assert desk(outsourcing_agent).post(address(ticket, path), data, **HTMX).status_code in {403, 404}
    assert len(queued(ticket)) == 1


def test_staff_write_first(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = desk(agent)
    data = {
        "channel": str(ticket.channel_id), "to": "new@example.com", "cc": ["also@example.com"], "subject": "Your order",
        "html": "<div><b>It</b> is on its way.</div>", "client_id": "n1", "queue": "", "priority": "20", "assignee": "me",
    }  # fmt: skip
    assert browser.post("/desk/conversations/new/", {**data, "to": ""}, **HTMX).status_code == 422
    assert browser.post("/desk/conversations/new/", {**data, "subject": ""}, **HTMX).status_code == 422
    assert Ticket.objects.count() == 1
    response = browser.post("/desk/conversations/new/", data, **HTMX)
    opened = Ticket.objects.order_by("-pk")[0]
    assert response["HX-Redirect"] == f"/desk/tickets/{opened.number}/"
    (outbound,) = queued(opened)
    assert (outbound.recipients.to, outbound.recipients.cc) == (("new@example.com",), ("also@example.com",))
    assert "<b>It</b> is on its way." in outbound.html
    assert opened.assignee == agent


def test_who_writes_first_may_leave_the_ticket_to_others(desk: Desk, agent: User, ticket: Ticket) -> None:
    data = {
        "channel": str(ticket.channel_id), "to": "new@example.com", "subject": "Your order", "html": "<p>x</p>",
        "client_id": "n9", "assignee": "nobody", "then": "open",
    }  # fmt: skip
    assert desk(agent).post("/desk/conversations/new/", data, **HTMX).status_code == 200
    opened = Ticket.objects.order_by("-pk")[0]
    assert (opened.assignee, opened.status) == (None, Status.OPEN)


def test_what_is_written_first_is_kept_with_its_files_until_it_is_sent(
    desk: Desk, agent: User, teammate: User, ticket: Ticket
) -> None:
    browser = desk(agent)
    file = SimpleUploadedFile("list.txt", b"one", content_type="text/plain")
    upload = browser.post("/desk/conversations/new/uploads/", {"file": file}, **HTMX).json()["id"]
    kept = {"to": "new@example.com", "subject": "Your order", "html": "<div>It is on</div>", "assignee": "nobody"}
    assert browser.post("/desk/conversations/new/draft/", kept, **HTMX).status_code == 204
    page = browser.get("/desk/conversations/new/", **HTMX).content.decode()
    assert all(word in page for word in ("new@example.com", "Your order", "It is on", upload, "list.txt"))
    assert "It is on" not in desk(teammate).get("/desk/conversations/new/", **HTMX).content.decode()
    of_somebody = browser.get(f"/desk/conversations/new/?customer={ticket.customer.public_id}", **HTMX).content.decode()
    assert "It is on" not in of_somebody
    data = {**kept, "channel": str(ticket.channel_id), "files": upload, "client_id": "n8"}
    assert desk(teammate).post("/desk/conversations/new/", data, **HTMX).status_code == 404
    assert browser.post("/desk/conversations/new/", data, **HTMX).status_code == 200
    opened = Ticket.objects.order_by("-pk")[0]
    assert [row.file.name for row in Attachment.objects.filter(ticket=opened)] == ["list.txt"]
    assert "It is on" not in browser.get("/desk/conversations/new/", **HTMX).content.decode()


def test_internal_work_has_no_customer(desk: Desk, agent: User, ticket: Ticket) -> None:
    data = {"kind": "internal", "subject": "Check the shelf", "text": "Tomorrow", "client_id": "n2"}
    desk(agent).post("/desk/tickets/new/", data, **HTMX)
    opened = Ticket.objects.order_by("-pk")[0]
    assert (opened.subject, opened.customer, last(opened).kind) == ("Check the shelf", None, MessageKind.NOTE)


@pytest.mark.parametrize("kind", ["internal", "contact"])
def test_a_new_ticket_sent_twice_is_one_and_with_other_words_another(
    desk: Desk, agent: User, ticket: Ticket, kind: str
) -> None:
    counter = ChannelFactory(key="counter", kind="manual")
    IntakeRuleFactory(channel=counter, queue=ticket.queue)
    browser = desk(agent)
    channel = {"internal": "", "contact": str(counter.pk)}[kind]
    data = {
        "kind": kind, "subject": "Shelf", "text": "Tomorrow", "client_id": "n3", "channel": channel,
        "contact": "" if kind == "internal" else "new@example.com",
    }  # fmt: skip
    before = Ticket.objects.count()
    first, again = (browser.post("/desk/tickets/new/", data, **HTMX)["HX-Redirect"] for _ in range(2))
    assert first == again
    assert Ticket.objects.count() == before + 1
    assert browser.post("/desk/tickets/new/", {**data, "text": "Today"}, **HTMX)["HX-Redirect"] != first
    opened = Ticket.objects.order_by("-pk")[:2]
    assert [last(row).text for row in opened] == ["Today", "Tomorrow"]
    assert {row.message_count for row in opened} == {1}


def test_an_answer_with_an_unknown_status_is_refused_whole(desk: Desk, agent: User, ticket: Ticket) -> None:
    before = Message.objects.count()
    response = desk(agent).post(address(ticket, "replies/"), {"html": "<p>Hi</p>", "then": "zz"}, **HTMX)
    assert response.status_code == 422
    assert Message.objects.count() == before
    assert queued(ticket) == []


@pytest.mark.parametrize("where", ["mentions/", "snippets/"])
def test_text_that_no_column_holds_finds_nothing(desk: Desk, agent: User, ticket: Ticket, where: str) -> None:
    assert desk(agent).get(address(ticket, where), {"q": "\0"}).status_code == 200


def test_what_the_channels_rule_asks_about_waits_for_the_writers_word(desk: Desk, agent: User, ticket: Ticket) -> None:
    ContentRule.objects.create(channel=ticket.channel, forbidden_words="soon = today", words_breach=Breach.ASK)
    browser, data = desk(agent), {"html": "<div>Soon.</div>", "client_id": "c1"}
    asked = browser.post(address(ticket, "replies/"), data, **HTMX)
    assert asked.status_code == 422
    assert "“soon”" in asked.json()["confirm"]
    assert queued(ticket) == []
    assert browser.post(address(ticket, "replies/"), {**data, "confirmed": "1"}, **HTMX).status_code == 200
    assert [outbound.text for outbound in queued(ticket)] == ["Soon."]


def test_a_forward_may_be_confirmed_as_well(desk: Desk, agent: User, ticket: Ticket) -> None:
    ContentRule.objects.create(channel=ticket.channel, forbidden_words="soon", words_breach=Breach.ASK)
    path = address(ticket, f"messages/{last(ticket).public_id}/forward/")
    data = {"to": "partner@example.org", "html": "Soon, please", "client_id": "f1"}
    asked = desk(agent).post(path, data, **HTMX)
    assert (asked.status_code, queued(ticket)) == (422, [])
    assert 'type="checkbox" name="confirmed"' in asked.content.decode()
    assert desk(agent).post(path, {**data, "confirmed": "on"}, **HTMX).status_code == 200
    assert len(queued(ticket)) == 1


# --- Public comments


def test_the_composer_says_which_answer_everybody_reads(desk: Desk, agent: User, team: Team, queue: Queue) -> None:
    page = open_page(queue, team)
    ticket, browser = comments(page), desk(agent)
    public, private = f"{page.pk}-public", str(page.pk)
    shown = browser.get(address(ticket, ""), **HTMX).content.decode()
    assert shown.index(f'<option value="{public}" data-public') < shown.index(f'<option value="{private}"')
    assert "Public answer: everybody reads it under the post." in shown
    assert "ticket-row-public" in browser.get("/desk/views/unassigned/").content.decode()

    for route in (public, private):
        browser.post(address(ticket, "replies/"), {"html": "<p>Yes, in white.</p>", "channel": route}, **HTMX)

    assert [(outbound.is_public, outbound.comment) for outbound in queued(ticket)] == [(True, "9_1"), (False, "9_1")]
    shown = browser.get(address(ticket, ""), **HTMX).content.decode()
    assert "An answer to the public comment that only the customer reads" in shown


def test_words_for_one_do_not_come_back_as_words_for_everybody(
    desk: Desk, agent: User, team: Team, queue: Queue
) -> None:
    page = open_page(queue, team)
    ticket, browser = comments(page), desk(agent)
    data = {"html": "<p>Your order is 88.</p>", "channel": str(page.pk)}
    sent = browser.post(address(ticket, "replies/"), data, **HTMX)

    restored = triggers(browser.post(triggers(sent)["toast"]["undo"], **HTMX))["composer-restore"]

    assert restored["route"] == str(page.pk)
    assert f'data-draft="reply" data-route="{page.pk}"' in browser.get(address(ticket, ""), **HTMX).content.decode()


def test_a_way_that_is_not_there_is_refused_and_nothing_is_sent(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser, refused = desk(agent), {}
    for route in ("x-public", "999999-public", "-public", f"{ticket.channel_id}-public"):
        answer = browser.post(address(ticket, "replies/"), {"html": "<p>Hi</p>", "channel": route}, **HTMX)
        refused[route.partition("-")[0]] = answer.status_code

    assert refused == {"x": 404, "999999": 404, "": 409, str(ticket.channel_id): 409}
    assert queued(ticket) == []
