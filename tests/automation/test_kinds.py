from dataclasses import dataclass

import pytest

from apps.automation.kinds import kinds_of, label_of, patterns
from apps.core import events
from apps.core.events import EventBase, event, event_types

pytestmark = pytest.mark.unit


@pytest.fixture
def lantern(monkeypatch: pytest.MonkeyPatch) -> str:
    """An event of an app that nobody told this one about."""
    monkeypatch.setattr(events, "_types", dict(events._types))

    @event("lantern.lit")
    @dataclass(frozen=True)
    class LanternLit(EventBase):
        ticket_id: int

    return LanternLit.kind


def test_an_event_of_any_app_can_be_chosen(lantern: str) -> None:
    assert {"*", "lantern.*", lantern} <= set(patterns())
    assert kinds_of([lantern]) == kinds_of(["lantern.*"]) == {lantern}
    assert label_of(lantern) == lantern


def test_every_event_says_in_words_what_happened() -> None:
    """In the lists of endpoints and of the admin; so does every subject that can be chosen as a whole."""
    ours = {kind for kind, known in event_types().items() if known.__module__.startswith("apps.")}
    subjects = {f"{kind.partition('.')[0]}.*" for kind in ours}
    assert [kind for kind in ours if not event_types()[kind].label] == []
    assert [name for name in patterns() if name in ours | subjects | {"*"} and label_of(name) == name] == []


def test_patterns_stand_for_kinds() -> None:
    assert kinds_of(["*"]) == set(event_types())
    assert kinds_of([]) == set()
    assert kinds_of(["ticket.opened", "message.*"]) == {"ticket.opened"} | {
        kind for kind in event_types() if kind.startswith("message.")
    }
    assert kinds_of(["ticket"]) == kinds_of(["tick*"]) == set()
