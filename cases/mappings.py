"""How a row of somebody else's export becomes a complaint: the mapping is a data file, read and checked here."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cases.model import Channel, Kind, NewComplaint, NewRef

UNMAPPED = "unmapped"
EARLIEST_YEAR = 1990
TITLE_LENGTH, PLACE_LENGTH, ID_LENGTH = 200, 300, 120


class MappingError(Exception):
    """The mapping file or the table's header does not fit; the message says what is missing."""


class RowRejectedError(Exception):
    """The row cannot become a case; the message says why, in words for the person who owns the file."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row that can become a case. ``closed_at`` is set for rows that are closed in the source."""

    id: str
    complaint: NewComplaint
    closed: bool
    closed_at: datetime | None
    status: str
    row_hash: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """One kind of export: which column holds what, how dates are written, what the codes mean."""

    key: str
    system: str
    delimiter: str
    zone: ZoneInfo
    date_formats: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    closed_statuses: frozenset[str]
    open_statuses: frozenset[str]
    channels: Mapping[str, str]
    default_channel: str
    categories: Mapping[str, str]
    url: str | None

    def check_header(self, header: Sequence[str]) -> None:
        """Refuse a table that lacks a column or names one twice; raises MappingError."""
        wanted = {name for names in self.columns.values() for name in names}
        missing = sorted(wanted - set(header))
        if missing:
            raise MappingError(
                f"The file has no column {', '.join(missing)}. Is {self.key!r} the right mapping?"
            )
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise MappingError(f"The file names the column {', '.join(twice)} twice. Rename one of them.")

    def read(self, row: Mapping[str, str], *, now: datetime) -> ImportedRow:
        """The complaint in a row; raises RowRejectedError with the reason."""
        if any("\0" in value for value in row.values()):
            raise RowRejectedError("a value holds a NUL character, which no text has")
        row_id = self._first(row, "id")
        if not row_id or len(row_id) > ID_LENGTH:
            raise RowRejectedError("the id is empty or longer than 120 characters")
        received_at = self._date(row, "received_at", now=now)
        if received_at is None:
            raise RowRejectedError("the date of receipt is empty")
        closed, status = self._closed(row)
        closed_at = self._date(row, "closed_at", now=now) if closed else None
        if closed_at is not None and closed_at < received_at:
            raise RowRejectedError(
                f"closed at {closed_at:%Y-%m-%d %H:%M:%S} before received at {received_at:%Y-%m-%d %H:%M:%S}"
            )
        complaint, warnings = self._complaint(row, row_id, received_at)
        return ImportedRow(row_id, complaint, closed, closed_at, status, row_hash(row), warnings)

    def _complaint(
        self, row: Mapping[str, str], row_id: str, received_at: datetime
    ) -> tuple[NewComplaint, tuple[str, ...]]:
        warnings: list[str] = []
        title = self._first(row, "title") or f"{self.system} {row_id}"
        text = "\n\n".join(dict.fromkeys(self._all(row, "text"))) or title
        code = self._first(row, "category")
        category = self.categories.get(code.casefold(), UNMAPPED) if code else UNMAPPED
        if code and category == UNMAPPED:
            warnings.append(f"unknown category code {code!r}")
        spelt = self._first(row, "channel").casefold()
        channel = self.channels.get(spelt, self.default_channel)
        if spelt and spelt not in self.channels:
            warnings.append(f"unknown channel {spelt!r}")
        reference = NewRef(self.system, row_id, self._url(row_id), row_hash(row))
        complaint = NewComplaint(
            title=_clip(title, TITLE_LENGTH),
            text=text if len(title) <= TITLE_LENGTH else f"{title}\n\n{text}",
            kind=Kind.COMPLAINT,
            channel=Channel(channel),
            place=_clip(", ".join(self._all(row, "place")), PLACE_LENGTH) or None,
            area=_clip(self._first(row, "area"), 60) or None,
            category=category,
            target=_clip(self._first(row, "target"), TITLE_LENGTH) or None,
            name=_clip(self._first(row, "name"), TITLE_LENGTH) or None,
            received_at=received_at,
            external_refs=(reference,),
            imported=True,
        )
        return complaint, tuple(warnings)

    def _closed(self, row: Mapping[str, str]) -> tuple[bool, str]:
        status = self._first(row, "status")
        spelt = status.casefold()
        if spelt in self.closed_statuses:
            return True, status
        if spelt in self.open_statuses:
            return False, status
        raise RowRejectedError(f"unknown status {status!r}")

    def _date(self, row: Mapping[str, str], field: str, *, now: datetime) -> datetime | None:
        text = self._first(row, field)
        if not text:
            return None
        for form in self.date_formats:
            try:
                at = datetime.strptime(text, form).replace(tzinfo=self.zone)
            except ValueError:
                continue
            if not at.year >= EARLIEST_YEAR or at > now:
                raise RowRejectedError(f"impossible date {text!r} in {field}")
            return at
        raise RowRejectedError(f"unreadable date {text!r} in {field}")

    def _all(self, row: Mapping[str, str], field: str) -> list[str]:
        values = (row[name].strip().strip(",").strip() for name in self.columns.get(field, ()))
        return [value for value in values if value]

    def _first(self, row: Mapping[str, str], field: str) -> str:
        return next(iter(self._all(row, field)), "")

    def _url(self, row_id: str) -> str | None:
        return self.url.replace("{id}", row_id) if self.url and row_id.isalnum() else None


def row_hash(row: Mapping[str, str]) -> str:
    """SHA-256 of the row's columns and values, to tell whether a repeated id says the same."""
    return hashlib.sha256(json.dumps(dict(row), sort_keys=True).encode()).hexdigest()


def list_mappings(folder: Path) -> tuple[str, ...]:
    """Keys of the mappings that the product ships."""
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


BY_NAME = "by name"
"""A mapping's ``categories`` when the source writes our categories' own names."""


def load_mapping(folder: Path, key: str, names: Mapping[str, str]) -> SourceMapping:
    """Read a mapping by its key; ``names`` are our categories' keys by name.

    Raises MappingError naming the known mappings.
    """
    if key not in list_mappings(folder):
        raise MappingError(f"There is no mapping {key!r}. Known: {', '.join(list_mappings(folder))}.")
    raw: dict[str, Any] = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
    categories = names if raw["categories"] == BY_NAME else raw["categories"]
    return SourceMapping(
        key=key,
        system=raw["system"],
        delimiter=raw.get("delimiter", ","),
        zone=ZoneInfo(raw["zone"]),
        date_formats=tuple(raw["date_formats"]),
        columns={
            field: (names,) if isinstance(names, str) else tuple(names)
            for field, names in raw["columns"].items()
        },
        closed_statuses=frozenset(raw["closed_statuses"]),
        open_statuses=frozenset(raw["open_statuses"]),
        channels=raw["channels"],
        default_channel=raw["default_channel"],
        categories={code.casefold(): category for code, category in categories.items()},
        url=raw.get("url"),
    )


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
