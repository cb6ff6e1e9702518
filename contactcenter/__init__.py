"""Settings, URLs, ASGI and Celery of the contact center; its capabilities live in `apps`."""

from contactcenter.celery import app as celery_app

__all__ = ["celery_app"]
