"""The state of who does not answer. Before deploy; choices only, nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0008_missed_offers_until_away"),
    ]

    operations = [
        migrations.AlterField(
            model_name="agentstate",
            name="state",
            field=models.CharField(
                choices=[
                    ("available", "Available"),
                    ("busy", "Busy"),
                    ("break", "On a break"),
                    ("after_work", "After-call work"),
                    ("training", "In training"),
                    ("away", "Away: offers missed"),
                    ("offline", "Offline"),
                ],
                default="offline",
                max_length=12,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="agentstatechange",
            name="cause",
            field=models.CharField(
                choices=[
                    ("self", "themselves"),
                    ("forced", "a supervisor"),
                    ("connection_lost", "lost connection"),
                    ("deactivated", "account switched off"),
                    ("missed_offers", "offers missed in a row"),
                ],
                max_length=16,
                verbose_name="cause",
            ),
        ),
        migrations.AlterField(
            model_name="agentstatechange",
            name="state",
            field=models.CharField(
                choices=[
                    ("available", "Available"),
                    ("busy", "Busy"),
                    ("break", "On a break"),
                    ("after_work", "After-call work"),
                    ("training", "In training"),
                    ("away", "Away: offers missed"),
                    ("offline", "Offline"),
                ],
                max_length=12,
                verbose_name="state",
            ),
        ),
    ]
