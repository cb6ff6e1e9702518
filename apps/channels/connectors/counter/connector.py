"""Visits in person. They begin and end at a window (`apps.counter`); nothing arrives by itself, and nothing is sent."""

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.contract import Arrival, Capabilities, Connector


@registry.register
class CounterConnector(Connector):
    kind = "counter"
    label = _("Counter")
    icon = "store"
    arrival = Arrival.NONE
    capabilities = Capabilities(can_receive=False, can_send=False, attachments=True)
