"""Rules may watch the floor of one vendor. Before deploy: rows that are there watch the whole house, as they did."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_counter_and_webhook_permissions"),
        ("alerts", "0001_alerts"),
        ("contact_channels", "0006_sending_rate"),
        ("sla", "0005_service_levels"),
        ("tickets", "0013_who_transfers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="alertrule",
            name="alert_rule_of_a_queue_or_a_channel",
        ),
        migrations.AddField(
            model_name="alertrule",
            name="vendor",
            field=models.ForeignKey(
                blank=True,
                help_text="A vendor: counted as its supervisors see it, and told to them as well. Empty: the whole house.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.vendor",
                verbose_name="floor of",
            ),
        ),
        migrations.AlterField(
            model_name="alertrule",
            name="people",
            field=models.ManyToManyField(
                blank=True,
                help_text="People who supervise this floor. Each gets it in their language, with what they may see.",
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="mail to",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("comparison", "above"),
                        ("limit", 0),
                        ("margin", 0),
                        ("measure", "channel"),
                        ("queue", None),
                        ("vendor", None),
                    ),
                    models.Q(models.Q(("measure", "channel"), _negated=True), ("channel", None)),
                    _connector="OR",
                ),
                name="alert_rule_of_a_queue_or_a_channel",
            ),
        ),
    ]
