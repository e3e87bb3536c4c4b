"""Reads an export file and imports it in lots: every row is accounted for, a second run changes nothing."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DataError

from cases.importing import ImportedLot, import_rows
from cases.mappings import ImportedRow, MappingError, RowRejectedError, SourceMapping, row_hash
from tuntas.office import Tuntas

BATCH, OPEN_BATCH = 100, 25
"""Rows of one transaction: while it runs, nobody else gets a number of the same years. Fewer where each runs a process
and takes a number of this year, for which people wait who file a complaint."""
LONGEST_FIELD = 1024 * 1024
OF_VALUES = (DataError, ValueError, LookupError, ArithmeticError)
"""Errors that may lie in a row's values; every other stops the import, which can run again."""


@dataclass(slots=True)
class Counts:
    """What became of the rows: ``rows == imported + repeated + rejected``."""

    rows: int = 0
    imported: int = 0
    repeated: int = 0
    rejected: int = 0
    warnings: int = 0

    def __str__(self) -> str:
        return f"rows={self.rows} imported={self.imported} repeated={self.repeated} rejected={self.rejected}"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file with the number of its last line, for people who look it up."""

    number: int
    values: Mapping[str, str]
    flaw: str | None


@dataclass(slots=True)
class Reports:
    """Rows that did not become cases, kept beside the database with line number and reason, overwritten by each run."""

    folder: Path
    stem: str
    header: list[str]
    rejected: list[list[str]] = field(default_factory=list)
    repeated: list[list[str]] = field(default_factory=list)
    warnings: list[list[str]] = field(default_factory=list)

    def reject(self, line: Line, reason: str) -> None:
        """A row that cannot be imported, whole, so that it can be mended and imported again."""
        self.rejected.append([str(line.number), reason, *line.values.values()])

    def write(self) -> list[Path]:
        """The files that were written: ``.rejects.csv``, ``.repeated.csv``, ``.warnings.csv``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        tables = (
            ("rejects", ["line", "reason", *self.header], self.rejected),
            ("repeated", ["line", "id", "difference"], self.repeated),
            ("warnings", ["line", "id", "warning"], self.warnings),
        )
        written = []
        for name, header, rows in tables:
            path = self.folder / f"{self.stem}.{name}.csv"
            with path.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([header, *rows])
            written.append(path)
        return written


def import_file(
    office: Tuntas, path: Path, mapping: SourceMapping, *, reopen: bool, progress: Callable[[Counts], None]
) -> tuple[Counts, list[Path]]:
    """Import a file; raises MappingError when it does not fit the mapping. Interrupted, it can simply run again."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
        csv.field_size_limit(LONGEST_FIELD)
        reader = csv.reader(stream, delimiter=mapping.delimiter)
        header = next(reader, None)
        if header is None:
            raise MappingError("The file is empty.")
        header = [name.strip() for name in header]
        mapping.check_header(header)
        run = Run(office, mapping, reopen, Reports(office.config.var / "imports", path.stem, header))
        lines = _lines(reader, header)
        while batch := list(islice(lines, OPEN_BATCH if reopen else BATCH)):
            run.take(batch)
            progress(run.counts)
    return run.counts, run.reports.write()


def _lines(reader: Any, header: list[str]) -> Iterator[Line]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(reader.line_num, dict.fromkeys(header, ""), f"unreadable line: {error}")
            continue
        if not cells:
            continue  # An empty line is no row.
        flaw = None if len(cells) == len(header) else f"{len(cells)} columns instead of {len(header)}"
        padded = cells + [""] * (len(header) - len(cells))
        yield Line(reader.line_num, dict(zip(header, padded, strict=False)), flaw)


@dataclass(slots=True)
class Run:
    """One import on its way: what was seen so far and what became of it."""

    office: Tuntas
    mapping: SourceMapping
    reopen: bool
    reports: Reports
    counts: Counts = field(default_factory=Counts)
    seen: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def take(self, batch: list[Line]) -> None:
        """Import the rows of a batch that are new, and sort them all into imported, repeated and rejected ones."""
        rows = [(line, self._read(line)) for line in batch]
        new: dict[str, ImportedRow] = {}
        for _, row in rows:
            if row is not None and row.id not in self.seen:
                new.setdefault(row.id, row)
        lot = self._import(list(new.values()))
        self.counts.rows += len(rows)
        for line, row in rows:
            if row is None or row.id in lot.refused:
                self.counts.rejected += 1
                if row is not None:
                    self.reports.reject(line, lot.refused[row.id])
            elif row.id in self.seen or row.id in lot.known:
                self.counts.repeated += 1
                difference = self._difference(line, row, lot.known)
                self.reports.repeated.append([str(line.number), row.id, difference])
            else:
                self._accept(line, row)

    def _accept(self, line: Line, row: ImportedRow) -> None:
        self.seen[row.id] = line.values
        self.counts.imported += 1
        self.counts.warnings += len(row.warnings)
        self.reports.warnings.extend([str(line.number), row.id, warning] for warning in row.warnings)

    def _import(self, rows: list[ImportedRow]) -> ImportedLot:
        """All in one transaction; when a value spoils that, each row in its own, so that no other row suffers."""
        if not rows:
            return ImportedLot({}, {}, {})
        env, reopen = self.office.env, self.reopen
        try:
            return self.office.work.write(lambda session: import_rows(session, env, rows, reopen=reopen))
        except OF_VALUES as error:
            if len(rows) == 1:
                reason = f"a value cannot be stored: {getattr(error, 'orig', None) or error}"
                return ImportedLot({}, {}, {rows[0].id: reason})
        lots = [self._import([row]) for row in rows]
        return ImportedLot(
            references={key: told for lot in lots for key, told in lot.references.items()},
            known={key: told for lot in lots for key, told in lot.known.items()},
            refused={key: told for lot in lots for key, told in lot.refused.items()},
        )

    def _read(self, line: Line) -> ImportedRow | None:
        try:
            if line.flaw:
                raise RowRejectedError(line.flaw)
            return self.mapping.read(line.values, now=self.office.env.clock.now())
        except RowRejectedError as error:
            self.reports.reject(line, str(error))
            return None

    def _difference(self, line: Line, row: ImportedRow, known: Mapping[str, str | None]) -> str:
        """How a repeated row differs from the one that was kept."""
        first = self.seen.get(row.id)
        if first is None:
            return "same" if known[row.id] == row_hash(line.values) else "differs from the imported row"
        changed = [
            f"{name}: {first[name]!r} -> {new!r}" for name, new in line.values.items() if first[name] != new
        ]
        return "; ".join(changed) or "same"
