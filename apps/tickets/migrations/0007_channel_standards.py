"""Allowed teams, tags and a rate for what a channel brings in, and rules for what is said on it. Before deploy; blocks nobody."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_staff"),
        ("contact_channels", "0005_client_conversations"),
        ("customers", "0003_claims_and_proofs"),
        ("tickets", "0006_open_work_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="intakerule",
            name="new_per_minute",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="What the same sender writes beyond it within a minute is kept, marked, on the newest of these tickets. Empty: no limit.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="new tickets a minute from one sender",
            ),
        ),
        migrations.AddField(
            model_name="intakerule",
            name="tags",
            field=models.ManyToManyField(
                blank=True,
                help_text="Put on each new ticket.",
                related_name="+",
                to="customers.tag",
                verbose_name="tags",
            ),
        ),
        migrations.AddField(
            model_name="intakerule",
            name="teams",
            field=models.ManyToManyField(
                blank=True,
                help_text="Only their members can be given tickets of this channel, or take them. Empty: everybody who may.",
                related_name="+",
                to="accounts.team",
                verbose_name="allowed teams",
            ),
        ),
        migrations.CreateModel(
            name="ContentRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "forbidden_words",
                    models.TextField(
                        blank=True,
                        help_text="One a line; after = what to write instead: “guaranteed = as a rule”. Capitals make no difference.",
                        verbose_name="forbidden words",
                    ),
                ),
                (
                    "words_breach",
                    models.CharField(
                        choices=[
                            ("allow", "Send it"),
                            ("ask", "Ask the writer to confirm"),
                            ("refuse", "Do not send it"),
                        ],
                        default="refuse",
                        max_length=10,
                        verbose_name="with a forbidden word",
                    ),
                ),
                (
                    "link_policy",
                    models.CharField(
                        choices=[("any", "All links"), ("listed", "Only to the listed domains"), ("none", "No links")],
                        default="any",
                        max_length=10,
                        verbose_name="links",
                    ),
                ),
                (
                    "link_domains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=253),
                        blank=True,
                        default=list,
                        help_text="Separated by commas; each with all below it: example.com allows shop.example.com.",
                        size=None,
                        verbose_name="domains that may be linked to",
                    ),
                ),
                (
                    "links_breach",
                    models.CharField(
                        choices=[
                            ("allow", "Send it"),
                            ("ask", "Ask the writer to confirm"),
                            ("refuse", "Do not send it"),
                        ],
                        default="refuse",
                        max_length=10,
                        verbose_name="with another link",
                    ),
                ),
                (
                    "personal_data",
                    models.CharField(
                        choices=[
                            ("allow", "Send it"),
                            ("ask", "Ask the writer to confirm"),
                            ("refuse", "Do not send it"),
                        ],
                        default="allow",
                        help_text="Numbers of bank cards and identity documents that staff write to customers.",
                        max_length=10,
                        verbose_name="with a card or identity number",
                    ),
                ),
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "content rule",
                "verbose_name_plural": "content rules",
            },
        ),
    ]
