from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimulatorConfig(AppConfig):
    """Plays the platforms over real HTTP on this machine, for the demo, for tests and for load.

    It signs, encrypts and reads by itself: nothing here is shared with the connectors, or playing them against each
    other would prove nothing.
    """

    name = "apps.simulator"
    verbose_name = _("Simulator")
