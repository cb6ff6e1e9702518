from apps.routing.models.capacity import CapacityRule
from apps.routing.models.connection import DeskConnection
from apps.routing.models.queue import OverflowRow, QueueShare, QueueSkill, RoutingQueue
from apps.routing.models.state import AgentState, AgentStateChange, BreakReason

__all__ = [
    "AgentState",
    "AgentStateChange",
    "BreakReason",
    "CapacityRule",
    "DeskConnection",
    "OverflowRow",
    "QueueShare",
    "QueueSkill",
    "RoutingQueue",
]
