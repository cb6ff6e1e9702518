"""What a vendor's people need before they are given work: skills, certificates, on-boarding. Before deploy."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_vendor_manager"),
        ("outsourcing", "0002_most_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="remind_days",
            field=models.PositiveSmallIntegerField(
                default=14,
                help_text="So many days before one runs out, its end is told.",
                verbose_name="reminder of certificates (days)",
            ),
        ),
        migrations.AddField(
            model_name="contract",
            name="vendor_certifies",
            field=models.BooleanField(
                default=False,
                help_text="Its managers may certify their own people in the required skills. Otherwise only the house does.",
                verbose_name="the vendor certifies",
            ),
        ),
        migrations.CreateModel(
            name="OnboardingStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "is_for_house",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise the vendor's managers tick it as well.",
                        verbose_name="ticked in-house",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of on-boarding",
                "verbose_name_plural": "steps of on-boarding",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CertificateReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certified_until", models.DateField(verbose_name="certified until")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                (
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.skill",
                        verbose_name="skill",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder of a certificate",
                "verbose_name_plural": "reminders of certificates",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "skill", "certified_until"), name="one_reminder_a_certificate"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractSkill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "least_level",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="level at least",
                    ),
                ),
                (
                    "needs_certificate",
                    models.BooleanField(
                        default=True,
                        help_text="With a day until which it holds. After that day no work is given until it is renewed.",
                        verbose_name="certificate",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skills",
                        to="outsourcing.contract",
                        verbose_name="contract",
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
            ],
            options={
                "verbose_name": "required skill",
                "verbose_name_plural": "required skills",
                "ordering": ["skill__key"],
                "constraints": [models.UniqueConstraint(fields=("contract", "skill"), name="skill_once_a_contract")],
            },
        ),
        migrations.CreateModel(
            name="OnboardingTick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ticks",
                        to="outsourcing.onboardingstep",
                        verbose_name="step",
                    ),
                ),
                (
                    "ticked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ticked by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "finished step",
                "verbose_name_plural": "finished steps",
                "constraints": [models.UniqueConstraint(fields=("step", "user"), name="step_once_a_person")],
            },
        ),
    ]
