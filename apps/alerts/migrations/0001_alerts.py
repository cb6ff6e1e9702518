"""Limits of the figures of the floor, and what crossed them. Before deploy; nothing is watched until a manager says what."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contact_channels", "0006_sending_rate"),
        ("sla", "0005_service_levels"),
        ("tickets", "0011_public_comments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("rising", "Not for long enough yet"), ("open", "Not over yet"), ("cleared", "Over")],
                        default="rising",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("figure", models.IntegerField(null=True, verbose_name="figure")),
                ("since", models.DateTimeField(verbose_name="crossed")),
                ("fired_at", models.DateTimeField(null=True, verbose_name="fired")),
                ("back_since", models.DateTimeField(null=True, verbose_name="back since")),
                ("cleared_at", models.DateTimeField(null=True, verbose_name="over since")),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("back", "back within its limit"),
                            ("closed", "outside of its hours"),
                            ("unwatched", "not watched any more"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="why over",
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged")),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="acknowledged by",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="channel",
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
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="AlertChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[("fired", "Fired"), ("acknowledged", "Acknowledged"), ("cleared", "Over")],
                        max_length=15,
                        verbose_name="step",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("figure", models.IntegerField(null=True, verbose_name="figure")),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="alerts.alert"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of an alert",
                "verbose_name_plural": "steps of alerts",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("waiting", "Tickets that wait"),
                            ("oldest_wait", "Longest wait (seconds)"),
                            ("service_level", "Service level now (percent)"),
                            ("free_agents", "Free agents"),
                            ("breaches", "Promises about to break"),
                            ("channel", "A channel is stuck"),
                        ],
                        default="waiting",
                        max_length=20,
                        verbose_name="figure",
                    ),
                ),
                (
                    "comparison",
                    models.CharField(
                        choices=[("above", "more than"), ("below", "less than")],
                        default="above",
                        max_length=10,
                        verbose_name="alarming when",
                    ),
                ),
                (
                    "limit",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Seconds for waits, percent for service levels, else a count.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="limit",
                    ),
                ),
                (
                    "margin",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Over only once the figure is back by so much more, so that one that trembles tells once.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="margin",
                    ),
                ),
                (
                    "hold_seconds",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="How long it must be so before anybody is told; and as long back before it is over.",
                        validators=[django.core.validators.MaxValueValidator(3600)],
                        verbose_name="holds for (seconds)",
                    ),
                ),
                (
                    "quiet_minutes",
                    models.PositiveIntegerField(
                        default=15,
                        help_text="After an alert of a queue or channel there is no other one of it for so long.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="then quiet for (minutes)",
                    ),
                ),
                (
                    "ways",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("screen", "Screens of supervisors"),
                                ("mail", "Mail to the people below"),
                                ("webhook", "Outgoing webhooks and the stream of events"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="told by",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        help_text="Watched during these hours only. Empty: always.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.calendar",
                        verbose_name="calendar",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        help_text="For channels that are stuck only. Empty: each channel by itself.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "people",
                    models.ManyToManyField(
                        blank=True,
                        help_text="People of the house who supervise. Each gets it in their language, with what they may see.",
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="mail to",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: each queue by itself.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        blank=True,
                        help_text="The mailbox whose server sends it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="mail from",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert rule",
                "verbose_name_plural": "alert rules",
                "ordering": ["key"],
            },
        ),
        migrations.AddField(
            model_name="alert",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alerts",
                to="alerts.alertrule",
                verbose_name="rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("comparison", "above"), ("limit", 0), ("margin", 0), ("measure", "channel"), ("queue", None)
                    ),
                    models.Q(models.Q(("measure", "channel"), _negated=True), ("channel", None)),
                    _connector="OR",
                ),
                name="alert_rule_of_a_queue_or_a_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("comparison", "above"), _negated=True),
                    ("margin__lte", models.F("limit")),
                    _connector="OR",
                ),
                name="alert_rule_can_be_over",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["fired_at"], name="alert_fired"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["rising", "open"])),
                fields=("rule", "queue", "channel"),
                name="one_live_alert_each",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel__isnull", False), ("queue", None)),
                    models.Q(("channel", None), ("queue__isnull", False)),
                    _connector="OR",
                ),
                name="alert_of_a_queue_or_a_channel",
            ),
        ),
    ]
