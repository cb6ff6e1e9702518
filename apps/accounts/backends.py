"""Signing in with a name and a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from apps.accounts.models import User


class StaffBackend(ModelBackend):
    """Django's, with role and vendor read along; people of a vendor that is switched off can neither enter nor stay."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("role", "vendor").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.may_sign_in)
