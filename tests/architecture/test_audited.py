"""What is written, says who wrote it: an entry of the audit trail, or an event of the ticket's own history.

Found in the sources, so that a service is looked at the day it is written. A name here that needs no trace has its reason.
"""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.support.callgraph import WRITES, Function, functions, reached

pytestmark = pytest.mark.unit

ENTRY = frozenset({"apps.core.audit.recording.record", "apps.core.audit.recording.record_view"})
EVENT = frozenset({"apps.core.events.publish", "apps.core.events.publish_many"})
"""Rows of the log of events: never changed either, with actor and time, and what the ticket's history is made of."""

AUDITED = re.compile(
    r"apps\.(accounts|privacy|outsourcing|compliance|automation|knowledge)\.services"
    r"|apps\.(channels|alerts|sla|routing)\.services\.(configuration|configuring|rules|policies)"
    r"|apps\.customers\.services\.(merging|organizations|verification|wishes)"
)
"""Persons, permissions, configuration: an entry, as an event alone does not stand in the sealed trail."""

DANGEROUS = re.compile(r"\.(delete|remove|erase|export|reveal|reset|rotate|issue|revoke|grant|suspend)_\w+$")

BY_EVENT: dict[str, str] = {
    "apps.tickets.services.helping.remove_helper": "opens and closes nothing to a vendor; who helps stands in the ticket's history",
}
OWN = "one's own setting, of nobody else's concern"
WORK = "a step within one's own work, whose outcome is an event"
WITHOUT_TRACE: dict[str, str] = {
    "apps.accounts.services.security_keys.rename_key": OWN,
    "apps.accounts.services.users.set_preferences": OWN,
    "apps.accounts.services.looking.note_looks_read": "that somebody saw who looked at their desk; the look itself is an entry",
    "apps.channels.services.outbox.queue_delivery": "part of sending, which is an event of the message",
    "apps.knowledge.services.snippets.use_snippet": "counts a use, and shows nothing of anybody",
    "apps.outsourcing.services.duties.note": "an event is written by whoever asks for it, in the same transaction",
    "apps.outsourcing.services.statements.comment_on_statement": "the comment stands on the statement with its author and time",
    "apps.tickets.services.changing.lock_pair": "locks rows",
    "apps.tickets.services.changing.lock_ticket": "locks rows",
    "apps.tickets.services.drafts.add_draft_file": WORK,
    "apps.tickets.services.drafts.discard_draft": WORK,
    "apps.tickets.services.drafts.remove_draft_file": WORK,
    "apps.tickets.services.drafts.save_draft": WORK,
    "apps.tickets.services.first_drafts.discard_first_draft": WORK,
    "apps.tickets.services.first_drafts.save_first_draft": WORK,
    "apps.tickets.services.messages.composing.finish_writing": WORK,
    "apps.tickets.services.messages.composing.take_uploads": WORK,
    "apps.tickets.services.messages.conversations.open_conversation": WORK,
    "apps.tickets.services.messages.previewing.preview": WORK,
    "apps.tickets.services.messages.recipients.choose_people": WORK,
    "apps.tickets.services.messages.sending.breaches": WORK,
    "apps.tickets.services.messages.visits.join_visit": WORK,
    "apps.tickets.services.reading.mark_read": "how far one has read, of nobody else's concern",
    "apps.tickets.services.reading.mark_unread": "how far one has read, of nobody else's concern",
}


def own_name(function: Function) -> str:
    return function.name.rpartition(".")[2]


def is_service(function: Function) -> bool:
    """What a face calls on somebody's behalf."""
    return ".services." in function.name and "by" in function.arguments and not own_name(function).startswith("_")


def writes(function: Function) -> bool:
    known = functions()
    inner = (known[name] for name in reached(function.name) if name in known)
    return any(step.methods & WRITES for step in inner if not step.path.startswith("apps/core/"))


@cache
def writing_services() -> list[Function]:
    return [function for function in functions().values() if is_service(function) and writes(function)]


def place(function: Function) -> str:
    return f"{function.path}:{function.line} {own_name(function)}"


def test_there_is_something_to_look_at() -> None:
    names = {function.name for function in writing_services()}
    assert len(names) > 200
    assert {"apps.tickets.services.assignment.assign_ticket", "apps.accounts.services.users.deactivate_user"} <= names


def test_every_service_that_writes_leaves_a_trace() -> None:
    silent = [
        place(function)
        for function in writing_services()
        if not reached(function.name) & (ENTRY | EVENT) and function.name not in WITHOUT_TRACE
    ]
    assert not silent, "These write and tell nobody; audit.record or publish, or say why not:\n" + "\n".join(silent)


def test_persons_permissions_and_configuration_are_entries_of_the_trail() -> None:
    silent = [
        place(function)
        for function in writing_services()
        if (AUDITED.match(function.name) or DANGEROUS.search(function.name))
        and not reached(function.name) & ENTRY
        and function.name not in WITHOUT_TRACE | BY_EVENT
    ]
    assert not silent, "These need an entry of the audit trail:\n" + "\n".join(silent)


def test_no_reason_outlives_what_it_is_for() -> None:
    assert set(BY_EVENT) <= {function.name for function in writing_services()}
    needed = {function.name for function in writing_services() if not reached(function.name) & (ENTRY | EVENT)}
    assert set(WITHOUT_TRACE) - needed == set()


def test_no_face_writes_by_itself() -> None:
    """Pages, API and sockets call services; the administration's own saving is recorded by its base."""
    faces = re.compile(r"\.(views|api|consumers|admin)(\.|$)")
    silent = [
        place(function)
        for function in functions().values()
        if faces.search(function.name) and not function.path.startswith("apps/core/")
        if function.methods & {"save", "create", "bulk_create", "update_or_create", "get_or_create"}
        and not reached(function.name) & (ENTRY | EVENT)
        and not function.methods & {"save_model", "record"}
    ]
    assert not silent, "\n".join(silent)
