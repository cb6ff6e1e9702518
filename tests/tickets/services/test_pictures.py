"""Pictures inside answers and notes, and the marks of named colleagues: what is one's own stays, nothing else."""

from email import message_from_bytes, policy

import pytest

from apps.accounts.models import User
from apps.channels.connectors.email.compose import compose
from apps.channels.connectors.email.outgoing import to_outgoing
from apps.channels.models import Delivery
from apps.core.actor import Actor
from apps.tickets.models import Attachment, DraftFile, Message, Ticket
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.services import drafts, messages
from tests.tickets.conftest import OWN_ADDRESS, Acting, queued

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001000000ffff03000006000557"
    "bfabd40000000049454e44ae426082"
)


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def upload(by: Actor, ticket: Ticket, name: str = "屏幕.png", content: bytes = PNG) -> DraftFile:
    return drafts.add_draft_file(by=by, ticket=ticket, name=name, content=content)


def image(upload: DraftFile) -> str:
    return f'<img src="cid:{upload.public_id}" alt="screen">'


def test_a_picture_travels_in_its_place(ticket: Ticket, alice: Actor) -> None:
    picture, beside = upload(alice, ticket), upload(alice, ticket, "list.txt", b"one")
    html = f"<div>Look: {image(picture)} there.</div>"
    message = messages.reply(ticket=ticket, by=alice, html=html, draft_file_ids=[picture.pk, beside.pk])
    (outbound,) = queued(ticket)
    (content_id,) = outbound.inline
    assert outbound.inline == {content_id: picture.file_id}
    assert outbound.attachments == (picture.file_id, beside.file_id)
    assert f'src="cid:{content_id}"' in outbound.html
    assert "[screen]" in outbound.text
    entry = ticket_page(alice, ticket.number).timeline[-1]
    attached = Attachment.objects.get(message_id=message.pk, is_inline=True)
    assert f'src="/desk/files/{attached.public_id}/"' in entry.html
    assert "cid:" not in entry.html
    assert [(file.name, file.is_placed) for file in entry.files] == [("屏幕.png", True), ("list.txt", False)]
    assert not DraftFile.objects.exists()


@pytest.mark.parametrize(
    "foreign",
    [
        '<img src="cid:made-up">',
        '<img src="https://tracker.example/x.png">',
        '<img src="/desk/files/x/">',
        '<img alt="cid:x">',
        '<img src="data:image/png;base64,AAAA">',
    ],
)
def test_only_ones_own_uploads_can_be_referred_to(ticket: Ticket, alice: Actor, foreign: str) -> None:
    messages.reply(ticket=ticket, by=alice, html=f"<div>Look {foreign}here</div>")
    (outbound,) = queued(ticket)
    assert outbound.html.startswith("<div>Look here</div>")
    assert Message.objects.get(ticket=ticket, sequence=2).html == "<div>Look here</div>"


def test_somebody_elses_upload_is_nobodys_picture(ticket: Ticket, alice: Actor, acting: Acting, teammate: User) -> None:
    theirs = upload(acting(teammate), ticket)
    messages.reply(ticket=ticket, by=alice, html=f"<div>Look {image(theirs)}</div>")
    assert "<img" not in queued(ticket)[0].html
    assert DraftFile.objects.get() == theirs


def test_what_is_no_picture_is_attached_and_not_shown(ticket: Ticket, alice: Actor) -> None:
    text = upload(alice, ticket, "page.png", b"<script>alert(1)</script>")
    messages.reply(ticket=ticket, by=alice, html=f"<div>Look {image(text)}</div>", draft_file_ids=[text.pk])
    (outbound,) = queued(ticket)
    assert "<img" not in outbound.html
    assert (outbound.inline, outbound.attachments) == ({}, (text.file_id,))


def test_taken_back_a_picture_is_an_upload_again(ticket: Ticket, alice: Actor) -> None:
    picture = upload(alice, ticket)
    message = messages.reply(
        ticket=ticket, by=alice, html=f"<div>Look {image(picture)}</div>", draft_file_ids=[picture.pk]
    )
    draft = messages.undo_send(message=message, by=alice)
    again = DraftFile.objects.get()
    assert again.file_id == picture.file_id
    assert f'src="cid:{again.public_id}"' in draft.html
    messages.reply(ticket=ticket, by=alice, html=draft.html, draft_file_ids=[again.pk])
    assert list(queued(ticket)[-1].inline.values()) == [picture.file_id]


def test_the_mail_holds_the_picture_beside_its_text(ticket: Ticket, alice: Actor) -> None:
    picture = upload(alice, ticket)
    messages.reply(ticket=ticket, by=alice, html=f"<div>Look {image(picture)}</div>", draft_file_ids=[picture.pk])
    outgoing = to_outgoing(queued(ticket)[0], OWN_ADDRESS, {})
    mail = message_from_bytes(compose(outgoing), policy=policy.default)
    related = next(part for part in mail.walk() if part.get_content_type() == "multipart/related")
    shown = next(part for part in related.walk() if part.get_content_type() == "image/png")
    assert shown["Content-Disposition"].content_disposition == "inline"
    content_id = shown["Content-ID"].strip("<>")
    html = next(part for part in related.walk() if part.get_content_type() == "text/html").get_content()
    assert f'src="cid:{content_id}"' in html


def test_a_note_keeps_the_marks_of_who_was_mentioned(
    ticket: Ticket, alice: Actor, teammate: User, supervisor: User
) -> None:
    marks = "".join(f'<span data-user="{user.pk}">@{user}</span> ' for user in (teammate, supervisor))
    html = f'<div>{marks}<span data-user="x" class="y" onclick="z">@z</span></div>'
    drafts.save_draft(by=alice, ticket=ticket, kind="note", html=html)
    page = ticket_page(alice, ticket.number)
    assert page.composer.note_draft is not None
    assert page.composer.note_draft.html.count("data-user=") == 2
    messages.add_note(ticket=ticket, by=alice, html=html, mention_ids=[teammate.pk])
    shown = ticket_page(alice, ticket.number).timeline[-1].html
    assert shown == (
        f'<div><span data-user="{teammate.pk}">@{teammate}</span> <span>@{supervisor}</span> <span>@z</span></div>'
    )


def test_an_answer_holds_no_marks(ticket: Ticket, alice: Actor, teammate: User) -> None:
    messages.reply(ticket=ticket, by=alice, html=f'<div><span data-user="{teammate.pk}">@Tom</span></div>')
    assert "data-user" not in queued(ticket)[0].html
    assert "data-user" not in Message.objects.get(ticket=ticket, sequence=2).html
    assert Delivery.objects.filter(ticket_id=ticket.pk).count() == 1
