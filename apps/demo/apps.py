from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """Demo data and the page on which a newcomer plays the customer; served in demo mode only."""

    name = "apps.demo"
    verbose_name = _("Demo")
