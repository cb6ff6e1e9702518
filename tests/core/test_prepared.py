"""Reads compiled once give what the queryset gives, for each caller its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Brand
from apps.channels.models import BlockedSender, Channel
from apps.core.fields import blind_index
from apps.core.prepared import Prepared

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def channels() -> list[Channel]:
    brand = Brand.objects.create(key="lamps", name={"en": "Lamps", "zh-hans": "灯"})
    return [
        Channel.objects.create(key=f"c{number}", kind=kind, name={"en": kind}, brand=brand, secrets={"token": "x"})
        for number, kind in enumerate(["form", "api", "form"])
    ]


def test_rows_come_whole_with_what_was_joined_and_in_order(channels: list[Channel]) -> None:
    of_kind = Prepared(
        lambda kind, above: Channel.objects.select_related("brand").filter(kind=kind, pk__gt=above).order_by("-key"),
        kind=str,
        above=int,
    )
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            found = of_kind(kind="form", above=0)
            assert [row.key for row in found] == ["c2", "c0"]
            assert {row.brand.key for row in found} == {"lamps"}
            assert found[0].secrets == {"token": "x"}
        assert len(captured) == 1
    assert of_kind(kind="form", above=channels[2].pk) == []
    assert [row.key for row in of_kind(kind="api", above=0)] == ["c1"]
    assert of_kind.first(kind="nothing", above=0) is None


def test_an_encrypted_value_is_found_by_its_index() -> None:
    row = BlockedSender.objects.create(kind="email", value="Anna@Example.com")
    by_value = Prepared(
        lambda kind, index: BlockedSender.objects.filter(kind=kind, value_index=index), kind=str, index=bytes
    )
    for _ in range(2):
        for value, found in (("anna@example.com", row), ("bob@example.com", None), ("", None)):
            assert by_value.first(kind="email", index=blind_index(BlockedSender, "value_index", value)) == found


def test_values_are_values_and_never_sql(channels: list[Channel]) -> None:
    by_key = Prepared(lambda key: Channel.objects.filter(key=key), key=str)
    for key in ("c0' OR '1'='1", "%s", "%", "\x01stand-in 0\x01"):
        assert by_key.first(key=key) is None
    assert Channel.objects.count() == 3


def test_a_place_that_is_missing_or_a_value_too_many_is_an_error() -> None:
    with pytest.raises(ImproperlyConfigured):
        Prepared(lambda key: Channel.objects.filter(key__contains=key), key=str)(key="c")
    by_key = Prepared(lambda key: Channel.objects.filter(key=key), key=str)
    for values in ({}, {"key": "c0", "kind": "form"}):
        with pytest.raises(TypeError):
            by_key(**values)


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_statement_and_not_the_connection(channels: list[Channel]) -> None:
    by_key = Prepared(lambda key: Channel.objects.filter(key=key), key=str)

    def ask(number: int) -> str:
        try:
            found = by_key.first(key=f"c{number % 3}")
            return found.key if found is not None else ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(40))) == [f"c{number % 3}" for number in range(40)]
