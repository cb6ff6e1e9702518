"""Where a channel's servers stand, and what allows the transfer there. Before deploy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0006_sending_rate"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="server_region",
            field=models.CharField(
                blank=True,
                choices=[
                    ("own", "our own servers"),
                    ("mainland", "mainland China"),
                    ("eu", "European Union"),
                    ("us", "United States"),
                    ("japan", "Japan"),
                    ("other", "another country, or several"),
                ],
                db_default="",
                default="",
                help_text="Empty: as usual for this kind of channel.",
                max_length=10,
                verbose_name="where the servers stand",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="transfer_basis",
            field=models.CharField(
                blank=True,
                choices=[
                    ("assessment", "security assessment passed (PIPL 38)"),
                    ("contract_pipl", "standard contract filed (PIPL 38)"),
                    ("certification", "certified (PIPL 38)"),
                    (
                        "exempt",
                        "exempt: needed for a contract with the person, or below the thresholds (rules of 2024)",
                    ),
                    ("consent", "separate consent of the person (PIPL 39; GDPR 49)"),
                    ("adequacy", "adequacy decision (GDPR 45)"),
                    ("contract_gdpr", "standard contractual clauses (GDPR 46)"),
                    ("binding_rules", "binding corporate rules (GDPR 46)"),
                ],
                db_default="",
                default="",
                max_length=20,
                verbose_name="basis for the transfer abroad",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="transfer_note",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Number and date of the filing, the contract or the text of the consent.",
                max_length=300,
                verbose_name="reference",
            ),
        ),
    ]
