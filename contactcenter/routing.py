"""Which consumer answers which socket address."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

FACES = ("apps.workbench",)
PUBLIC_FACES = ("apps.channels",)
"""Where customers' clients connect: without cookie, from apps and from other sites."""


def websocket_urlpatterns() -> list[Any]:
    """The socket addresses of every face that has some (`<app>/routing.py: websocket_urlpatterns`)."""
    found: list[Any] = []
    for face in FACES:
        if find_spec(f"{face}.routing"):
            found += import_module(f"{face}.routing").websocket_urlpatterns
    return found


def public_websocket_urlpatterns() -> list[Any]:
    """Those of every public face (`<app>/routing.py: public_websocket_urlpatterns`)."""
    return [entry for face in PUBLIC_FACES for entry in import_module(f"{face}.routing").public_websocket_urlpatterns]
