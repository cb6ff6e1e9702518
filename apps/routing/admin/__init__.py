"""How work is routed, what managers say about the floor, and the logs."""

from django.contrib import admin

from apps.routing.admin import rules_page, trial
from apps.routing.admin.floor import AgentStateChangeAdmin, BreakReasonAdmin, CapacityRuleAdmin
from apps.routing.admin.learned import LearnedRecordAdmin, VendorAttemptAdmin
from apps.routing.admin.queues import RoutingQueueAdmin
from apps.routing.admin.rules import RoutingRuleAdmin

rules_page.add_to(admin.site)
trial.add_to(admin.site)

__all__ = [
    "AgentStateChangeAdmin",
    "BreakReasonAdmin",
    "CapacityRuleAdmin",
    "LearnedRecordAdmin",
    "RoutingQueueAdmin",
    "RoutingRuleAdmin",
    "VendorAttemptAdmin",
]
