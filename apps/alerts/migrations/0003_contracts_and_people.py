"""Alerts of contracts and people beside those of queues and channels. Before deploy: what is there stays as it is."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_sign_in_providers"),
        ("alerts", "0002_vendors_floor"),
        ("contact_channels", "0007_transfers_abroad"),
        ("outsourcing", "0008_outlooks_of_terms"),
        ("sla", "0005_service_levels"),
        ("tickets", "0016_first_hand_over_reasons"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="alert",
            name="one_live_alert_each",
        ),
        migrations.RemoveConstraint(
            model_name="alert",
            name="alert_of_a_queue_or_a_channel",
        ),
        migrations.AddField(
            model_name="alert",
            name="contract",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="outsourcing.contract",
                verbose_name="contract",
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="skill",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.skill",
                verbose_name="skill",
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="term",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="outsourcing.slaterm",
                verbose_name="term",
            ),
        ),
        migrations.AlterField(
            model_name="alertrule",
            name="limit",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Seconds for waits, percent for service levels, days before a contract ends, else a count. Other matters of vendors and people need none.",
                validators=[django.core.validators.MaxValueValidator(1000000)],
                verbose_name="limit",
            ),
        ),
        migrations.AlterField(
            model_name="alertrule",
            name="measure",
            field=models.CharField(
                choices=[
                    ("waiting", "Tickets that wait"),
                    ("oldest_wait", "Longest wait (seconds)"),
                    ("service_level", "Service level now (percent)"),
                    ("free_agents", "Free agents"),
                    ("breaches", "Promises about to break"),
                    ("channel", "A channel is stuck"),
                    ("term_at_risk", "Vendors: a term of a contract is at risk"),
                    ("term_missed", "Vendors: a term of a contract is out of reach"),
                    ("quality", "Vendors: ratings below what a contract asks for"),
                    ("certificate", "Vendors: a certificate runs out soon"),
                    ("contract_ends", "Vendors: a contract ends soon (days)"),
                    ("reveals", "Unusually many masked values shown to somebody"),
                ],
                default="waiting",
                max_length=20,
                verbose_name="figure",
            ),
        ),
        migrations.AlterField(
            model_name="alertrule",
            name="vendor",
            field=models.ForeignKey(
                blank=True,
                help_text="A vendor: counted as its supervisors see it, and told to them as well. Empty: the whole house, or each vendor.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.vendor",
                verbose_name="floor of",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["rising", "open"])),
                fields=("rule", "queue", "channel", "contract", "term", "person", "skill"),
                name="one_live_alert_each",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel__isnull", False), ("contract", None), ("person", None), ("queue", None)),
                    models.Q(("channel", None), ("contract", None), ("person", None), ("queue__isnull", False)),
                    models.Q(("channel", None), ("contract__isnull", False), ("queue", None)),
                    models.Q(("channel", None), ("person__isnull", False), ("queue", None)),
                    _connector="OR",
                ),
                name="alert_of_one_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "measure__in",
                            ("term_at_risk", "term_missed", "quality", "certificate", "contract_ends", "reveals"),
                        ),
                        _negated=True,
                    ),
                    models.Q(("channel", None), ("margin", 0), ("queue", None)),
                    _connector="OR",
                ),
                name="alert_rule_of_a_matter",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "measure__in",
                            ("channel", "term_at_risk", "term_missed", "quality", "certificate", "reveals"),
                        ),
                        _negated=True,
                    ),
                    models.Q(("comparison", "above"), ("limit", 0), ("margin", 0)),
                    _connector="OR",
                ),
                name="alert_rule_of_a_state",
            ),
        ),
    ]
