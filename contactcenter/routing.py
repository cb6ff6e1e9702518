"""Which consumer answers which socket address."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

FACES = ("apps.workbench",)


def websocket_urlpatterns() -> list[Any]:
    """The socket addresses of every face that has some (`<app>/routing.py: websocket_urlpatterns`)."""
    found: list[Any] = []
    for face in FACES:
        if find_spec(f"{face}.routing"):
            found += import_module(f"{face}.routing").websocket_urlpatterns
    return found
