"""Accounts that were off before it was kept by whom: the house's, unless the audit trail says that somebody of a company
switched them off. After deploy.
"""

from django.db import migrations


def mark(apps, schema_editor):
    using = schema_editor.connection.alias
    users = apps.get_model("accounts", "User").objects.using(using)
    trail = apps.get_model("core", "AuditEntry").objects.using(using)
    trail = trail.filter(action="user.deactivated", subject_type="accounts.user")
    for user in users.filter(is_active=False, is_shut_out_by_house=False).only("pk").iterator():
        by = (
            trail.filter(subject_id=user.pk).order_by("-created", "-pk").values_list("actor_user_id", flat=True).first()
        )
        if by is None or not users.filter(pk=by, vendor__isnull=False).exists():
            users.filter(pk=user.pk).update(is_shut_out_by_house=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_who_was_shut_out_by_the_house"), ("core", "0010_file_scans")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
