"""Service levels: policies, and the timers that run by them. Before deploy; blocks nobody."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_skills"),
        ("contact_channels", "0006_sending_rate"),
        ("customers", "0003_claims_and_proofs"),
        ("sla", "0004_contact_options"),
        ("tickets", "0008_answers_by_channel"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Policies are tried in this order; the first that fits holds.",
                        verbose_name="position",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Holds where no other fits. It has no conditions.",
                        verbose_name="default",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "priorities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(
                            choices=[(10, "Low"), (20, "Normal"), (30, "High"), (40, "Urgent")]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="priorities",
                    ),
                ),
                (
                    "customer_levels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("standard", "Standard"), ("silver", "Silver"), ("gold", "Gold"), ("vip", "VIP")],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="customer levels",
                    ),
                ),
                (
                    "paused_in",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("new", "New"),
                                ("open", "Open"),
                                ("pending", "Pending customer"),
                                ("on_hold", "On hold"),
                                ("resolved", "Resolved"),
                                ("closed", "Closed"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pauses while the ticket is",
                    ),
                ),
                (
                    "pausing",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("answer", "Taken by somebody"),
                                ("first_reply", "First reply"),
                                ("next_reply", "Next reply"),
                                ("resolution", "Resolution"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="what pauses",
                    ),
                ),
                (
                    "warn_at",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(
                            validators=[
                                django.core.validators.MinValueValidator(1),
                                django.core.validators.MaxValueValidator(99),
                            ]
                        ),
                        blank=True,
                        default=list,
                        help_text="Numbers separated by commas: 50, 80.",
                        size=None,
                        verbose_name="warn at (percent of the time)",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the default calendar.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.calendar",
                        verbose_name="calendar",
                    ),
                ),
                (
                    "categories",
                    models.ManyToManyField(
                        blank=True,
                        help_text="With everything below them.",
                        related_name="+",
                        to="tickets.category",
                        verbose_name="categories",
                    ),
                ),
                (
                    "channels",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="contact_channels.channel", verbose_name="channels"
                    ),
                ),
                (
                    "customer_tags",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="customers.tag", verbose_name="tags of the customer"
                    ),
                ),
                (
                    "vendors",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Of the team that the ticket is given to.",
                        related_name="+",
                        to="accounts.vendor",
                        verbose_name="vendors",
                    ),
                ),
            ],
            options={
                "verbose_name": "service level",
                "verbose_name_plural": "service levels",
                "ordering": ["is_default", "position", "key"],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("answer", "Taken by somebody"),
                            ("first_reply", "First reply"),
                            ("next_reply", "Next reply"),
                            ("resolution", "Resolution"),
                        ],
                        default="",
                        help_text="Empty: all targets.",
                        max_length=20,
                        verbose_name="target",
                    ),
                ),
                (
                    "share",
                    models.PositiveSmallIntegerField(
                        default=100,
                        help_text="One of the warnings of this policy, or 100 for the breach.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="at percent",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("call_assignee", "Call whoever holds the ticket"),
                            ("call_supervisors", "Call the supervisors of its team"),
                            ("call_team", "Call a team"),
                            ("call_person", "Call somebody"),
                            ("raise_priority", "Raise the priority by one"),
                            ("give_to_team", "Give it to a team"),
                            ("move_to_queue", "Move it to a queue"),
                            ("open_task", "Open a task"),
                        ],
                        max_length=20,
                        verbose_name="action",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="escalations", to="sla.policy"
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation",
                "verbose_name_plural": "escalations",
                "ordering": ["share", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Course",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tickets.ticket",
                    ),
                ),
                ("position", models.BigIntegerField(default=0)),
                (
                    "policy",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="sla.policy"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PolicyTarget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("answer", "Taken by somebody"),
                            ("first_reply", "First reply"),
                            ("next_reply", "Next reply"),
                            ("resolution", "Resolution"),
                        ],
                        default="first_reply",
                        max_length=20,
                        verbose_name="target",
                    ),
                ),
                (
                    "priority",
                    models.SmallIntegerField(
                        blank=True,
                        choices=[(10, "Low"), (20, "Normal"), (30, "High"), (40, "Urgent")],
                        help_text="Empty: all priorities.",
                        null=True,
                        verbose_name="priority",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(527040),
                        ],
                        verbose_name="minutes",
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[("working", "working time"), ("wall", "around the clock")],
                        default="working",
                        max_length=10,
                        verbose_name="counted in",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="targets", to="sla.policy"
                    ),
                ),
            ],
            options={
                "verbose_name": "target",
                "verbose_name_plural": "targets",
                "ordering": ["target", "priority"],
            },
        ),
        migrations.CreateModel(
            name="Recount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("after", models.BigIntegerField(default=0)),
                (
                    "calendar",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sla.calendar"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("answer", "Taken by somebody"),
                            ("first_reply", "First reply"),
                            ("next_reply", "Next reply"),
                            ("resolution", "Resolution"),
                        ],
                        max_length=20,
                        verbose_name="target",
                    ),
                ),
                ("minutes", models.PositiveIntegerField(verbose_name="minutes")),
                (
                    "measure",
                    models.CharField(
                        choices=[("working", "working time"), ("wall", "around the clock")],
                        default="working",
                        max_length=10,
                        verbose_name="counted in",
                    ),
                ),
                (
                    "warn_at",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("boundaries", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("breached", "Breached"),
                            ("met", "Met"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="running",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("warned", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(null=True, verbose_name="due")),
                ("next_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("ended_by", models.BigIntegerField(null=True)),
                ("ended_for", models.CharField(blank=True, default="", max_length=20)),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.calendar",
                        verbose_name="calendar",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="sla.policy",
                        verbose_name="service level",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="timers", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "timer",
                "verbose_name_plural": "timers",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="TimerChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("paused", "Paused"),
                            ("resumed", "Resumed"),
                            ("recounted", "Counted anew"),
                            ("warned", "Warned"),
                            ("breached", "Breached"),
                            ("met", "Met"),
                            ("ended_late", "Ended, too late"),
                            ("cancelled", "Cancelled"),
                            ("reopened", "Opened again"),
                            ("superseded", "Passed over"),
                            ("escalated", "Escalated"),
                            ("refused", "Escalation refused"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("share", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.CharField(blank=True, default="", max_length=60)),
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="sla.policy",
                    ),
                ),
                (
                    "timer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="sla.timer"
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a timer",
                "verbose_name_plural": "changes of timers",
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_sla_policy"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gte", 1), ("share__lte", 100)), name="escalation_share_in_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="policytarget",
            constraint=models.UniqueConstraint(
                fields=("policy", "target", "priority"), name="one_minutes_per_target", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="policytarget",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__gte", 1), ("minutes__lte", 527040)), name="target_minutes_in_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="timer",
            index=models.Index(condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="timer_next"),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("ticket", "target"), name="one_open_timer_per_target"
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at", None), ("next_at", None), _connector="OR"),
                name="ended_timer_waits_for_nothing",
            ),
        ),
    ]
