"""Sign-in providers, who people are there, and which of their sessions a session came from. Before deploy."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields
import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_who_certifies"),
    ]

    operations = [
        migrations.AddField(
            model_name="staffsession",
            name="provider_session",
            field=models.CharField(
                default="", help_text="What the provider calls the session, so that it can end it.", max_length=255
            ),
        ),
        migrations.CreateModel(
            name="ExternalIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(max_length=300, verbose_name="issuer")),
                ("subject", models.CharField(max_length=255, verbose_name="subject")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("last_used", models.DateTimeField(null=True, verbose_name="last used")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="external_identities",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "identity",
                "verbose_name_plural": "identities",
            },
        ),
        migrations.AddField(
            model_name="staffsession",
            name="identity",
            field=models.ForeignKey(
                help_text="At which provider, for who came in through one.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="sessions",
                to="accounts.externalidentity",
                verbose_name="signed in as",
            ),
        ),
        migrations.CreateModel(
            name="IdentityProvider",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                (
                    "key",
                    models.SlugField(
                        help_text="Part of the addresses below; it stays for good.", unique=True, verbose_name="key"
                    ),
                ),
                (
                    "name",
                    apps.core.fields.TranslatedTextField(
                        help_text="Stands on the button of the sign-in page.", verbose_name="name"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "issuer",
                    models.CharField(
                        help_text="Exactly as the provider writes it, without /.well-known at its end.",
                        max_length=300,
                        verbose_name="issuer",
                    ),
                ),
                ("client_id", models.CharField(max_length=300, verbose_name="client id")),
                (
                    "client_secret",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, verbose_name="client secret"),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="What it is asked to tell, with commas. Empty: openid, profile, email.",
                        size=None,
                        verbose_name="scopes",
                    ),
                ),
                (
                    "domains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            max_length=253,
                            validators=[
                                django.core.validators.RegexValidator(
                                    "^[a-z0-9-]+(\\.[a-z0-9-]+)+$", "Write domains like example.com."
                                )
                            ],
                        ),
                        blank=True,
                        default=list,
                        help_text="Domains, with commas. Somebody whose verified address is at one of them is the account that has this address. Empty: addresses prove nothing.",
                        size=None,
                        verbose_name="trusted for mail addresses at",
                    ),
                ),
                (
                    "creates_people",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise it opens accounts that are there.",
                        verbose_name="makes accounts for whom it vouches for",
                    ),
                ),
                (
                    "proofs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="Values of acr or amr, with commas, like mfa. Without one of them ours is asked for as well.",
                        size=None,
                        verbose_name="counts as a second factor",
                    ),
                ),
                (
                    "allows_password",
                    models.BooleanField(
                        default=True,
                        help_text="From their next sign-in.",
                        verbose_name="its people may also use a password",
                    ),
                ),
                (
                    "default_role",
                    models.ForeignKey(
                        blank=True,
                        help_text="Of new accounts, and of people for whom none of the rules below holds.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.role",
                        verbose_name="first role",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        help_text="It lets in people of this vendor only; empty: of the house only. This cannot be changed later.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_providers",
                        to="accounts.vendor",
                        verbose_name="vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-in provider",
                "verbose_name_plural": "sign-in providers",
                "ordering": ["key"],
            },
        ),
        migrations.AddField(
            model_name="externalidentity",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="identities", to="accounts.identityprovider"
            ),
        ),
        migrations.CreateModel(
            name="ClaimRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "claim",
                    models.CharField(
                        help_text="Like groups; with dots for what lies deeper.", max_length=100, verbose_name="claim"
                    ),
                ),
                ("value", models.CharField(max_length=200, verbose_name="value")),
                (
                    "role",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.role",
                        verbose_name="role",
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
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="accounts.identityprovider",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule",
                "verbose_name_plural": "rules",
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="externalidentity",
            constraint=models.UniqueConstraint(fields=("issuer", "subject"), name="external_identity_once"),
        ),
        migrations.AddConstraint(
            model_name="externalidentity",
            constraint=models.UniqueConstraint(fields=("user", "provider"), name="external_identity_once_a_user"),
        ),
    ]
