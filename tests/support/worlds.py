"""What takes long to build is built once for several tests: in a transaction that is rolled back at the end.

Each test then works on a savepoint of its own. Those tests belong to one worker (`xdist_group`), or each worker builds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from apps.tickets.selectors import vocabulary


@contextmanager
def undone(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written in the block is gone after it, and so is what this process kept of it."""
    vocabulary._kept = None
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
    vocabulary._kept = None
