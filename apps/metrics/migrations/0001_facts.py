"""What measures count, what is yet to be folded into it, and goals of queues. Before deploy."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [
    ("chat", "Live chat"),
    ("messenger", "Messenger"),
    ("mail", "Mail"),
    ("call", "Call"),
    ("counter", "Visit"),
    ("ticket", "Other ticket"),
]
STATES = [
    ("offered", "offered"),
    ("accepted", "accepted"),
    ("declined", "declined"),
    ("missed", "missed"),
    ("transferred", "transferred"),
    ("finished", "finished"),
    ("withdrawn", "withdrawn"),
]
ENDS = [
    ("answered", "Taken by somebody"),
    ("abandoned", "The customer left"),
    ("moved", "Goes on in another line"),
    ("dropped", "Ended by us without anybody taking it"),
]
TARGETS = [
    ("answer", "Taken by somebody"),
    ("first_reply", "First reply"),
    ("next_reply", "Next reply"),
    ("resolution", "Resolution"),
]
TIMER_STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("breached", "Breached"),
    ("met", "Met"),
    ("cancelled", "Cancelled"),
]
PRIORITIES = [(10, "Low"), (20, "Normal"), (30, "High"), (40, "Urgent")]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("contact_channels", "0006_sending_rate"),
        ("tickets", "0011_public_comments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Due",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(choices=[("ticket", "Ticket"), ("agent", "Agent")], max_length=10)),
                ("object_id", models.BigIntegerField()),
                ("since", models.DateTimeField()),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["subject", "object_id"], name="due_once")]},
        ),
        migrations.CreateModel(
            name="ServiceGoal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(86400),
                        ],
                        verbose_name="served within (seconds)",
                    ),
                ),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        default=80,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="of so many (%)",
                    ),
                ),
                (
                    "short_seconds",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="They changed their mind; nobody could have been faster.",
                        validators=[django.core.validators.MaxValueValidator(600)],
                        verbose_name="who leaves within (seconds) does not count",
                    ),
                ),
                (
                    "queue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="service_goal",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
            ],
            options={
                "verbose_name": "goal of a queue",
                "verbose_name_plural": "goals of queues",
                "ordering": ["queue__position", "queue__key"],
            },
        ),
        migrations.CreateModel(
            name="WaitFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("ticket_id", models.BigIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("is_live", models.BooleanField()),
                ("entered_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
                ("end", models.CharField(blank=True, choices=ENDS, default="", max_length=10)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.category",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["ticket_id", "number"], name="wait_once")],
                "indexes": [
                    models.Index(fields=["entered_at"], name="wait_entered"),
                    models.Index(fields=["entered_at"], name="wait_open", condition=models.Q(("left_at", None))),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfferFact",
            fields=[
                ("ticket_id", models.BigIntegerField(db_index=True)),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("assignment_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("state", models.CharField(choices=STATES, max_length=12)),
                ("offered_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.category",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["offered_at"], name="offer_offered", condition=models.Q(("offered_at__isnull", False))
                    ),
                    models.Index(
                        fields=["accepted_at"],
                        name="offer_accepted",
                        condition=models.Q(("accepted_at__isnull", False)),
                    ),
                    models.Index(
                        fields=["ended_at"], name="offer_transferred", condition=models.Q(("state", "transferred"))
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="ContactFact",
            fields=[
                ("ticket_id", models.BigIntegerField(db_index=True)),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("interaction_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("is_live", models.BooleanField()),
                ("is_inbound", models.BooleanField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("first_reply_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.category",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["started_at"], name="contact_started"),
                    models.Index(
                        fields=["ended_at"], name="contact_ended", condition=models.Q(("ended_at__isnull", False))
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="HandlingFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ticket_id", models.BigIntegerField(db_index=True)),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("assignment_id", models.BigIntegerField()),
                ("interaction_id", models.BigIntegerField()),
                ("is_live", models.BooleanField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("contact_ended_at", models.DateTimeField(null=True)),
                ("wrap_up", models.DurationField()),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.category",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["assignment_id", "interaction_id"], name="handling_once")
                ],
                "indexes": [
                    models.Index(
                        fields=["contact_ended_at"],
                        name="handling_contact_ended",
                        condition=models.Q(("is_live", True)),
                    ),
                    models.Index(fields=["ended_at"], name="handling_ended", condition=models.Q(("is_live", True))),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromiseFact",
            fields=[
                ("ticket_id", models.BigIntegerField(db_index=True)),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("timer_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("target", models.CharField(choices=TARGETS, max_length=20)),
                ("priority", models.SmallIntegerField(choices=PRIORITIES)),
                ("policy", models.SlugField(blank=True, default="")),
                ("state", models.CharField(choices=TIMER_STATES, max_length=10)),
                ("started_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("taken", models.DurationField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.category",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["decided_at"], name="promise_decided"),
                    models.Index(
                        fields=["ended_at"], name="promise_resolved", condition=models.Q(("target", "resolution"))
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="StateFact",
            fields=[
                ("change_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("state", models.CharField(max_length=12)),
                ("reason", models.SlugField(blank=True, default="")),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["ended_at"], name="state_ended"),
                    models.Index(fields=["user", "started_at"], name="state_of_agent"),
                ]
            },
        ),
    ]
