"""From bodies to fields: what is found, what is refused, and what it may cost."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.channels.connectors.webhook.definitions import gallery
from apps.channels.connectors.webhook.expressions import (
    Budget,
    ExpressionRefused,
    ExpressionTooCostly,
    check,
    search,
)
from apps.channels.connectors.webhook.mapping import (
    BodyUnreadable,
    FieldUnreadable,
    Mapped,
    is_wanted,
    map_item,
    read_body,
    split,
)
from apps.channels.connectors.webhook.suggestions import suggest

pytestmark = pytest.mark.unit
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def mapped(document: Any, **expressions: str) -> Mapped:
    return map_item(document, {f"map_{name}": expression for name, expression in expressions.items()}, Budget())


# --- Bodies


def test_json_is_read_whatever_it_calls_itself() -> None:
    assert read_body('{"text": "你好"}'.encode(), "text/plain") == {"text": "你好"}
    assert read_body('{"text": "你好"}'.encode("utf-16"), "") == {"text": "你好"}


def test_forms_are_read_and_so_is_json_inside_of_one() -> None:
    assert read_body(b"a=1&b=2&b=3&c=", FORM) == {"a": "1", "b": ["2", "3"], "c": ""}
    assert read_body(b"payload=%7B%22text%22%3A%22hi%22%7D", FORM) == {"payload": {"text": "hi"}}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"<xml/>", "application/xml"),
        (b'{"a": NaN}', ""),
        (b'{"a": 1', ""),
        (b"\xff\xfe\xff", ""),
        (b'{"a": ' + b"9" * 5000 + b"}", ""),
        (b"[" * 100_000, ""),
        (b"[" * 41 + b"]" * 41, ""),
        (b'{"a":' * 50 + b"1" + b"}" * 50, ""),
        (b"&".join(b"a=1" for _ in range(1500)), FORM),
        (b"payload={", FORM),
    ],
)
def test_other_bodies_are_refused_by_name(body: bytes, content_type: str) -> None:
    with pytest.raises(BodyUnreadable):
        read_body(body, content_type)


# --- Fields


def test_every_field_comes_in_its_one_form() -> None:
    found = mapped(
        {
            "id": 17,
            "user": {"id": 2.0, "name": " Ada\n Marlowe ", "phone": 13800138000},
            "lines": ["one", "two"],
            "pics": [{"url": "https://a.example/1.jpg"}, "https://a.example/2.jpg", "no link", {"x": 1}, None],
            "at": 1_700_000_000_000,
            "lang": "zh_CN",
        },
        message_id="id",
        sender_id="user.id",
        sender_name="user.name",
        phone="user.phone",
        text="lines",
        attachments="pics",
        time="at",
        language="lang",
    )

    assert found == Mapped(
        message_id="17",
        sender_id="2",
        sender_name="Ada Marlowe",
        phone="13800138000",
        text="one\ntwo",
        attachments=("https://a.example/1.jpg", "https://a.example/2.jpg"),
        time=datetime.fromtimestamp(1_700_000_000, UTC),
        language="zh-hans",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_700_000_000, "2023-11-14T22:13:20+00:00"),
        ("1700000000", "2023-11-14T22:13:20+00:00"),
        ("1700000000000", "2023-11-14T22:13:20+00:00"),
        ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00+00:00"),
        ("2026-01-02 10:00:00", "2026-01-02T10:00:00+08:00"),
        ("yesterday", None),
        ("2026-13-99 10:00:00", None),
        ("9" * 30, None),
        (10**300, None),
        (True, None),
        ([], None),
    ],
)
def test_times_are_read_and_senseless_ones_hold_nothing_back(value: Any, expected: str | None) -> None:
    found = mapped({"at": value}, time="at").time

    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize("value", ["file:///etc/passwd", "javascript:x", "//a/b", "http://", "http://[", 5, {"url": 3}])
def test_only_web_addresses_are_files(value: Any) -> None:
    assert mapped({"a": value}, attachments="a").attachments == ()


def test_an_object_is_no_text() -> None:
    with pytest.raises(FieldUnreadable):
        mapped({"text": {"a": 1}}, text="text")


def test_several_messages_of_one_call() -> None:
    settings = {"items": "messages[?type=='text']"}
    document = {"messages": [{"type": "text", "n": 1}, {"type": "ping"}, {"type": "text", "n": 2}]}

    assert split(document, settings, Budget()) == [{"type": "text", "n": 1}, {"type": "text", "n": 2}]
    assert split({}, settings, Budget()) == []
    assert split(document, {}, Budget()) == [document]
    with pytest.raises(FieldUnreadable):
        split({"messages": [1] * 501}, {"items": "messages"}, Budget())


# --- Expressions


@pytest.mark.parametrize("expression", ["a.", "a[", "nope(", "(" * 290, "x" * 301, "a ~ b"])
def test_a_bad_expression_is_refused_when_it_is_saved(expression: str) -> None:
    with pytest.raises(ExpressionRefused) as refusal:
        check(expression)
    assert "jmespath" not in refusal.value.detail()


@pytest.mark.parametrize(
    "expression", ["length(a)", "join(',', @)", "sum(['x'])", "sort_by(@, &a)", "unknown(@)", "abs('x')"]
)
def test_a_bad_use_is_refused_when_it_is_computed(expression: str) -> None:
    with pytest.raises(ExpressionRefused):
        search(expression, {"a": 5}, Budget())


@pytest.mark.parametrize(
    "expression",
    [
        "[@,@]" + "|[@,@]" * 30,
        "[@,@][]" + "|[@,@][]" * 30,
        "to_string(" + "[@,@]|" * 20 + "@)",
        "join(a, b)",
        "b[*].[@, @, @, @, @, @, @]" + "|[@,@]" * 20,
    ],
)
def test_an_expression_that_grows_without_end_is_stopped_at_once(expression: str) -> None:
    document = {"a": "x" * 100_000, "b": ["y"] * 100_000}
    with pytest.raises((ExpressionTooCostly, ExpressionRefused)):
        search(expression, document, Budget())


def test_a_large_call_is_within_the_budget_and_its_items_share_one() -> None:
    document = {"items": [{"id": number, "text": "hello " * 20} for number in range(500)]}
    budget = Budget()

    assert len(split(document, {"items": "items"}, budget)) == 500
    with pytest.raises(ExpressionTooCostly):
        [split(document, {"items": "items"}, budget) for _ in range(1000)]


# --- Suggestions


@pytest.mark.parametrize("definition", gallery(), ids=lambda definition: definition.key)
def test_each_ready_definition_reads_its_own_sample(definition: Any) -> None:
    document, budget = read_body(definition.sample.encode()), Budget()
    (item,) = split(document, definition.settings, budget)
    found = map_item(item, definition.settings, budget)

    assert is_wanted(item, definition.settings, budget)
    assert found.message_id
    assert found.sender
    assert found.text
    assert found.time is not None
    assert definition.about.keys() == definition.name.keys() == {"en", "zh-hans"}


@pytest.mark.parametrize("definition", gallery(), ids=lambda definition: definition.key)
def test_suggestions_find_sender_and_text_of_every_sample(definition: Any) -> None:
    document = read_body(definition.sample.encode())
    found = suggest(document)
    (item,) = split(document, found, Budget())
    told = map_item(item, found, Budget())

    assert told.text in map_item(item, definition.settings, Budget()).text
    assert told.text
    assert told.sender


def test_keys_are_told_by_name_by_place_and_by_look() -> None:
    found = suggest(
        {
            "messages": [
                {
                    "msg_id": 1,
                    "from": {"open-id": "o1", "nickname": "小雨"},
                    "body": {"content": "你好", "图片": ["https://a.example/1.jpg"]},
                    "contact": "lin@example.com",
                    "call me": "13800138000",
                    "create_time": 1_700_000_000,
                }
            ]
        }
    )

    assert found == {
        "items": "messages[]",
        "map_message_id": "msg_id",
        "map_sender_id": 'from."open-id"',
        "map_sender_name": "from.nickname",
        "map_phone": '"call me"',
        "map_email": "contact",
        "map_text": "body.content",
        "map_attachments": 'body."图片"',
        "map_time": "create_time",
    }


def test_keys_of_chinese_forms_are_told_by_the_words_in_them() -> None:
    assert suggest({"姓名": "李雷", "手机号": "13800138000", "内容": "杯子碎了"}) == {
        "map_sender_name": '"姓名"',
        "map_phone": '"手机号"',
        "map_text": '"内容"',
    }
    document = {
        "您的姓名": "李雷",
        "联系电话": "13800138000",
        "订单号": "A12",
        "流水号": "7",
        "留言内容": "杯子碎了",
        "提交时间": "2026-01-01 10:00:00",
    }
    assert suggest(document) == {
        "map_message_id": '"流水号"',
        "map_sender_name": '"您的姓名"',
        "map_phone": '"联系电话"',
        "map_text": '"留言内容"',
        "map_time": '"提交时间"',
        "map_conversation": '"订单号"',
    }


@pytest.mark.parametrize("document", [None, 5, "text", [], {}, [[]], {"messages": []}, {"a": None}, [1, 2]])
def test_samples_without_a_message_suggest_nothing(document: Any) -> None:
    assert suggest(document) == {}


def test_a_key_with_quotation_marks_stays_one_key() -> None:
    found = suggest({'te"xt': "only one text here"})

    assert search(found["map_text"], json.loads('{"te\\"xt": "only one text here"}'), Budget()) == "only one text here"


def test_what_one_expression_spent_is_not_there_for_the_next():
    budget = Budget(100)
    with pytest.raises(ExpressionTooCostly):
        search("@", list(range(200)), budget)
    with pytest.raises(ExpressionTooCostly):
        search("a", {"a": 1}, budget)
