"""Managers' rules for single matters. Before deploy; nothing changes until somebody writes one."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_skills"),
        ("contact_channels", "0006_sending_rate"),
        ("routing", "0003_queues"),
        ("tickets", "0011_public_comments"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="in force")),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("chat", "Live chat"),
                                ("messenger", "Messenger"),
                                ("mail", "Mail"),
                                ("call", "Call"),
                                ("counter", "Visit"),
                                ("ticket", "Other ticket"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="kinds of work",
                    ),
                ),
                (
                    "keywords",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        help_text="With commas. One of them in the subject or in what the customer wrote; never in personal data.",
                        size=None,
                        verbose_name="words",
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            max_length=10,
                            validators=[
                                django.core.validators.RegexValidator(
                                    "^[a-z]{2,3}(-[a-z]{2,4})?$", "A language is written like zh-hans, en or ja."
                                )
                            ],
                        ),
                        blank=True,
                        default=list,
                        help_text="With commas: zh-hans, en.",
                        size=None,
                        verbose_name="languages",
                    ),
                ),
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
                    "customer_level",
                    models.CharField(
                        blank=True,
                        choices=[("standard", "Standard"), ("silver", "Silver"), ("gold", "Gold"), ("vip", "VIP")],
                        default="",
                        max_length=20,
                        verbose_name="level of the customer, at least",
                    ),
                ),
                (
                    "intents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        help_text="With commas.",
                        size=None,
                        verbose_name="intents",
                    ),
                ),
                (
                    "sentiments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("negative", "displeased"), ("neutral", "neutral"), ("positive", "pleased")],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="moods",
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(
                            choices=[
                                (0, "Monday"),
                                (1, "Tuesday"),
                                (2, "Wednesday"),
                                (3, "Thursday"),
                                (4, "Friday"),
                                (5, "Saturday"),
                                (6, "Sunday"),
                            ]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="days of the week",
                    ),
                ),
                ("from_time", models.TimeField(blank=True, null=True, verbose_name="from")),
                (
                    "to_time",
                    models.TimeField(
                        blank=True, help_text="May lie behind midnight: 22:00 to 06:00.", null=True, verbose_name="to"
                    ),
                ),
                (
                    "goes_to",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_house", "people in-house"),
                            ("seniors", "senior people in-house"),
                            ("vendors", "people of vendors"),
                            ("team", "a team"),
                            ("vendor", "one vendor"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="goes to",
                    ),
                ),
                (
                    "widens_after",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="When none of those took it. Empty: never, but for the queue's overflow.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="to others as well after (seconds)",
                    ),
                ),
                (
                    "add_priority",
                    models.SmallIntegerField(
                        choices=[
                            (-10, "one step less"),
                            (0, "as the ticket's priority says"),
                            (10, "one step more"),
                            (20, "two steps more"),
                        ],
                        default=0,
                        verbose_name="urgency",
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="least level",
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
                    "routing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="routing.routingqueue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.skill",
                        verbose_name="needs the skill",
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
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.vendor",
                        verbose_name="vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing rule",
                "verbose_name_plural": "routing rules",
                "ordering": ["routing", "position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("goes_to", "team"), ("team__isnull", False)),
                            models.Q(models.Q(("goes_to", "team"), _negated=True), ("team__isnull", True)),
                            _connector="OR",
                        ),
                        name="rule_names_its_team",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("goes_to", "vendor"), ("vendor__isnull", False)),
                            models.Q(models.Q(("goes_to", "vendor"), _negated=True), ("vendor__isnull", True)),
                            _connector="OR",
                        ),
                        name="rule_names_its_vendor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("from_time__isnull", True), ("to_time__isnull", True)),
                            models.Q(("from_time__isnull", False), ("to_time__isnull", False)),
                            _connector="OR",
                        ),
                        name="rule_times_come_in_pairs",
                    ),
                ],
            },
        ),
    ]
