from collections.abc import Iterator

import pytest

from apps.tickets.selectors import vocabulary


@pytest.fixture
def kept_vocabulary(monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[None]:
    """As in a running process, where queues, categories, tags and channels are read once in a while."""
    settings.TICKETS_VOCABULARY_SECONDS = 60
    monkeypatch.setattr(vocabulary, "_kept", None)
    yield
    vocabulary._kept = None
