"""Whatever leaves to a customer, or takes a customer's data further, asks what they allow."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.privacy.enums import Purpose

pytestmark = pytest.mark.unit

ROOT = Path(settings.BASE_DIR)

LEAVING = {
    "apps/alerts/services/mailing.py": "",  # to staff, about figures
    "apps/livechat/services/transcripts.py": "require_uses",
    "apps/outsourcing/services/inviting.py": "",  # to a vendor's people, who are no customers
    "apps/tickets/services/acknowledgement.py": "refusal_of",
    "apps/tickets/services/fallback.py": "refusal_of",
    "apps/tickets/services/identifying.py": "require_uses",
    "apps/tickets/services/messages/sending.py": "denied",
    "apps/tickets/services/proving.py": "require_uses",
    "apps/tickets/services/states.py": "refusal_of",
}
"""Who queues deliveries, and the word by which it asks. A way that is refused for want of a consent says so by `refusal_of`."""

ASKING = {
    Purpose.SERVICE: ("apps/channels/connectors/app/agreeing.py", "denied_uses"),
    Purpose.SURVEYS: ("apps/livechat/services/rating.py", "allows"),
    Purpose.THIRD_PARTY: ("apps/tickets/services/teams.py", "vendors_may_serve"),
    Purpose.CROSS_BORDER: ("apps/channels/uses.py", "CROSS_BORDER"),
}
NOT_DONE = {
    Purpose.RECORDING: "no calls are recorded here",
    Purpose.SENSITIVE: "nothing is asked of customers that the law calls sensitive",
}


def callers(name: str) -> set[str]:
    found = set[str]()
    for path in (ROOT / "apps").rglob("*.py"):
        calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        if any(name in (getattr(call, "attr", ""), getattr(call, "id", "")) for call in calls):
            found.add(str(path.relative_to(ROOT)))
    return found


def test_whoever_sends_asks_what_the_customer_allows() -> None:
    assert callers("queue_delivery") == set(LEAVING)
    for path, word in LEAVING.items():
        assert word in (ROOT / path).read_text(), path


def test_each_purpose_is_asked_for_by_its_use() -> None:
    assert {*ASKING, *NOT_DONE} == set(Purpose)
    for purpose, (path, word) in ASKING.items():
        assert word in (ROOT / path).read_text(), purpose


def test_the_page_names_each_use() -> None:
    page = (ROOT / "docs/admin/data-protection.md").read_text()
    named = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert named == {purpose.value for purpose in Purpose}
