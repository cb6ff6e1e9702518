from apps.counter.models.branch import Branch, ServiceType
from apps.counter.models.visit import DayCounter, Visit
from apps.counter.models.window import Window

__all__ = ["Branch", "DayCounter", "ServiceType", "Visit", "Window"]
