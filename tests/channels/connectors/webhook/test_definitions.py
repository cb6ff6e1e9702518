"""Channels as files: nothing secret goes out, nothing unchecked comes in."""

import json
from typing import Any

import pytest

from apps.channels.connectors.webhook.definitions import FORMAT, export, gallery, read
from apps.channels.connectors.webhook.forms import default_settings
from apps.core.errors import InvalidInput

pytestmark = pytest.mark.unit


def file_of(**settings: Any) -> str:
    return json.dumps({"format": FORMAT, "version": 1, "name": {"en": "X"}, "settings": settings})


@pytest.mark.parametrize("definition", gallery(), ids=lambda definition: definition.key)
def test_a_definition_survives_the_way_through_a_file(definition: Any) -> None:
    content = export(name=definition.name, settings=definition.settings)
    again = read(content)

    assert (again.name, again.settings) == (definition.name, definition.settings)
    assert set(json.loads(content)) == {"format", "version", "name", "settings"}


def test_the_gallery_has_something_for_everybody_and_says_what_is_not_checked() -> None:
    keys = {definition.key: definition.is_unchecked for definition in gallery()}

    assert len(keys) == len(gallery()) >= 10
    assert {key for key, is_unchecked in keys.items() if is_unchecked} == {"xiaohongshu", "kuaishou", "bilibili"}
    assert {str(definition.settings["access"]) for definition in gallery()} >= {
        "hmac",
        "timestamped",
        "standard",
        "token",
    }


def test_secrets_and_samples_are_no_part_of_a_file() -> None:
    settings = default_settings() | {"secret": "s3cr3t", "former_secret": "0ld", "sample": "{}", "send_secret": "t0k"}

    assert json.loads(export(name={"en": "X"}, settings=settings))["settings"] == {}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "[" * 10_000,
        '{"format": "other"}',
        json.dumps({"format": FORMAT, "version": 2}),
        json.dumps({"format": FORMAT, "version": 1, "settings": []}),
        " " * 300_000,
        file_of(secret="s3cr3t"),
        file_of(access="open"),
        file_of(access="network"),
        file_of(map_text="a["),
        file_of(items="x" * 301),
        file_of(signature_header="X\r\nEvil: 1"),
        file_of(signature_algorithm="md5"),
        file_of(signed_text="{body}{body}"),
        file_of(tolerance=10**9),
        file_of(networks=["10.0.0.0/99"]),
        file_of(send_url="file:///etc/passwd"),
        file_of(send_url="https://{{ text }}/"),
        file_of(send_body="{{ text }}"),
        file_of(send_headers=["Host: evil.example"]),
        file_of(send_headers=["no colon"]),
        file_of(send_failures=["nothing: `true`"]),
        file_of(send_failures=["rejected: a["]),
        file_of(send_method="DELETE"),
    ],
)
def test_a_file_that_a_form_would_refuse_is_refused(content: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(content)

    assert list(refusal.value.fields) == ["file"]


def test_what_was_typed_into_headers_and_address_may_be_a_key_and_stays_at_home() -> None:
    settings = default_settings() | {
        "send_url": "https://boss:hunter2@api.example.org/send?key=s3cret&to={{ recipient }}",
        "send_headers": ["X-Api-Key: abc-123", "X-Language: {{ language }}", "Accept: application/json"],
    }
    content = export(name={"en": "X"}, settings=settings)
    document = json.loads(content)
    assert [word for word in ("hunter2", "s3cret", "abc-123") if word in content] == []
    assert document["settings"]["send_url"] == "https://api.example.org/send?key=REPLACE-ME&to={{ recipient }}"
    assert document["settings"]["send_headers"] == [
        "X-Api-Key: REPLACE-ME", "X-Language: {{ language }}", "Accept: application/json",
    ]  # fmt: skip
    assert document["left_out"] == ["X-Api-Key", "key", "user:password"]
    assert read(content).settings["send_headers"] == document["settings"]["send_headers"]
