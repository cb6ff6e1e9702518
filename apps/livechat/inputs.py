"""What a client may say of a visit, beyond the lines themselves. What is not declared is refused by name."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.serializers import Input
from apps.qa.enums import HIGHEST, LOWEST
from apps.qa.services import MAX_COMMENT

MAX_NUMBER = 2**63 - 1


class RatingInput(Input):
    visit = serializers.IntegerField(min_value=1, max_value=MAX_NUMBER)
    score = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)
    reasons = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_NUMBER), max_length=20, required=False
    )
    comment = serializers.CharField(max_length=MAX_COMMENT, required=False, allow_blank=True)
    wants_callback = serializers.BooleanField(required=False)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)


class TranscriptInput(Input):
    email = serializers.CharField(max_length=254, required=False, allow_blank=True)
