from apps.alerts.models.alert import Alert, AlertChange
from apps.alerts.models.rule import AlertRule

__all__ = ["Alert", "AlertChange", "AlertRule"]
