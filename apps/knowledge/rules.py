"""Who may change a snippet: its owner; a shared one also whoever may share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, ActorKind
from apps.core.permissions import declare, may
from apps.knowledge.enums import SnippetScope

if TYPE_CHECKING:
    from apps.knowledge.models import Snippet

declare("knowledge.share_snippets", _("Share snippets with the team or everybody"))


def may_change(actor: Actor, snippet: Snippet) -> bool:
    if actor.kind is ActorKind.SYSTEM:
        return True
    if snippet.scope != SnippetScope.PRIVATE:
        return may(actor, "knowledge.share_snippets")
    return snippet.owner_id == actor.user_id
