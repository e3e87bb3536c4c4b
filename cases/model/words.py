"""The words of case management: kinds, classes, stages, outcomes, channels."""

from enum import StrEnum


class Kind(StrEnum):
    """What the complainant brings."""

    COMPLAINT = "complaint"
    ASPIRATION = "aspiration"
    INFORMATION_REQUEST = "information_request"


class CaseClass(StrEnum):
    """Sets the clocks."""

    INFORMATION = "information"
    ORDINARY = "ordinary"
    OVERSIGHT = "oversight"


class Sensitivity(StrEnum):
    """Only ever raised towards more protection."""

    NORMAL = "normal"
    SENSITIVE = "sensitive"
    OVERSIGHT = "oversight"


class Priority(StrEnum):
    """How soon a case is to be looked at."""

    NORMAL = "normal"
    HIGH = "high"
    EMERGENCY = "emergency"


class Stage(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    VERIFICATION = "verification"
    AWAITING_COMPLETION = "awaiting_completion"
    DISPOSITION = "disposition"
    FOLLOW_UP = "follow_up"
    AWAITING_APPROVAL = "awaiting_approval"
    RESPONDED = "responded"
    AWAITING_REFERRAL = "awaiting_referral"
    CLOSED = "closed"


class Status(StrEnum):
    """The public word for the stage, as the national portal uses it."""

    BELUM = "Belum"
    PROSES = "Proses"
    SELESAI = "Selesai"


_BELUM = {Stage.RECEIVED, Stage.VERIFICATION, Stage.AWAITING_COMPLETION}


def status_of(stage: Stage) -> Status:
    """The public status that a stage stands for."""
    if stage in _BELUM:
        return Status.BELUM
    return Status.SELESAI if stage is Stage.CLOSED else Status.PROSES


class Outcome(StrEnum):
    """How a closed case ended."""

    RESOLVED = "resolved"
    AUTO_CLOSED = "auto_closed"
    ANSWERED = "answered"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"
    MERGED = "merged"
    REFERRED = "referred"
    OMBUDSMAN = "ombudsman"


class Channel(StrEnum):
    """How a complaint reached the body."""

    WEB = "web"
    FRONT_DESK = "front_desk"
    LETTER = "letter"
    TELEPHONE = "telephone"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    SOCIAL_MEDIA = "social_media"
    MOBILE_APP = "mobile_app"
    LAPOR = "lapor"
    OPEN311 = "open311"
    CSV_IMPORT = "csv_import"
