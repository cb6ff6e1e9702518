"""Branches, services, windows and visits of the counter. Before deploy."""

import secrets

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields
import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_staff"),
        ("contact_channels", "0004_platform_cursors"),
        ("sla", "0003_policies"),
        ("tickets", "0006_open_work_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                (
                    "prefix",
                    models.CharField(
                        help_text="Begins the numbers of this service: A017.",
                        max_length=1,
                        unique=True,
                        validators=[django.core.validators.RegexValidator("^[A-Z]$", "One capital letter.")],
                        verbose_name="letter",
                    ),
                ),
                (
                    "usual_minutes",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Told from until enough visits were measured. Empty: no waiting time is told until then.",
                        null=True,
                        verbose_name="usual minutes a visit",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
            ],
            options={
                "verbose_name": "service",
                "verbose_name_plural": "services",
                "ordering": ["position", "prefix"],
            },
        ),
        migrations.CreateModel(
            name="Branch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "key",
                    models.SlugField(
                        help_text="Stands in the address of the display.", unique=True, verbose_name="key"
                    ),
                ),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("address", apps.core.fields.TranslatedTextField(blank=True, verbose_name="address")),
                ("time_zone", models.CharField(default="Asia/Shanghai", max_length=64, verbose_name="time zone")),
                (
                    "kiosk_key",
                    models.CharField(
                        default=secrets.token_urlsafe,
                        editable=False,
                        max_length=43,
                        unique=True,
                        verbose_name="kiosk key",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        help_text="Kiosks give numbers only while it is open. Empty: at any time.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.calendar",
                        verbose_name="calendar",
                    ),
                ),
                (
                    "channel",
                    models.OneToOneField(
                        help_text="Visits are interactions on this channel.",
                        limit_choices_to={"kind": "counter"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "teams",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Who may work at its windows.",
                        related_name="+",
                        to="accounts.team",
                        verbose_name="teams",
                    ),
                ),
                (
                    "services",
                    models.ManyToManyField(
                        related_name="branches", to="counter.servicetype", verbose_name="services offered"
                    ),
                ),
            ],
            options={
                "verbose_name": "branch",
                "verbose_name_plural": "branches",
                "ordering": ["key"],
            },
        ),
        migrations.CreateModel(
            name="Window",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "label",
                    models.CharField(
                        help_text="What stands above it, as on the display: 1, 2, A.",
                        max_length=8,
                        verbose_name="number",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("seated_at", models.DateTimeField(editable=False, null=True, verbose_name="since")),
                (
                    "agent",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="windows",
                        to="counter.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "services",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Empty: all that the branch offers.",
                        related_name="+",
                        to="counter.servicetype",
                        verbose_name="services",
                    ),
                ),
            ],
            options={
                "verbose_name": "window",
                "verbose_name_plural": "windows",
                "ordering": ["branch", "label"],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("day", models.DateField(verbose_name="day")),
                ("number", models.CharField(max_length=12, verbose_name="number")),
                ("client_id", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("called", "called"),
                            ("serving", "being served"),
                            ("done", "served"),
                            ("skipped", "set aside"),
                            ("no_show", "did not come"),
                            ("transferred", "waiting again after a transfer"),
                            ("left", "left the queue"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("elderly", "Elderly"),
                            ("disabled", "With a disability"),
                            ("pregnant", "Pregnant or with an infant"),
                            ("other", "Other reason"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="priority",
                    ),
                ),
                ("is_priority", models.BooleanField(default=False, editable=False)),
                ("language", models.CharField(blank=True, default="", max_length=10, verbose_name="language")),
                ("issued_at", models.DateTimeField(verbose_name="issued")),
                ("calls", models.PositiveSmallIntegerField(default=0, verbose_name="calls")),
                ("first_called_at", models.DateTimeField(null=True, verbose_name="first called")),
                ("called_at", models.DateTimeField(null=True, verbose_name="last called")),
                ("serving_at", models.DateTimeField(null=True, verbose_name="service began")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "proof",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("claimed", "As claimed"),
                            ("document", "Document seen"),
                            ("code", "One-time code confirmed"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="identity",
                    ),
                ),
                (
                    "document",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("id_card", "Identity card"),
                            ("passport", "Passport"),
                            ("residence", "Residence permit"),
                            ("driving", "Driving licence"),
                            ("other", "Another document"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="document",
                    ),
                ),
                (
                    "document_tail",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", verbose_name="last four characters"
                    ),
                ),
                ("has_consented", models.BooleanField(default=False, verbose_name="consents")),
                ("satisfaction", models.PositiveSmallIntegerField(null=True, verbose_name="satisfaction")),
                (
                    "agent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="counter.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "interaction",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.interaction",
                        verbose_name="interaction",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="counter.servicetype",
                        verbose_name="service",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.ticket",
                        verbose_name="ticket",
                    ),
                ),
                (
                    "wanted_window",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="counter.window"
                    ),
                ),
                (
                    "window",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="counter.window",
                        verbose_name="window",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit",
                "verbose_name_plural": "visits",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DayCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(max_length=1)),
                ("day", models.DateField()),
                ("last", models.PositiveIntegerField(default=0)),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="counter.branch"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("branch", "day", "prefix"), name="one_counter_per_day")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.UniqueConstraint(fields=("branch", "label"), name="one_window_per_label"),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.UniqueConstraint(
                condition=models.Q(("agent__isnull", False)), fields=("agent",), name="one_window_per_agent"
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "transferred", "skipped"])),
                fields=["branch", "day", "-is_priority", "issued_at", "id"],
                name="visit_line",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("state", "done")), fields=["branch", "service", "-ended_at"], name="visit_lately"
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(fields=("branch", "day", "number"), name="one_visit_per_number"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("client_id", ""), _negated=True),
                fields=("branch", "client_id"),
                name="one_visit_per_drawing",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["called", "serving"])), fields=("window",), name="one_visit_at_window"
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_priority", False), ("reason", "")),
                    models.Q(("is_priority", True), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="visit_priority_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("satisfaction", None),
                    models.Q(("satisfaction__gte", 1), ("satisfaction__lte", 5)),
                    _connector="OR",
                ),
                name="visit_satisfaction_one_to_five",
            ),
        ),
    ]
