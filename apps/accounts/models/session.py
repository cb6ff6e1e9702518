from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.querysets import StaffSessionQuerySet
from apps.core import clock


class StaffSession(AbstractBaseSession):
    """A browser that somebody is signed in with. The row is the session: when it goes or expires, it is over everywhere.

    Its key here is a hash of the one in the browser's cookie: who reads this table can enter with none of them.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions", verbose_name=_("user")
    )
    began = models.DateTimeField(_("began"), default=clock.now)
    last_active = models.DateTimeField(_("last active"), default=clock.now)
    ip = models.GenericIPAddressField(_("from address"), null=True)
    device = models.CharField(_("device"), max_length=300, help_text=_("What the browser says of itself."))

    identity = models.ForeignKey(
        "accounts.ExternalIdentity",
        models.SET_NULL,
        null=True,
        related_name="sessions",
        verbose_name=_("signed in as"),
        help_text=_("At which provider, for who came in through one."),
    )
    look = models.ForeignKey(
        "accounts.Look",
        models.SET_NULL,
        null=True,
        related_name="sessions",
        verbose_name=_("sees the desk as somebody else"),
    )
    provider_session = models.CharField(
        max_length=255, default="", help_text=_("What the provider calls the session, so that it can end it.")
    )

    objects = StaffSessionQuerySet.as_manager()  # type: ignore[assignment,misc]  # nothing needs what Django's manager adds

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-last_active"]

    def __str__(self) -> str:
        return str(self.user)

    @classmethod
    def get_session_store_class(cls) -> type:
        from apps.accounts.sessions import SessionStore

        return SessionStore
