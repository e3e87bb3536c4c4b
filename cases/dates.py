"""Between exclusive UTC deadlines and the days that people are shown."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def last_day(due_at: datetime | None, zone: ZoneInfo) -> date | None:
    """The last local day of a deadline: ``due_at`` is the midnight that ends it, and of the next day."""
    return None if due_at is None else day_of(due_at, zone)


def day_of(due_at: datetime, zone: ZoneInfo) -> date:
    """The last local day of a deadline that is known."""
    return (due_at - timedelta(microseconds=1)).astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins; east of Greenwich the first day of all begins before any instant."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day is over, exclusive."""
    return day_start(day + timedelta(days=1), zone) if day < date.max else datetime.max.replace(tzinfo=UTC)
