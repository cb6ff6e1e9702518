import factory
from factory.django import DjangoModelFactory

from apps.automation.models import WebhookEndpoint
from tests.factories.accounts import UserFactory


class WebhookEndpointFactory(DjangoModelFactory):
    """Told about everything, as an in-house agent sees it; nobody listens at its address."""

    class Meta:
        model = WebhookEndpoint

    name = factory.Sequence(lambda n: f"endpoint {n}")
    url = "http://127.0.0.1:9/hook"
    events = factory.LazyFunction(lambda: ["*"])
    acts_as = factory.SubFactory(UserFactory)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
