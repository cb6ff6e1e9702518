from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

CONNECTORS = (
    "email",
    "form",
    "api",
    "manual",
    "counter",
    "webhook",
    "partner",
    "page",
    "app",
    "sms_aliyun",
    "sms_tencent",
    "sms_twilio",
    "wechat",
    "douyin",
    "weibo",
    "wecom_app",
    "wecom_kf",
    "feishu",
    "dingtalk",
    "qq",
    "slack",
    "teams",
    "x",
    "discord",
    "telegram",
    "line",
    "whatsapp",
    "messenger",
    "instagram",
    "viber",
)


class ChannelsConfig(AppConfig):
    name = "apps.channels"
    label = "contact_channels"  # Django Channels owns "channels"
    verbose_name = _("Channels")

    def ready(self) -> None:
        from apps.accounts.access import group_grants, register_grants
        from apps.channels import events, permissions, sweeps  # noqa: F401 (register themselves)
        from apps.channels.models import ChannelGroupObjectPermission
        from apps.channels.selectors import borders
        from apps.channels.services import retention
        from apps.channels.uses import purposes_asked
        from apps.privacy.offering import register_needs

        register_grants("channel", group_grants(ChannelGroupObjectPermission, "serve_channel"))
        retention.register()
        borders.register()
        register_needs(purposes_asked)
        package = import_module("apps.channels.connectors")
        for kind in CONNECTORS:
            if module_has_submodule(package, kind):
                connector = import_module(f"apps.channels.connectors.{kind}")
                if module_has_submodule(connector, "connector"):
                    import_module(f"apps.channels.connectors.{kind}.connector")
        import_module("apps.channels.services.erasing").register()
