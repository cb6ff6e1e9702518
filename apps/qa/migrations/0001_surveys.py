"""Surveys, and what customers answered. Before deploy; nobody is asked until a survey is set up."""

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
        ("contact_channels", "0006_sending_rate"),
        ("tickets", "0011_public_comments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(help_text="For colleagues.", verbose_name="name")),
                (
                    "question",
                    apps.core.fields.TranslatedTextField(
                        help_text="What the customer reads above the scale.", verbose_name="question"
                    ),
                ),
                (
                    "scale",
                    models.CharField(
                        choices=[("faces", "Five faces"), ("thumbs", "Thumb up or down")],
                        default="faces",
                        max_length=10,
                        verbose_name="scale",
                    ),
                ),
                ("asks_comment", models.BooleanField(default=True, verbose_name="offers a comment")),
                (
                    "offers_callback",
                    models.BooleanField(
                        default=False,
                        help_text=(
                            "Who gives a score of 1 or 2 may ask to hear from us; the ticket is then due again."
                        ),
                        verbose_name="offers to call back",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.brand",
                        verbose_name="brand",
                    ),
                ),
                (
                    "channels",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None: all of the brand, or all there are.",
                        limit_choices_to={"kind": "chat"},
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="chat channels",
                    ),
                ),
            ],
            options={"verbose_name": "survey", "verbose_name_plural": "surveys", "ordering": ["key"]},
        ),
        migrations.CreateModel(
            name="SurveyReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", apps.core.fields.TranslatedTextField(verbose_name="reason")),
                (
                    "shown_with",
                    models.CharField(
                        choices=[("any", "Any score"), ("low", "Scores of 1 to 3"), ("high", "Scores of 4 and 5")],
                        default="any",
                        max_length=10,
                        verbose_name="offered with",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reasons", to="qa.survey"
                    ),
                ),
            ],
            options={"verbose_name": "reason", "verbose_name_plural": "reasons", "ordering": ["position", "id"]},
        ),
        migrations.CreateModel(
            name="SurveyResponse",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("score", models.PositiveSmallIntegerField(verbose_name="score")),
                (
                    "comment",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="comment"),
                ),
                ("wants_callback", models.BooleanField(default=False, verbose_name="wants to be called back")),
                (
                    "phone",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="phone"),
                ),
                ("answered_at", models.DateTimeField(verbose_name="answered")),
                ("changed_at", models.DateTimeField(null=True, verbose_name="changed")),
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
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "interaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey_response",
                        to="tickets.interaction",
                    ),
                ),
                (
                    "reasons",
                    models.ManyToManyField(related_name="+", to="qa.surveyreason", verbose_name="reasons"),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="qa.survey",
                        verbose_name="survey",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey_responses",
                        to="tickets.ticket",
                        verbose_name="ticket",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                        verbose_name="vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to a survey",
                "verbose_name_plural": "answers to surveys",
                "ordering": ["-answered_at", "-id"],
                "indexes": [models.Index(fields=["-answered_at", "-id"], name="survey_response_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score__gte", 1), ("score__lte", 5)), name="survey_score_from_one_to_five"
                    )
                ],
            },
        ),
    ]
