"""Where platforms call: prove, store, acknowledge, without a word of what it means. Everything else happens later.

Who calls here is a machine: it is refused as by the API, with problem details, never with a page.
"""

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.channels import registry
from apps.channels.contract import Arrival
from apps.channels.errors import InputRefused
from apps.channels.selectors.public import called_channel
from apps.channels.services import inbox
from apps.core.api.problems import answer_refusal
from apps.core.errors import AppError
from apps.core.wake import wake

logger = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, key: str) -> HttpResponse:
    try:
        return _receive(request, key)
    except AppError as refusal:
        return answer_refusal(refusal)


def _receive(request: HttpRequest, key: str) -> HttpResponse:
    """The connector proves who calls; without proof nothing is kept and the answer is 403."""
    channel = called_channel(key=key)
    connector = registry.get(channel.kind)
    try:
        items = connector.verify(request, channel)
    except InputRefused as refused:
        # The answer says nothing more than no; those who set the channel up find the reason here.
        logger.warning("hook.refused", channel_id=channel.pk, reason=refused.params.get("reason", ""))
        raise
    inbox.accept_all(channel=channel, items=items)
    if connector.arrival is Arrival.HINT_THEN_PULL:
        wake("channels.fetch")
    return connector.answer(request, channel)
