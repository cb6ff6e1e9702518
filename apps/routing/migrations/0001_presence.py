"""What people are to the floor, where their desks are open, and how much they can hold. Before deploy."""

import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_skills"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BreakReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "reason for a break",
                "verbose_name_plural": "reasons for breaks",
                "ordering": ["position", "key"],
            },
        ),
        migrations.CreateModel(
            name="AgentStateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(verbose_name="at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("available", "Available"),
                            ("busy", "Busy"),
                            ("break", "On a break"),
                            ("after_work", "After-call work"),
                            ("training", "In training"),
                            ("offline", "Offline"),
                        ],
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("self", "themselves"),
                            ("forced", "a supervisor"),
                            ("connection_lost", "lost connection"),
                            ("deactivated", "account switched off"),
                        ],
                        max_length=16,
                        verbose_name="cause",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "reason",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="routing.breakreason",
                        verbose_name="reason",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of state",
                "verbose_name_plural": "changes of state",
                "ordering": ["-created", "-pk"],
                "indexes": [models.Index(fields=["user", "-created"], name="agentstatechange_of_user")],
            },
        ),
        migrations.CreateModel(
            name="AgentState",
            fields=[
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="agent_state",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("available", "Available"),
                            ("busy", "Busy"),
                            ("break", "On a break"),
                            ("after_work", "After-call work"),
                            ("training", "In training"),
                            ("offline", "Offline"),
                        ],
                        default="offline",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("last_given_at", models.DateTimeField(null=True, verbose_name="last given work")),
                ("leaves_at", models.DateTimeField(null=True)),
                (
                    "forced_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="set by",
                    ),
                ),
                (
                    "reason",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="routing.breakreason",
                        verbose_name="reason",
                    ),
                ),
            ],
            options={
                "verbose_name": "state of an agent",
                "verbose_name_plural": "states of agents",
                "indexes": [
                    models.Index(
                        condition=models.Q(("leaves_at__isnull", False)),
                        fields=["leaves_at"],
                        name="agentstate_leaves_at",
                    ),
                    models.Index(
                        condition=models.Q(("state", "available")), fields=["user"], name="agentstate_available"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CapacityRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("chat", "Live chat"),
                            ("messenger", "Messenger"),
                            ("mail", "Mail"),
                            ("call", "Call"),
                            ("counter", "Visit"),
                            ("ticket", "Other ticket"),
                        ],
                        max_length=10,
                        verbose_name="kind of work",
                    ),
                ),
                (
                    "at_most",
                    models.PositiveSmallIntegerField(
                        help_text="At the same time. 0: none of this kind.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="at most",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.role",
                        verbose_name="role",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "capacity",
                "verbose_name_plural": "capacities",
                "ordering": ["kind", "role", "user"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "role", "user"), name="one_capacity_each", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__isnull", True), ("user__isnull", True), _connector="OR"),
                        name="capacity_of_role_or_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeskConnection",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("process", models.UUIDField()),
                ("expires", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="desk_connections",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["process"], name="deskconnection_process"),
                    models.Index(fields=["expires"], name="deskconnection_expires"),
                ],
            },
        ),
    ]
