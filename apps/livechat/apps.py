from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LivechatConfig(AppConfig):
    name = "apps.livechat"
    verbose_name = _("Live chat")

    def ready(self) -> None:
        # They register themselves.
        from apps.livechat import connector, subscribers, sweeps  # noqa: F401 (register themselves)
        from apps.livechat.selectors.line import estimate
        from apps.livechat.services import erasing, retention, transcripts
        from apps.sla.selectors.contact_options import register_estimator
        from apps.tickets.selectors.timeline import register_notice

        register_estimator(connector.ChatConnector.kind, estimate)
        retention.register()
        register_notice(transcripts.NOTICE, transcripts.notice_words)
        erasing.register()
