"""What happened elsewhere and concerns the floor."""

from __future__ import annotations

from apps.accounts.events import UserDeactivated
from apps.accounts.models import User
from apps.core.events import subscriber
from apps.core.models import Event
from apps.core.wake import wake
from apps.routing.enums import Cause
from apps.routing.services.states import go_offline


@subscriber("routing.people", kinds={UserDeactivated}, from_start=False)
def leave_the_floor(row: Event, event: UserDeactivated) -> None:
    user = User.objects.filter(pk=event.user_id, is_active=False).first()
    if user is not None:
        go_offline(user=user, cause=Cause.DEACTIVATED)
        wake("routing.deactivated")
