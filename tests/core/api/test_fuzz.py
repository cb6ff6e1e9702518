"""Every operation of the API against generated requests, good and bad: no fault of ours, and every answer as documented.

Bounded: some seeded requests for each operation. A longer run by hand: `API_FUZZ_EXAMPLES=500 pytest tests/core/api/test_fuzz.py`.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as profile
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.accounts.models import Skill
from apps.automation.models import WebhookDelivery
from apps.core.clock import now
from apps.core.ids import public_id_for
from apps.knowledge.models import Snippet
from apps.outsourcing.models import ContractSkill, OnboardingStep
from apps.tickets.models import Assignment
from apps.tickets.services.offers import offer_ticket
from tests.factories.accounts import UserFactory, VendorFactory
from tests.factories.alerts import AlertFactory
from tests.factories.automation import WebhookEndpointFactory
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory, CustomerNoteFactory, OrganizationFactory, TagFactory
from tests.factories.outsourcing import ContractFactory, StatementFactory
from tests.factories.privacy import RevealFactory
from tests.factories.tickets import (
    CategoryFactory,
    IntakeRuleFactory,
    InteractionFactory,
    QueueFactory,
    TicketFactory,
    say,
)
from tests.support.api import token_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "4"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def documented_operations() -> list[str]:
    """Known when tests are collected, so that each operation is a test of its own."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    ]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests run inside of the test's transaction, as with Django's own client."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def world(db, manager) -> dict[str, str]:
    """One of everything, by the names that addresses use."""
    channel = ChannelFactory(key="app", kind="api")
    queue = QueueFactory(key="care")
    IntakeRuleFactory(channel=channel, queue=queue)
    CategoryFactory(key="repair")
    TagFactory(key="wholesale")
    customer = CustomerFactory(phone="+8613800138000", email="lin@example.com")
    ticket = TicketFactory(queue=queue, channel=channel, customer=customer)
    other = TicketFactory(queue=queue)
    message = say(ticket, customer=customer, channel=channel)
    endpoint = WebhookEndpointFactory()
    contract = ContractFactory(vendor=VendorFactory(), state="active")
    step = OnboardingStep.objects.create(contract=contract, name={"en": "Training"})
    ContractSkill.objects.create(contract=contract, skill=Skill.objects.create(key="refunds", name={"en": "Refunds"}))
    person = UserFactory(username="vanessa", role="vendor_agent", vendor=contract.vendor)
    return {
        "person": person.username,
        "step": public_id_for(OnboardingStep, step.pk),
        "skill": "refunds",
        "statements": StatementFactory(contract=contract).public_id,
        "number": str(ticket.number),
        "other": str(other.number),
        "kind": "related",
        "key": "app",
        "username": "mary",
        "code": "core.not_found",
        "id": Snippet.objects.create(owner=manager, scope="all", title={"en": "Hours"}, body={"en": "<p>Nine</p>"}).pk,
        "customer_id": customer.public_id,
        "identity_id": customer.identities.first().public_id,
        "note_id": CustomerNoteFactory(customer=customer).public_id,
        "inbound_id": "A" * 22,
        "customers": customer.public_id,
        "organizations": OrganizationFactory().public_id,
        "messages": message.public_id,
        "interactions": InteractionFactory(ticket=ticket, channel=channel).public_id,
        "attachments": "A" * 22,
        "merge-suggestions": "A" * 22,
        "survey-responses": "A" * 22,
        "reveals": RevealFactory(user=manager, customer_id=customer.pk).public_id,
        "alerts": AlertFactory(rule__key="app", queue=queue).public_id,
        "offers": public_id_for(Assignment, offer_ticket(ticket=other, to=manager, seconds=600).pk),
        "webhook-endpoints": endpoint.public_id,
        "webhook-deliveries": WebhookDelivery.objects.create(
            endpoint=endpoint, kind="webhook.test", due_at=now()
        ).public_id,
    }


@pytest.mark.parametrize("name", documented_operations())
def test_operation(name, document, world, manager, one_connection, settings, tmp_path):
    settings.API_RATE_PER_MINUTE = settings.API_UPLOADS_PER_MINUTE = settings.API_LOOKUPS_PER_MINUTE = 10**6
    settings.MEDIA_ROOT = tmp_path
    method, path = name.split()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url="http://testserver")
    application, headers = WSGIHandler(), {"Authorization": f"Bearer {token_of(manager)}"}
    section = path.split("/")[3]
    statuses: list[int] = []

    def ask(case: Any, *, is_good: bool) -> None:
        if is_good:
            names = {key: section if key == "public_id" else key for key in case.path_parameters}
            case.path_parameters.update({key: world[known] for key, known in names.items()})
        statuses.append(case.call_and_validate(app=application, headers=headers, checks=CHECKS).status_code)

    send(schema[path][method], GenerationMode.POSITIVE, partial(ask, is_good=True))
    assert statuses
    if section != "errors":  # what takes nothing cannot be asked wrongly
        send(schema[path][method], GenerationMode.NEGATIVE, partial(ask, is_good=False))


def send(operation: Any, mode: GenerationMode, ask: Callable[[Any], None]) -> None:
    bounded = profile(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def one(case: Any) -> None:  # Hypothesis reads the code of what it calls, which a partial has not
        ask(case)

    seed(7)(bounded(given(case=operation.as_strategy(generation_mode=mode))(one)))()
