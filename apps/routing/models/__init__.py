from apps.routing.models.attempt import VendorAttempt
from apps.routing.models.capacity import CapacityRule
from apps.routing.models.connection import DeskConnection
from apps.routing.models.learned import LearnedRecord
from apps.routing.models.queue import OverflowRow, QueueShare, QueueSkill, RoutingQueue
from apps.routing.models.rule import RoutingRule
from apps.routing.models.state import AgentState, AgentStateChange, BreakReason

__all__ = [
    "AgentState",
    "AgentStateChange",
    "BreakReason",
    "CapacityRule",
    "DeskConnection",
    "LearnedRecord",
    "OverflowRow",
    "QueueShare",
    "QueueSkill",
    "RoutingQueue",
    "RoutingRule",
    "VendorAttempt",
]
