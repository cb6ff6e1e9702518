from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from apps.core.models import Lease
from apps.core.paging import BadCursor, paginate
from tests.core.samples import Person

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("samples")]

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = [
    ("pk",),
    ("-pk",),
    ("score", "pk"),
    ("-score", "-pk"),
    ("score", "-pk"),
    ("-score", "version"),
    ("version", "-score"),
]


def fill(scores: list[int | None]) -> None:
    Person.objects.bulk_create(
        [Person(handle=str(place), score=score, version=place % 3 + 1) for place, score in enumerate(scores)]
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_walking_forth_and_back_meets_every_row_once(order: tuple[str, ...], size: int) -> None:
    fill([3, None, 1, 1, 1, None, 2, 3, 1, 0])
    walk(order, size)


def walk(order: tuple[str, ...], size: int) -> None:
    forth: list[list[int]] = []
    cursor, page = None, None
    while True:
        page = paginate(Person.objects.all(), order=order, cursor=cursor, size=size)
        forth.append([row.pk for row in page.rows])
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    met = [pk for rows in forth for pk in rows]
    assert sorted(met) == sorted(Person.objects.values_list("pk", flat=True))
    assert len(met) == len(set(met))

    back = [forth[-1]]
    while page.previous_cursor is not None:
        page = paginate(Person.objects.all(), order=order, cursor=page.previous_cursor, size=size)
        assert page.next_cursor is not None
        back.insert(0, [row.pk for row in page.rows])
    assert back == forth


@with_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scores=st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=12),
    order=st.sampled_from(ORDERS),
    size=st.integers(1, 5),
)
def test_any_rows_any_order(scores: list[int | None], order: tuple[str, ...], size: int) -> None:
    Person.objects.all().delete()
    fill(scores)
    walk(order, size)


def test_rows_without_a_value_come_last_both_ways() -> None:
    fill([None, 1, 2])
    for order in (("score",), ("-score",)):
        assert paginate(Person.objects.all(), order=order, cursor=None).rows[-1].score is None


def test_rows_that_arrive_meanwhile_shift_nothing() -> None:
    fill([1] * 6)
    first = paginate(Person.objects.all(), order=("-pk",), cursor=None, size=3)
    fill([1] * 4)
    second = paginate(Person.objects.all(), order=("-pk",), cursor=first.next_cursor, size=3)
    assert {row.pk for row in first.rows} & {row.pk for row in second.rows} == set()
    assert second.next_cursor is None


def test_one_query_a_page_and_no_offset() -> None:
    fill([1] * 30)
    page = paginate(Person.objects.all(), order=("-created", "-pk"), cursor=None, size=10)
    with CaptureQueriesContext(connection) as queries:
        page = paginate(Person.objects.all(), order=("-created", "-pk"), cursor=page.next_cursor, size=10)
    assert len(queries) == 1
    assert "OFFSET" not in queries[0]["sql"]
    assert len(page.rows) == 10


def test_times_are_kept_to_the_microsecond() -> None:
    fill([1] * 5)
    for place, person in enumerate(Person.objects.order_by("pk")):
        Person.objects.filter(pk=person.pk).update(created=START + timedelta(microseconds=place))
    walk(("created",), 2)
    walk(("-created",), 2)


@pytest.mark.parametrize("cursor", ["", "x", "!!", "A" * 40, "A" * 5000, "é", "eyJrIjpbNDJdfQ", "\0", "a b"])
def test_a_cursor_of_somebody_else_is_refused(cursor: str) -> None:
    fill([1])
    if cursor == "":
        assert paginate(Person.objects.all(), order=("pk",), cursor=cursor).rows
        return
    with pytest.raises(BadCursor) as refused:
        paginate(Person.objects.all(), order=("pk",), cursor=cursor)
    assert refused.value.status == 400


@with_settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60))
def test_no_text_breaks_the_cursor(cursor: str) -> None:
    with pytest.raises(BadCursor):
        paginate(Person.objects.all(), order=("pk",), cursor=cursor)


def test_a_cursor_belongs_to_its_list_and_shows_nothing() -> None:
    fill([123456789] * 3)
    cursor = paginate(Person.objects.all(), order=("-score",), cursor=None, size=1).next_cursor
    assert cursor is not None
    with pytest.raises(BadCursor):
        paginate(Person.objects.all(), order=("score",), cursor=cursor)
    with pytest.raises(BadCursor):
        paginate(Lease.objects.all(), order=("-name",), cursor=cursor)
    flipped = ("B" if cursor[5] == "A" else "A").join([cursor[:5], cursor[6:]])
    with pytest.raises(BadCursor):
        paginate(Person.objects.all(), order=("-score",), cursor=flipped)
    assert "123456789" not in cursor


def test_sizes_are_bounded() -> None:
    fill([1] * 3)
    assert len(paginate(Person.objects.all(), order=("pk",), cursor=None, size=0).rows) == 1
    assert len(paginate(Person.objects.all(), order=("pk",), cursor=None, size=10**9).rows) == 3
