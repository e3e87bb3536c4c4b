"""What waits in the queues, and the workers."""

from marshmallow import Schema, fields

from api.schemas.common import Instant


class QueuesSchema(Schema):
    """How much is due now; no count exceeds 100,000."""

    at = Instant(required=True)
    timers_due = fields.Integer(required=True)
    timers_failed = fields.Integer(required=True, metadata={"description": "Given up."})
    oldest_timer = Instant(required=True, allow_none=True)
    alerts_due = fields.Integer(required=True)
    starts_due = fields.Integer(required=True)
    jobs_due = fields.Integer(required=True)
    jobs_failed = fields.Integer(required=True)
    outbox_waiting = fields.Integer(required=True)
    outbox_failed = fields.Integer(required=True)
    oldest_message = Instant(required=True, allow_none=True)
    incidents_open = fields.Integer(required=True)
    recalculations_open = fields.Integer(required=True)
    workers_alive = fields.Integer(required=True)


class WorkerSchema(Schema):
    """A worker process that was heard of within a day."""

    id = fields.String(required=True)
    host = fields.String(required=True)
    pid = fields.Integer(required=True)
    release = fields.String(required=True)
    started_at = Instant(required=True)
    seen_at = Instant(required=True)
    alive = fields.Boolean(required=True, metadata={"description": "Heard of within a minute."})


class SystemSchema(Schema):
    """The running system."""

    queues = fields.Nested(QueuesSchema, required=True)
    workers = fields.List(fields.Nested(WorkerSchema), required=True)
