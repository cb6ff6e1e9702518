"""Only a sealed token threads (cases 37 to 43): forged, torn, foreign and guessed ids open a new ticket."""

import re

import pytest

from apps.channels.connectors.email.parse import parse_mail
from apps.channels.connectors.email.parsed import ParsedMail
from apps.channels.connectors.email.threading import (
    ThreadSource,
    ThreadTokens,
    candidate_ids,
    references_for,
    root_id,
)
from apps.channels.reply_tokens import TokenSealer

pytestmark = pytest.mark.unit

TOKENS = ThreadTokens(TokenSealer(b"k" * 32))
OTHERS = ThreadTokens(TokenSealer(b"o" * 32))
OUR_ID = TOKENS.message_id_for(1001, "demo.example")


def mail(**headers: str) -> ParsedMail:
    lines = {"From": "wang@customer.example", "To": "support@demo.example", "Message-ID": "<a@customer.example>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    return parse_mail("".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\nhi")


def ticket(parsed: ParsedMail) -> int | None:
    claim = TOKENS.find_thread(parsed)
    return claim.ticket_id if claim else None


def test_answer_by_in_reply_to_finds_its_ticket():
    claim = TOKENS.find_thread(mail(In_Reply_To=f"<{OUR_ID}>"))
    assert claim is not None
    assert (claim.ticket_id, claim.source) == (1001, ThreadSource.IN_REPLY_TO)


def test_references_are_read_from_the_newest():
    newer = TOKENS.message_id_for(1002, "demo.example")
    assert ticket(mail(References=f"<{OUR_ID}> <x@y.example> <{newer}> <z@y.example>")) == 1002


def test_plus_address_finds_the_ticket_in_any_delivery_header():
    address = TOKENS.reply_address_for("support@demo.example", 1001)
    assert ticket(mail(To=f"Support <{address}>")) == 1001
    assert ticket(mail(To="list@demo.example", Cc=address)) == 1001
    assert ticket(mail(Delivered_To=address)) == 1001
    assert ticket(mail(X_Original_To=address.upper())) == 1001


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: "",
        lambda token: token[:1],
        lambda token: token[:-1],
        lambda token: token + "a",
        lambda token: token.upper(),
        lambda token: token[:-2] + ("b" if token[-2] != "b" else "c") + token[-1],
        lambda token: token[1:] + token[:1],
        lambda token: "1001",
        lambda token: "1001." + token,
        lambda token: re.search(r"cc\.([a-z2-7]+)@", OTHERS.message_id_for(1001, "x"))[1],
    ],
)
def test_forged_tokens_open_nothing(forge):
    token = OUR_ID[3:].partition("@")[0]
    forged = forge(token)
    assert ticket(mail(In_Reply_To=f"<cc.{forged}@demo.example>")) is None
    assert ticket(mail(References=f"<cc.{forged}@demo.example>")) is None
    assert ticket(mail(To=f"support+{forged}@demo.example")) is None


def test_ticket_number_in_subject_or_address_never_threads():
    parsed = mail(Subject="Re: [#1001] help", To="support+1001@demo.example", In_Reply_To="<1001@demo.example>")
    assert ticket(parsed) is None


def test_message_token_is_no_address_token():
    token = OUR_ID[3:].partition("@")[0]
    assert ticket(mail(To=f"support+{token}@demo.example")) is None


def test_every_message_id_is_new_and_says_nothing():
    ids = {TOKENS.message_id_for(1001, "demo.example") for _ in range(100)}
    assert len(ids) == 100
    assert all("1001" not in item and re.fullmatch(r"cc\.[a-z2-7]{52}@demo\.example", item) for item in ids)


def test_long_addresses_stay_plain_rather_than_break():
    address = "a" * 40 + "@demo.example"
    assert TOKENS.reply_address_for(address, 1001) == address
    local = TOKENS.reply_address_for("support@demo.example", 1001).partition("@")[0]
    assert len(local) <= 64


def test_look_alikes_are_no_candidates_and_own_ids_neither():
    parsed = mail(In_Reply_To="<cc.forged@demo.example>", References=f"<first@customer.example> <{OUR_ID}>")
    assert candidate_ids(parsed) == ("first@customer.example",)


def test_root_is_the_first_reference_or_the_mail_itself():
    assert root_id(mail(References="<r@x> <s@x>", In_Reply_To="<s@x>")) == "r@x"
    assert root_id(mail(In_Reply_To="<s@x>")) == "s@x"
    assert root_id(mail()) == "a@customer.example"


def test_thousand_references_are_searched_in_bounded_time():
    ids = " ".join(f"<{number}@x.example>" for number in range(2000))
    assert ticket(mail(References=f"<{OUR_ID}> {ids}")) is None


def test_references_of_an_answer_keep_root_and_newest():
    chain = tuple(f"message-{number}@customer.example" for number in range(100))
    kept = references_for("parent@customer.example", chain)
    assert kept[0] == chain[0]
    assert kept[-1] == "parent@customer.example"
    assert sum(len(item) + 3 for item in kept) < 998
    assert references_for("", ()) == ()
    assert references_for("p@x", ("p@x",)) == ("p@x",)
