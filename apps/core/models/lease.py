from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """Who may work on a named thing until when. The token rises with every holder, so that a late one is recognised."""

    name = models.CharField(max_length=150, primary_key=True)
    holder = models.CharField(max_length=150, blank=True)
    token = models.BigIntegerField(default=0)
    expires = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
