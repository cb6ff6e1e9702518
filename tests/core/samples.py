"""Models that only these tests have, in temporary tables of the test's connection."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

from apps.core.fields import (
    BlindIndexField,
    EncryptedBinaryField,
    EncryptedJSONField,
    EncryptedTextField,
    TranslatedTextField,
)
from apps.core.models import SequencedModel, SequencedQuerySet, TimestampedModel, VersionedModel


class Person(SequencedModel, VersionedModel, TimestampedModel):
    handle = EncryptedTextField(blind_index="handle_index")
    handle_index = BlindIndexField(of="handle")
    note = EncryptedTextField(blank=True, default="")
    nickname = EncryptedTextField(null=True)
    details = EncryptedJSONField(default=dict)
    picture = EncryptedBinaryField(null=True)
    title = TranslatedTextField(blank=True)
    score = models.IntegerField(null=True)

    objects = SequencedQuerySet.as_manager()

    class Meta:
        app_label = "core_samples"


class Plain(SequencedModel):
    """Without a queryset of its own."""

    note = EncryptedTextField()

    class Meta:
        app_label = "core_samples"


@contextmanager
def temporary_tables(*models_: type[models.Model]) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = pg_temp, public")
        with connection.schema_editor() as editor:
            for model in models_:
                editor.create_model(model)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                for model in models_:
                    cursor.execute(f"DROP TABLE IF EXISTS {model._meta.db_table} CASCADE")
                cursor.execute("SET search_path = public")
