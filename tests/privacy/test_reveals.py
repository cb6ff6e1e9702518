"""One masked value for one person and one reason: counted, approved where the role says so, and written down first."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.core.actor import Actor, person, token
from apps.core.clock import now
from apps.core.errors import AppError, InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.core.permissions import all_permissions
from apps.customers.models import Customer
from apps.privacy.enums import FieldClass, Mode, RevealState
from apps.privacy.errors import NotMasked, OwnReveal, ProofNeeded, RevealDecided, RevealLimit
from apps.privacy.models import Reveal, RevealPolicy
from apps.privacy.revealing import find_record
from apps.privacy.selectors.reveals import customer_rows, news_after
from apps.privacy.services.approvals import decide
from apps.privacy.services.reveals import Outcome, reveal_field
from apps.tickets.models import Ticket
from tests.factories.customers import CustomerFactory
from tests.factories.privacy import LensPolicyFactory, RevealFactory
from tests.factories.tickets import TicketFactory, say

pytestmark = pytest.mark.integration
PHONE = "+8613800138000"


@pytest.fixture
def customer(db: None) -> Customer:
    return CustomerFactory(name="王小明", phone=PHONE)


@pytest.fixture
def ticket(customer: Customer, outsourcing_agent: User) -> Ticket:
    return TicketFactory(customer=customer, assignee=outsourcing_agent)


@pytest.fixture
def viewer(outsourcing_agent: User, ticket: Ticket) -> User:
    role = outsourcing_agent.role
    assert role is not None
    role.permissions = [*role.permissions, "privacy.reveal"]
    role.save()
    return outsourcing_agent


def ask(by: Actor, customer: Customer, **changes) -> Outcome:
    identity = customer.identities.get(kind="phone")
    given = {
        "kind": "identity",
        "record_id": identity.public_id,
        "field": "value",
        "reason_kind": "deliver",
        "reason": "The courier asks for it",
        "is_proven": True,
    }
    return reveal_field(by=by, **{**given, **changes})


def actions() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="privacy.").order_by("id").values_list("action", flat=True)
    )


def test_the_value_comes_back_and_is_written_down(viewer: User, customer: Customer, acting) -> None:
    outcome = ask(acting(viewer), customer)
    assert (outcome.value, outcome.seconds) == (PHONE, 30)
    row = Reveal.objects.get()
    assert (row.state, row.user, row.customer_id) == (RevealState.SHOWN, viewer, customer.pk)
    assert row.until - row.shown_at == timedelta(seconds=30)
    entry = AuditEntry.objects.get(action="privacy.revealed")
    assert (entry.actor_user_id, entry.subject_type, entry.result) == (viewer.pk, "customers.identity", "ok")
    assert entry.subject_id == customer.identities.get(kind="phone").pk
    assert entry.reason == "The courier asks for it"
    assert PHONE not in f"{entry.details}{Event.objects.get(kind='reveal.shown').payload}"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"is_proven": False}, ProofNeeded),
        ({"reason": " \u200b\u200b x \u2060"}, InvalidInput),
        ({"reason_kind": "curious"}, InvalidInput),
        ({"field": "name"}, NotMasked),
        ({"kind": "nothing"}, NotVisible),
        ({"record_id": "A" * 22}, NotVisible),
    ],
)
def test_a_refusal_shows_nothing_and_is_written_down(
    viewer: User, customer: Customer, acting, changes: dict[str, object], refusal: type[AppError]
) -> None:
    with pytest.raises(refusal):
        ask(acting(viewer), customer, **changes)
    assert not Reveal.objects.exists()
    assert actions() == ["privacy.reveal_refused"]
    assert AuditEntry.objects.get(action="privacy.reveal_refused").result == "refused"


def test_it_takes_the_permission_and_sight_of_the_customer(
    outsourcing_agent: User, customer: Customer, ticket: Ticket, viewer: User, acting
) -> None:
    hidden = CustomerFactory(phone="+8613900139000")
    TicketFactory(customer=hidden)
    with pytest.raises(NotVisible):
        ask(acting(viewer), hidden)
    viewer.role.permissions = [code for code in viewer.role.permissions if code != "privacy.reveal"]
    viewer.role.save()
    with pytest.raises(PermissionRefused):
        ask(acting(viewer), customer)
    assert not Reveal.objects.exists()


def test_who_sees_it_anyway_has_nothing_to_reveal(supervisor: User, customer: Customer, acting) -> None:
    supervisor.role.permissions = [*supervisor.role.permissions, "privacy.reveal"]
    supervisor.role.save()
    with pytest.raises(NotMasked):
        ask(acting(supervisor), customer)


def test_limits_are_each_persons_own(viewer: User, customer: Customer, acting) -> None:
    RevealPolicy.objects.create(role=viewer.role, per_hour=2, per_day=3, approval_classes=[])
    ask(acting(viewer), customer)
    ask(acting(viewer), customer)
    with pytest.raises(RevealLimit):
        ask(acting(viewer), customer)
    Reveal.objects.update(created=now() - timedelta(hours=2))
    ask(acting(viewer), customer)
    with pytest.raises(RevealLimit):
        ask(acting(viewer), customer)
    assert Reveal.objects.count() == 3
    RevealFactory(created=now() - timedelta(hours=30), user=viewer)
    Reveal.objects.update(created=now() - timedelta(hours=25))
    assert ask(acting(viewer), customer).value == PHONE


# Approval


@pytest.fixture
def waiting(viewer: User, customer: Customer, acting) -> Reveal:
    RevealPolicy.objects.create(role=viewer.role, approval_classes=["phone"], approval_minutes=5)
    outcome = ask(acting(viewer), customer)
    assert outcome.value is None
    return outcome.reveal


def test_what_needs_approval_waits_and_is_asked_once(
    waiting: Reveal, viewer: User, supervisor: User, customer: Customer, acting
) -> None:
    assert ask(acting(viewer), customer).reveal.pk == waiting.pk
    assert news_after(acting(supervisor), 0).waiting == 1
    assert news_after(acting(viewer), 0).waiting == 0
    assert not Reveal.objects.shown().exists()


def test_an_ask_that_was_being_written_during_a_look_is_told_by_the_next(
    waiting: Reveal, supervisor: User, acting
) -> None:
    before = int((waiting.created.timestamp() - 1) * 1_000_000)
    Reveal.objects.filter(pk=waiting.pk).update(state=RevealState.DECLINED)
    during = news_after(acting(supervisor), before)
    assert during.waiting == 0
    Reveal.objects.filter(pk=waiting.pk).update(state=waiting.state)
    then = news_after(acting(supervisor), during.after)
    assert then.waiting == 1
    assert news_after(acting(supervisor), then.after).waiting == 0


def test_an_approval_is_for_one_viewer_and_one_field_once(
    waiting: Reveal, viewer: User, supervisor: User, customer: Customer, acting
) -> None:
    row = decide(reveal=waiting, by=acting(supervisor), is_approved=True)
    assert row.valid_until is not None
    assert news_after(acting(viewer), 0).approved
    outcome = ask(acting(viewer), customer)
    assert (outcome.value, outcome.reveal.pk, outcome.reveal.decided_by) == (PHONE, waiting.pk, supervisor)
    assert ask(acting(viewer), customer).value is None
    assert Reveal.objects.shown().count() == 1
    assert actions() == [
        "privacy.reveal_asked",
        "privacy.reveal_approved",
        "privacy.revealed",
        "privacy.reveal_asked",
    ]


def test_an_approval_runs_out(waiting: Reveal, viewer: User, supervisor: User, customer: Customer, acting) -> None:
    decide(reveal=waiting, by=acting(supervisor), is_approved=True)
    Reveal.objects.update(valid_until=now() - timedelta(seconds=1))
    assert ask(acting(viewer), customer).value is None


def test_declining_needs_a_reason_and_is_final(waiting: Reveal, viewer: User, supervisor: User, acting) -> None:
    with pytest.raises(InvalidInput):
        decide(reveal=waiting, by=acting(supervisor), is_approved=False, why=" ")
    decide(reveal=waiting, by=acting(supervisor), is_approved=False, why="Reply in the ticket")
    with pytest.raises(RevealDecided):
        decide(reveal=waiting, by=acting(supervisor), is_approved=True)
    assert Reveal.objects.get().state == RevealState.DECLINED
    assert news_after(acting(viewer), 0).declined == "Reply in the ticket"


def test_nobody_approves_their_own_and_no_vendor_approves(
    waiting: Reveal, viewer: User, supervisor: User, agent: User, acting
) -> None:
    viewer.role.permissions = [*viewer.role.permissions, "privacy.approve_reveals"]
    viewer.role.save()
    for user in (viewer, agent):
        with pytest.raises(PermissionRefused):
            decide(reveal=waiting, by=acting(user), is_approved=True)
    Reveal.objects.update(user=supervisor)
    with pytest.raises(OwnReveal):
        decide(reveal=waiting, by=acting(supervisor), is_approved=True)
    assert Reveal.objects.get().state == RevealState.WAITING


def test_a_program_always_waits_for_a_person(viewer: User, supervisor: User, customer: Customer, acting) -> None:
    RevealPolicy.objects.create(role=viewer.role, approval_classes=[])
    program = token(acting(viewer).user, token_id=1, scopes=frozenset(all_permissions()))
    outcome = ask(program, customer, is_proven=False)
    assert outcome.value is None
    decide(reveal=outcome.reveal, by=acting(supervisor), is_approved=True)
    assert ask(program, customer, is_proven=False).value == PHONE


# The unusual, and who is told


def test_an_unusual_day_is_told_once(viewer: User, customer: Customer, supervisor: User, acting) -> None:
    RevealPolicy.objects.create(role=viewer.role, per_hour=50, per_day=50, alarm_per_day=40, approval_classes=[])
    for days in (2, 3):
        long_ago = now() - timedelta(days=days)
        RevealFactory(user=viewer, created=long_ago)
    for _number in range(6):
        ask(acting(viewer), customer)
    assert Event.objects.filter(kind="reveal.unusual").count() == 1
    assert Reveal.objects.get(is_unusual=True).user == viewer
    assert actions().count("privacy.reveals_unusual") == 1
    assert news_after(acting(supervisor), 0).unusual
    assert not news_after(acting(viewer), 0).unusual


def test_the_house_reads_what_was_shown_of_its_customer(
    viewer: User, customer: Customer, supervisor: User, agent: User, stranger: User, acting
) -> None:
    ask(acting(viewer), customer, reason=f"They say {PHONE} is wrong")
    TicketFactory(customer=customer, assignee=agent)
    for user, count in ((supervisor, 1), (agent, 1), (stranger, 0), (viewer, 1)):
        assert len(customer_rows(acting(user), [customer.pk])) == count, user
    assert customer_rows(acting(agent), [customer.pk])[0].reason == f"They say {PHONE} is wrong"
    assert "138****8000" in customer_rows(acting(viewer), [customer.pk])[0].reason


# Places in texts


def test_places_of_a_message_can_be_shown_one_by_one(viewer: User, customer: Customer, ticket: Ticket, acting) -> None:
    message = say(ticket, "Call 13912345678 or write to lee@qq.com, 王小明", customer=customer)
    record = find_record(acting(viewer), "message", message.public_id)
    assert record is not None
    shown = {part.shown: part for part in record.parts}
    assert set(shown) == {"139****5678", "l***@q**.com", "王*"}
    outcome = reveal_field(
        by=acting(viewer),
        kind="message",
        record_id=message.public_id,
        field=shown["l***@q**.com"].field,
        reason_kind="correct",
        reason="Looks mistyped",
        is_proven=True,
    )
    assert (outcome.value, outcome.reveal.field_class) == ("lee@qq.com", FieldClass.EMAIL)
    with pytest.raises(NotMasked):
        reveal_field(
            by=acting(viewer), kind="message", record_id=message.public_id, field="text:0-40",
            reason_kind="correct", reason="Looks mistyped", is_proven=True,
        )  # fmt: skip


def test_a_pseudonym_can_be_revealed_too(viewer: User, customer: Customer, acting) -> None:
    LensPolicyFactory(role=viewer.role, field_class=FieldClass.NAME, mode=Mode.TOKENIZED)
    record = find_record(acting(viewer), "customer", customer.public_id)
    assert record is not None
    (part,) = record.parts
    assert part.shown != "王小明"
    assert ask(acting(viewer), customer, kind="customer", record_id=customer.public_id, field="name").value == "王小明"


def test_system_and_strangers_find_no_record(customer: Customer) -> None:
    assert find_record(person(User()), "customer", customer.public_id) is None
