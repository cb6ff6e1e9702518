"""One's own sign-in: what proves who one is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import TemplateView

from apps.accounts.middleware import actor_of
from apps.accounts.rules import needs_second_factor
from apps.accounts.services.second_factor import has_second_factor, recovery_codes_left


class SecurityView(LoginRequiredMixin, TemplateView):
    template_name = "accounts/security.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = actor_of(self.request).user
        assert user is not None  # noqa: S101 (narrows the type)
        return super().get_context_data(
            has_app=has_second_factor(user),
            is_needed=needs_second_factor(user),
            codes_left=recovery_codes_left(user),
            **kwargs,
        )
