"""Events, partitioned by month, and how far their subscribers have come. Before deploy."""

import django.db.models.functions.datetime
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced
import apps.core.models.expressions
from apps.core.partitions import CreatePartitionedModel

ACTOR_KINDS = [("person", "Person"), ("token", "API token"), ("system", "System")]
FACES = [
    ("desk", "Workbench"),
    ("api", "API"),
    ("admin", "Administration"),
    ("portal", "Customer portal"),
    ("channel", "Channel"),
    ("system", "System"),
]


class Migration(migrations.Migration):
    dependencies = [("core", "0002_partition_function")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE core_event_ordinal_seq AS bigint", "DROP SEQUENCE core_event_ordinal_seq"),
        CreatePartitionedModel(
            name="Event",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                (
                    "ordinal",
                    models.BigIntegerField(
                        db_default=apps.core.models.expressions.NextValue("core_event_ordinal_seq"), editable=False
                    ),
                ),
                ("position", models.BigIntegerField(editable=False, null=True)),
                ("kind", models.CharField(max_length=80)),
                ("ticket_id", models.BigIntegerField(null=True)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("actor_kind", models.CharField(choices=ACTOR_KINDS, max_length=10)),
                ("actor_user_id", models.BigIntegerField(null=True)),
                ("actor_label", models.CharField(max_length=150)),
                ("face", models.CharField(choices=FACES, max_length=10)),
                ("payload", apps.core.fields.encrypted.EncryptedJSONField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["position"], name="core_event_position"),
                    models.Index(
                        condition=models.Q(("position", None)), fields=["ordinal"], name="core_event_unnumbered"
                    ),
                    models.Index(
                        condition=models.Q(("ticket_id", None), _negated=True),
                        fields=["ticket_id", "position"],
                        name="core_event_ticket",
                    ),
                    models.Index(
                        condition=models.Q(("customer_id", None), _negated=True),
                        fields=["customer_id", "position"],
                        name="core_event_customer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventCounter",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("last_position", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SubscriberPosition",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField(default=0)),
                ("updated", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="ParkedEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("subscriber", models.CharField(max_length=100)),
                ("event_id", models.BigIntegerField()),
                ("event_created", models.DateTimeField()),
                ("position", models.BigIntegerField()),
                ("order_key", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[("retrying", "Retrying"), ("waiting", "Waiting"), ("parked", "Parked")],
                        default="retrying",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subscriber", "order_key", "position"], name="core_parkedevent_order"),
                    models.Index(fields=["state", "next_attempt"], name="core_parkedevent_due"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subscriber", "event_id"), name="core_parkedevent_once")
                ],
            },
        ),
    ]
