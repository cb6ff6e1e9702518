"""How queues hand out their work. Before deploy; nothing is handed out until a queue is switched on."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_skills"),
        ("routing", "0002_who_takes_part"),
        ("tickets", "0011_public_comments"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoutingQueue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "is_automatic",
                    models.BooleanField(
                        default=False,
                        help_text="Free tickets are offered to available people. Off: people take them by themselves.",
                        verbose_name="hands out work",
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        choices=[
                            ("longest_idle", "who has been idle the longest"),
                            ("least_loaded", "who is least loaded"),
                            ("best_skill", "who has the best skills"),
                            ("round_robin", "one after the other"),
                            ("last_agent", "who served the customer last"),
                            ("percentage_split", "by shares"),
                        ],
                        default="longest_idle",
                        max_length=20,
                        verbose_name="chooses",
                    ),
                ),
                (
                    "offer_seconds",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(3600),
                        ],
                        verbose_name="an offer stands for (seconds)",
                    ),
                ),
                (
                    "growth_per_minute",
                    models.FloatField(
                        default=1.0,
                        help_text="Points that waiting adds; from normal to high are 10. Nobody waits for ever.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="urgency a minute",
                    ),
                ),
                (
                    "value_weight",
                    models.FloatField(
                        default=0,
                        help_text="Points for each point of value: silver 25, gold 50, VIP 100.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="urgency by customer's value",
                    ),
                ),
                (
                    "is_hybrid",
                    models.BooleanField(
                        default=False,
                        help_text="The house takes what is dear, what failed three times, and what is too much for vendors.",
                        verbose_name="standard matters to vendors",
                    ),
                ),
                (
                    "senior_from",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Customers of this value and above go to senior people in-house. Empty: no such rule.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="senior people from value",
                    ),
                ),
                (
                    "overload_percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="the house helps from load (%)",
                    ),
                ),
                (
                    "overload_wait",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="the house helps after (seconds)"),
                ),
                (
                    "failed_attempts",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="unsuccessful attempts of vendors",
                    ),
                ),
                (
                    "queue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="routing",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "senior_team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.team",
                        verbose_name="team of the senior people",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing of a queue",
                "verbose_name_plural": "routing of queues",
                "ordering": ["queue__position", "queue__key"],
            },
        ),
        migrations.CreateModel(
            name="QueueSkill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.skill",
                        verbose_name="skill",
                    ),
                ),
                (
                    "routing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="skills", to="routing.routingqueue"
                    ),
                ),
            ],
            options={
                "verbose_name": "needed skill",
                "verbose_name_plural": "needed skills",
                "constraints": [models.UniqueConstraint(fields=("routing", "skill"), name="one_need_per_skill")],
            },
        ),
        migrations.CreateModel(
            name="QueueShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="share (%)",
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
                (
                    "routing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="routing.routingqueue"
                    ),
                ),
            ],
            options={
                "verbose_name": "share",
                "verbose_name_plural": "shares",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("routing", "team", "vendor"), name="one_share_per_party", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("team__isnull", True), ("vendor__isnull", True), _connector="OR"),
                        name="share_of_one_party",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OverflowRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("after", models.PositiveIntegerField(verbose_name="after (seconds)")),
                (
                    "change",
                    models.CharField(
                        choices=[
                            ("lower_skill", "a level less is enough"),
                            ("drop_skill", "the skill is not asked for"),
                            ("drop_language", "the language is not asked for"),
                            ("add_queue", "people of another queue are added"),
                            ("add_team", "people of a team are added"),
                            ("any_side", "in-house and vendors alike"),
                        ],
                        max_length=14,
                        verbose_name="what changes",
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
                    "skill",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: every skill.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.skill",
                        verbose_name="skill",
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
                    "routing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="overflow", to="routing.routingqueue"
                    ),
                ),
            ],
            options={
                "verbose_name": "overflow step",
                "verbose_name_plural": "overflow steps",
                "ordering": ["after", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("change", "add_queue"), _negated=True), ("queue__isnull", False), _connector="OR"
                        ),
                        name="overflow_names_its_queue",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("change", "add_team"), _negated=True), ("team__isnull", False), _connector="OR"
                        ),
                        name="overflow_names_its_team",
                    ),
                ],
            },
        ),
    ]
