import pytest

from apps.channels.models import Delivery
from apps.core.models import Event, StoredFile
from apps.tickets.models import Attachment, ContentRule, DraftFile, Message, Ticket
from tests.factories.tickets import TicketFactory, say
from tests.tickets.api.test_tickets import count_queries
from tests.tickets.conftest import queued

pytestmark = pytest.mark.integration


def test_list_messages_in_order(api, agent, ticket, grants):
    say(ticket, "Any news?", customer=ticket.customer, channel=ticket.channel)
    say(ticket, "An internal word", kind="note", author=agent)

    rows = api(agent).get(f"tickets/{ticket.number}/messages/").json()["results"]

    assert [(row["sequence"], row["kind"], row["text"]) for row in rows] == [
        (1, "customer", "The screen stays black."),
        (2, "customer", "Any news?"),
        (3, "note", "An internal word"),
    ]
    assert rows[0]["channel"] == "support"
    assert rows[0]["cc"] == ["boss@example.com"]
    assert rows[2]["author"] == "alice"


def test_messages_after_a_sequence_and_by_kind(api, agent, ticket, grants):
    say(ticket, "Two", kind="note", author=agent)
    say(ticket, "Three", customer=ticket.customer)
    client, address = api(agent), f"tickets/{ticket.number}/messages/"

    assert [row["text"] for row in client.get(address, after_sequence=1).json()["results"]] == ["Two", "Three"]
    assert [row["text"] for row in client.get(address, kind="note").json()["results"]] == ["Two"]
    assert [row["sequence"] for row in client.get(address, sort="-sequence").json()["results"]] == [3, 2, 1]


def test_reply_goes_to_the_customer(api, agent, ticket, grants):
    response = api(agent).post(f"tickets/{ticket.number}/messages/", {"kind": "reply", "text": "It is on its way."})

    assert response.status_code == 201
    body = response.json()
    assert (body["kind"], body["author"], body["text"]) == ("agent", "alice", "It is on its way.")
    assert body["delivery"]["state"] == "queued"
    (outbound,) = queued(ticket)
    assert outbound.recipients.to == ("lin@example.com",)
    message = Message.objects.get(ticket=ticket, kind="agent")
    assert response["Location"] == f"http://testserver/api/v1/messages/{message.public_id}/"
    assert api(agent).get(f"messages/{message.public_id}/").json()["id"] == body["id"]
    assert "message.sent" in Event.objects.filter(face="api").values_list("kind", flat=True)


def test_a_card_is_refused_where_a_channel_carries_none(api, agent, ticket, grants):
    card = {"title": "Your parcel", "buttons": [{"label": "Keep it"}]}
    body = {"kind": "reply", "text": "Which?", "card": card}

    refused = api(agent).post(f"tickets/{ticket.number}/messages/", body)

    assert (refused.status_code, refused.json()["code"]) == (422, "tickets.not_carried")
    assert "card" in refused.json()["detail"]
    strange = api(agent).post(f"tickets/{ticket.number}/messages/", {**body, "card": {**card, "onclick": "x"}})
    assert strange.status_code == 400
    noted = api(agent).post(f"tickets/{ticket.number}/messages/", {**body, "kind": "note"})
    assert noted.status_code == 400
    assert [error["field"] for error in noted.json()["errors"]] == ["card"]
    assert queued(ticket) == []
    assert not ticket.messages.filter(kind="note").exists()


def test_reply_can_move_the_ticket(api, agent, ticket, grants):
    body = {"kind": "reply", "html": "<p>Done?</p>", "then_status": "pending", "cc": ["boss@example.com"]}

    assert api(agent).post(f"tickets/{ticket.number}/messages/", body).status_code == 201

    assert Ticket.objects.get().status == "pending"
    assert queued(ticket)[0].recipients.cc == ("boss@example.com",)


def test_html_is_sanitized(api, agent, ticket, grants):
    bad = "<p>Hi<script>alert(1)</script><img src=x onerror=alert(1)></p><style>p{}</style>"

    body = api(agent).post(f"tickets/{ticket.number}/messages/", {"kind": "note", "html": bad}).json()

    assert "Hi" in body["html"]
    for part in ("script", "onerror", "style", "alert"):
        assert part not in body["html"]


def test_note_mentions_colleagues(api, agent, stranger, ticket, grants):
    body = {"kind": "note", "text": "Please look.", "mentions": ["steve"]}

    assert api(agent).post(f"tickets/{ticket.number}/messages/", body).status_code == 201

    assert ticket.mentions.get().user == stranger
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "note", "text": "x", "to": ["a@example.com"]}, "to"),
        ({"kind": "note", "text": "x", "then_status": "open"}, "then_status"),
        ({"kind": "reply", "text": "x", "mentions": ["tom"]}, "mentions"),
        ({"kind": "reply", "text": "x", "html": "x"}, "text"),
        ({"kind": "shout", "text": "x"}, "kind"),
        ({"text": "x"}, "kind"),
        ({"kind": "reply", "text": "x", "author": "tom"}, "author"),
        ({"kind": "reply", "text": ["x"]}, "text"),
        ({"kind": "reply", "text": "x", "to": "a@example.com"}, "to"),
    ],
)
def test_wrong_bodies_are_named(api, agent, teammate, ticket, grants, body, field):
    response = api(agent).post(f"tickets/{ticket.number}/messages/", body)

    assert (response.status_code, response.json()["code"]) == (400, "api.invalid_request")
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "reply", "text": " "}, 422, "tickets.empty_message"),
        (
            {"kind": "reply", "text": "x", "to": ["a@example.com\r\nBcc: b@example.com"]},
            422,
            "tickets.recipient_refused",
        ),
        ({"kind": "reply", "text": "x", "to": ["not-an-address"]}, 422, "tickets.recipient_refused"),
        ({"kind": "note", "text": "x", "attachments": ["A" * 22]}, 404, "core.not_found"),
    ],
)
def test_refusals_of_the_service(api, agent, ticket, grants, body, status, code):
    response = api(agent).post(f"tickets/{ticket.number}/messages/", body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert Message.objects.count() == 1
    assert not Delivery.objects.exists()


def test_who_sees_addresses_masked_answers_the_conversation_only(api, outsourcing_agent, ticket, grants):
    client, address = api(outsourcing_agent), f"tickets/{ticket.number}/messages/"

    refused = client.post(address, {"kind": "reply", "text": "x", "to": ["elsewhere@example.com"]})
    sent = client.post(address, {"kind": "reply", "text": "x"})

    assert refused.json()["code"] == "tickets.recipient_refused"
    assert sent.status_code == 201
    assert "lin@example.com" not in sent.content.decode()
    assert queued(ticket)[0].recipients.to == ("lin@example.com",)


def test_take_a_reply_back_once_and_only_ones_own(api, agent, teammate, ticket, grants):
    mine, other = api(agent), api(teammate)
    sent = mine.post(f"tickets/{ticket.number}/messages/", {"kind": "reply", "text": "Too early"}).json()["id"]

    assert other.delete(f"messages/{sent}/").status_code in {403, 404}
    assert mine.get(f"messages/{sent}/").status_code == 200
    assert mine.delete(f"messages/{sent}/").status_code == 204
    assert mine.delete(f"messages/{sent}/").status_code in {404, 409}
    assert Delivery.objects.get().state == "cancelled"
    assert [row["sequence"] for row in mine.get(f"tickets/{ticket.number}/messages/").json()["results"]] == [1]


def test_upload_send_and_download(api, agent, ticket, grants, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    client = api(agent)
    file = tmp_path / "receipt.txt"
    file.write_bytes(b"Paid 12.50")

    with file.open("rb") as content:
        upload = client.upload("attachments/", file=content, ticket=ticket.number)
    assert upload.status_code == 201
    body = {"kind": "reply", "text": "See the receipt.", "attachments": [upload.json()["id"]]}
    sent = client.post(f"tickets/{ticket.number}/messages/", body)
    assert sent.status_code == 201
    (attachment,) = sent.json()["attachments"]
    assert (attachment["name"], attachment["size"]) == ("receipt.txt", 10)
    download = client.get(attachment["url"])

    assert download.getvalue() == b"Paid 12.50"
    assert download["Content-Disposition"] == 'attachment; filename="receipt.txt"'
    assert download["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in download["Content-Security-Policy"]
    assert not DraftFile.objects.exists()
    again = client.post(f"tickets/{ticket.number}/messages/", body)
    assert again.status_code == 404


def test_files_are_closed_to_strangers_and_to_masked_eyes(
    api, agent, stranger, outsourcing_agent, ticket, grants, tmp_path, settings
):
    """Bad input 17 and 20: another's upload, another's ticket, a lens that opens no files."""
    settings.MEDIA_ROOT = tmp_path
    client = api(agent)
    file = tmp_path / "passport.txt"
    file.write_bytes(b"secret")
    with file.open("rb") as content:
        upload = client.upload("attachments/", file=content, ticket=ticket.number).json()["id"]
    body = {"kind": "note", "text": "x", "attachments": [upload]}
    assert api(outsourcing_agent).post(f"tickets/{ticket.number}/messages/", body).status_code == 404
    assert client.post(f"tickets/{ticket.number}/messages/", body).status_code == 201
    public_id = Attachment.objects.get().public_id

    for address in (f"attachments/{public_id}/", f"attachments/{public_id}/content/"):
        assert api(stranger).get(address).status_code == 404
    assert api(outsourcing_agent).get(f"attachments/{public_id}/content/").status_code == 404
    told = api(outsourcing_agent).get(f"attachments/{public_id}/").json()
    assert "passport" not in told["name"]
    assert told["url"] is None


@pytest.mark.parametrize("name", ["../../x.txt", "..\\x.txt", ".htaccess", "a\u202egnp.exe", "x" * 300 + ".txt"])
def test_file_names_are_data(api, agent, ticket, grants, tmp_path, settings, name):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("placeholder", b"x")
    file._name = name

    response = api(agent).upload("attachments/", file=file, ticket=ticket.number)

    assert response.status_code in {201, 400}
    stored = StoredFile.objects.first()
    if stored is not None:
        assert "/" not in stored.name
        assert "\\" not in stored.name
        assert "\u202e" not in stored.name


def test_upload_needs_a_visible_ticket(api, stranger, ticket, grants, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    file = tmp_path / "x.txt"
    file.write_bytes(b"x")
    with file.open("rb") as content:
        assert api(stranger).upload("attachments/", file=content, ticket=ticket.number).status_code == 404
    assert not StoredFile.objects.exists()


def test_interactions(api, agent, stranger, ticket, interaction, grants):
    client = api(agent)

    (row,) = client.get("interactions/", customer=ticket.customer.public_id).json()["results"]

    assert (row["id"], row["ticket"], row["channel"]) == (interaction.public_id, ticket.number, "support")
    assert client.get(f"interactions/{interaction.public_id}/").json() == row
    assert client.get(f"tickets/{ticket.number}/interactions/").json()["results"] == [row]
    assert api(stranger).get("interactions/").json()["results"] == []
    assert api(stranger).get(f"interactions/{interaction.public_id}/").status_code == 404


@pytest.mark.parametrize(("who", "most"), [("agent", 11), ("outsourcing_agent", 13)])
def test_three_messages_cost_as_much_as_one(api, cast, ticket, grants, kept_vocabulary, who, most):
    client, address = api(cast[who]), f"tickets/{ticket.number}/messages/"
    client.get(address)
    one = count_queries(client, address)
    say(ticket, "Two", customer=ticket.customer, channel=ticket.channel)
    say(ticket, "Three", customer=ticket.customer, channel=ticket.channel)

    assert count_queries(client, address) == one <= most


def test_a_message_of_another_ticket_is_absent(api, stranger, agent, ticket, grants, other_queue):
    message = Message.objects.get()
    TicketFactory(queue=other_queue)

    assert api(agent).get(f"messages/{message.public_id}/").status_code == 200
    assert api(stranger).get(f"messages/{message.public_id}/").status_code == 404
    assert api(agent).get(f"messages/{ticket.public_id}/").status_code == 404


def test_forward_passes_a_message_on_once(api, supervisor, ticket):
    original = ticket.messages.get(sequence=1)
    client, address = api(supervisor), f"messages/{original.public_id}/forward/"
    body = {"to": ["repair@partner.example"], "text": "Please have a look."}

    answers = [client.post(address, body, key="f1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["is_forward"]
    (outbound,) = queued(ticket)
    assert outbound.recipients.to == ("repair@partner.example",)
    assert "Please have a look." in outbound.text
    assert "The screen stays black." in outbound.text
    assert Event.objects.filter(kind="message.sent", face="api").count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"to": []}, 400, "api.invalid_request"),
        ({"to": ["not an address"]}, 422, "tickets.recipient_refused"),
        ({"html": "<p>a</p>", "text": "b"}, 400, "api.invalid_request"),
    ],
)
def test_forwards_that_are_none(api, supervisor, ticket, change, status, code):
    original = ticket.messages.get(sequence=1)
    body = {"to": ["repair@partner.example"], "text": "Look.", **change}

    response = api(supervisor).post(f"messages/{original.public_id}/forward/", body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Delivery.objects.exists()
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_who_may_not_forward(api, agent, stranger, outsourcing_agent, supervisor, ticket, grants):
    note = say(ticket, "An internal word", kind="note", author=agent)
    original = ticket.messages.get(sequence=1)
    body = {"to": ["friend@elsewhere.example"], "text": "Look."}

    def post(user: object, message: Message, **options: object) -> tuple[int, str]:
        response = api(user, **options).post(f"messages/{message.public_id}/forward/", body)
        return response.status_code, response.json()["code"]

    assert post(stranger, original)[0] == 404
    assert post(outsourcing_agent, original)[0] in {403, 404}
    assert post(supervisor, note) == (403, "tickets.forward_refused")
    assert post(supervisor, original, scopes=["tickets.view"]) == (403, "core.permission_refused")
    assert not Delivery.objects.exists()
    assert Message.objects.filter(ticket=ticket).count() == 2


def test_a_channels_content_rule_holds_for_integrations_too(api, agent, grants, ticket, channel):
    ContentRule.objects.create(channel=channel, forbidden_words="soon", words_breach="ask", personal_data="refuse")
    client, path = api(agent), f"tickets/{ticket.number}/messages/"
    asked = client.post(path, {"kind": "reply", "text": "Soon."})
    card = {"kind": "reply", "text": "4111 1111 1111 1111", "is_confirmed": True}
    refused = client.post(path, card)
    codes = [answer.json()["code"] for answer in (asked, refused)]
    assert codes == ["tickets.content_unconfirmed", "tickets.content_refused"]
    assert not Delivery.objects.exists()
    assert client.post(path, {"kind": "reply", "text": "Soon.", "is_confirmed": True}).status_code == 201
    assert Delivery.objects.count() == 1
