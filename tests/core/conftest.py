from collections.abc import Iterator

import pytest

from tests.core.samples import Person, Plain, temporary_tables


@pytest.fixture
def samples(db: None) -> Iterator[None]:
    with temporary_tables(Person, Plain):
        yield
