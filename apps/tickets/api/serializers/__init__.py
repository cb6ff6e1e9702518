from apps.tickets.api.serializers.events import EventPageOutput, HistoryListOutput, HistoryOutput
from apps.tickets.api.serializers.messages import (
    AttachmentOutput,
    ForwardInput,
    MessageInput,
    MessageOutput,
    UploadInput,
)
from apps.tickets.api.serializers.moves import (
    AssignmentInput,
    HelperListOutput,
    HelperOutput,
    LinkInput,
    LinkListOutput,
    LinkOutput,
    MergeInput,
    ProofInput,
    SpamInput,
    StatusInput,
    TransferInput,
)
from apps.tickets.api.serializers.tickets import InteractionOutput, TicketCreateInput, TicketOutput, TicketUpdateInput
from apps.tickets.api.serializers.vocabulary import CategoryOutput, QueueOutput
from apps.tickets.api.serializers.ways import PreviewInput, PreviewOutput, ReplyRouteListOutput, ReplyRouteOutput

__all__ = [
    "AssignmentInput",
    "AttachmentOutput",
    "CategoryOutput",
    "EventPageOutput",
    "ForwardInput",
    "HelperListOutput",
    "HelperOutput",
    "HistoryListOutput",
    "HistoryOutput",
    "InteractionOutput",
    "LinkInput",
    "LinkListOutput",
    "LinkOutput",
    "MergeInput",
    "MessageInput",
    "MessageOutput",
    "PreviewInput",
    "PreviewOutput",
    "ProofInput",
    "QueueOutput",
    "ReplyRouteListOutput",
    "ReplyRouteOutput",
    "SpamInput",
    "StatusInput",
    "TicketCreateInput",
    "TicketOutput",
    "TicketUpdateInput",
    "TransferInput",
    "UploadInput",
]
