from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "apps.channels"
    label = "contact_channels"  # Django Channels owns "channels"
    verbose_name = _("Channels")
