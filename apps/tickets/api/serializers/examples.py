from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample

CUSTOMER = {"id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg", "name": "李娜"}


TICKET = {
    "number": 1042,
    "id": "Ab1Cd2Ef3Gh4Ij5Kl6Mn7O",
    "subject": "Parcel has not arrived",
    "status": "open",
    "priority": "high",
    "type": "question",
    "queue": "service",
    "category": "delivery",
    "team": "service-a",
    "channel": "mail",
    "brand": "main",
    "assignee": "wang.fang",
    "customer": CUSTOMER,
    "tags": ["wholesale"],
    "language": "en",
    "is_spam": False,
    "parent": None,
    "merged_into": None,
    "message_count": 3,
    "reopen_count": 0,
    "opened_at": "2026-01-31T09:00:00Z",
    "updated": "2026-01-31T10:30:00Z",
    "last_message_at": "2026-01-31T10:30:00Z",
    "waiting_since": None,
    "first_replied_at": "2026-01-31T09:12:00Z",
    "resolved_at": None,
    "closed_at": None,
    "next_due_at": "2026-01-31T14:00:00Z",
    "sla_state": "running",
    "version": 7,
}


ATTACHMENT = {
    "id": "Pq8Rs7Tu6Vw5Xy4Za3Bc2D",
    "name": "receipt.pdf",
    "size": 48211,
    "content_type": "application/pdf",
    "is_inline": False,
    "scan_state": "clean",
    "url": "https://desk.example.com/api/v1/attachments/Pq8Rs7Tu6Vw5Xy4Za3Bc2D/content/",
}


MESSAGE = {
    "id": "Mn1Bv2Cx3Za4Sd5Fg6Hj7K",
    "ticket": 1042,
    "sequence": 3,
    "kind": "agent",
    "created": "2026-01-31T10:30:00Z",
    "channel": "mail",
    "author": "wang.fang",
    "author_name": "王芳",
    "subject": "Re: Parcel has not arrived",
    "text": "It is on its way.",
    "html": "<p>It is on its way.</p>",
    "quoted": "",
    "sender": "Service <service@example.com>",
    "to": ["li.na@example.com"],
    "cc": [],
    "bcc": [],
    "is_automatic": False,
    "is_third_person": False,
    "is_forward": False,
    "is_public": False,
    "post_url": "",
    "notice": "",
    "attachments": [ATTACHMENT],
    "delivery": {"state": "sent", "failure": "", "due_at": "2026-01-31T10:30:10Z", "sent_at": "2026-01-31T10:30:12Z"},
}


EVENT = {
    "position": 90412,
    "id": "Uy1Tr2Ew3Qa4Sd5Fg6Hj7K",
    "kind": "ticket.status_changed",
    "created": "2026-01-31T10:30:00Z",
    "ticket": 1042,
    "customer": None,
    "actor_kind": "person",
    "actor": "wang.fang",
    "face": "desk",
    "data": {"old": "open", "new": "pending", "reason": "reply"},
}


CARD = {
    "kind": "reply",
    "text": "When may we bring it?",
    "card": {
        "title": "Delivery",
        "buttons": [{"label": "Tomorrow"}, {"label": "All times", "url": "https://shop.example/delivery"}],
    },
}


HISTORY = {
    "at": "2026-01-31T10:30:00Z",
    "kind": "ticket.assigned",
    "actor": "王芳",
    "face": "api",
    "what": "Assignee",
    "old": "",
    "new": "王芳",
    "sentence": "王芳 took the ticket.",
}


HELPER = {"agent": "chen.jie", "name": "Chen Jie", "since": "2026-01-31T10:30:00Z"}


LINK = {"ticket": 1017, "kind": "related", "is_outgoing": True}


ROUTE = {
    "channel": "wechat",
    "is_public": False,
    "to": ["o6_bmjrPTlm6_2sgVt7hMZOPfL2M"],
    "window_ends_at": "2026-02-02T09:00:00Z",
    "replies_left": 3,
    "max_length": None,
    "has_html": False,
    "takes_files": True,
    "refusal": "",
    "is_default": True,
}


def shown(value: Mapping[str, Any]) -> OpenApiExample:
    return OpenApiExample("answer", value=dict(value), response_only=True)


def sent(value: Mapping[str, Any], name: str = "request") -> OpenApiExample:
    return OpenApiExample(name, value=dict(value), request_only=True)
