"""What lies between the house and its vendors, and what is written about personal data: planted like everything else.

The own company's statements are read by its manager, not by its agents; of the other company no vendor's people learn
anything, neither names of people nor figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.events import publish
from apps.outsourcing.enums import Outlook, StatementState
from apps.outsourcing.events import QualityBelow, TermInDanger
from apps.outsourcing.models import Contract, ImpactAssessment, QualityWarning, SlaTerm, StatementComment, TermOutlook
from apps.privacy.enums import Purpose, Shown
from apps.privacy.services.consenting import give_consent
from tests.factories.accounts import UserFactory, VendorFactory
from tests.factories.compliance import ExportFactory, IncidentFactory
from tests.factories.outsourcing import ContractFactory, StatementFactory
from tests.leaks.planted import Group, Planted, Role, Secret, word

if TYPE_CHECKING:
    from tests.leaks.world import World

OWN_CONTRACT = "WALK-0"
OTHER_CONTRACT = "WALK-1"
OTHER_USERNAME = "walk-other-vendor"
OTHER_PERSON = "Gwendolyn Otherline"
OTHER_FIGURE = 6419.3377


def plant(world: World) -> None:
    _own_company(world)
    _other_company(world)
    _written_by_the_house(world)


def _own_company(world: World) -> None:
    """In force, with a statement that was answered, a later one that was not sent, and a term in danger."""
    vendor = world.users[Role.VENDOR].vendor
    contract = ContractFactory(number=OWN_CONTRACT, vendor=vendor, state="active", price=1)
    sent = StatementFactory(contract=contract, state=StatementState.DISPUTED, is_sent=True)
    author, settled = world.users[Role.VENDOR_MANAGER], word("wra", Group.SETTLED)
    StatementComment.objects.create(statement=sent, author=author, text=settled, state=sent.state)
    StatementFactory(contract=contract, version=2, reason=word("not", Group.UNSENT))
    _in_danger(contract, 71.37)
    QualityWarning.objects.create(contract=contract, figure=55.5, ratings=20)
    world.secrets += [
        Secret("comment on a statement", settled, Group.SETTLED),
        Secret("reason of a statement that was not sent", word("not", Group.UNSENT), Group.UNSENT),
    ]


def _other_company(world: World) -> None:
    planted, other = Planted(Group.OPERATIONS), VendorFactory(key="otherline")
    person = UserFactory(username=OTHER_USERNAME, role="vendor_agent", vendor=other, display_name=OTHER_PERSON)
    contract = ContractFactory(
        number=OTHER_CONTRACT, vendor=other, state="ended", name={"en": planted.word("wra")}, price=1
    )
    StatementFactory(contract=contract, reason=Planted(Group.BLOCKED).word("wra"), is_sent=True)
    term = _in_danger(contract, OTHER_FIGURE)
    QualityWarning.objects.create(contract=contract, user=person, figure=44.4, ratings=20)
    publish(
        TermInDanger(
            contract=contract.number, measure=term.measure, channel=None, month=f"{now():%Y-%m}", state=Outlook.MISSED,
            figure=OTHER_FIGURE, last_7_days=None, needed=None, threshold=term.threshold,
        ),
        by=SYSTEM,
    )  # fmt: skip
    publish(QualityBelow(contract=contract.number, user_id=person.pk, figure=OTHER_FIGURE, floor=80), by=SYSTEM)
    world.secrets += [
        Secret("reason in a statement", Planted(Group.BLOCKED).word("wra"), Group.BLOCKED, is_personal=False),
        Secret("name of another vendor's contract", planted.word("wra"), Group.OPERATIONS, is_personal=False),
        Secret("name of another vendor's person", OTHER_PERSON, Group.COLLEAGUES),
        Secret("figure of another vendor in an event", "64193377", Group.MACHINE),
    ]


def _in_danger(contract: Contract, figure: float) -> SlaTerm:
    term = SlaTerm.objects.create(contract=contract, measure="sla_attainment", bound="at_least", threshold=90)
    month = contract.day(now()).replace(day=1)
    TermOutlook.objects.create(
        contract=contract, term=term, month=month, state=Outlook.MISSED, figure=figure, threshold=90, looked_at=now()
    )
    return term


def _written_by_the_house(world: World) -> None:
    """An incident, a file about it, an assessment, and what a customer agreed to."""
    said = {place: word(place, Group.COMPLIANCE) for place in ("sub", "bod", "not")}
    incident = IncidentFactory(title=said["sub"], what_happened=said["bod"])
    ExportFactory(asked_by=world.users[Role.MANAGER], question={"incident": incident.pk})
    assessment = ImpactAssessment.objects.get(contract__number=OTHER_CONTRACT)
    assessment.risks = said["not"]
    assessment.save(update_fields=["risks"])
    proof = word("bod", Group.PROOF)
    give_consent(
        customer_id=world.customers[Group.INSIDE].pk, purpose=Purpose.SURVEYS, shown=Shown.AGENT,
        by=world.actor(Role.SUPERVISOR), proof=proof,
    )  # fmt: skip
    world.secrets += [
        Secret("title of an incident", said["sub"], Group.COMPLIANCE),
        Secret("what happened in an incident", said["bod"], Group.COMPLIANCE),
        Secret("risks in an assessment", said["not"], Group.COMPLIANCE),
        Secret("proof of a consent", proof, Group.PROOF),
    ]
