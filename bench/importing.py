"""Importing another system's export, whose rows are closed cases, and as open cases whose process begins."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, at_least, beside
from bench.place import Place
from cases.mappings import load_mapping
from tuntas.cli import MAPPINGS
from tuntas.import_file import import_file
from tuntas.office import Tuntas

ROWS, WARM_UP = 1500, 50
COLUMNS = (
    "TrackingID",
    "Pelapor",
    "JudulLaporan",
    "IsiLaporan",
    "Kategori",
    "DisposisiInstansi",
    "Area",
    "Status",
    "TanggalLaporanMasuk",
    "TanggalLaporanDitutup",
)


def measure(place: Place) -> Iterator[Figure]:
    """Import on both databases."""
    for kind in ("sqlite", "postgresql"):
        with place.office(kind) as office:
            yield from rates(place, office, kind)


def rates(place: Place, office: Tuntas, kind: str) -> Iterator[Figure]:
    """Import closed rows, then half as many with ``--open``."""
    rows, warm = place.some(ROWS, 10), place.some(WARM_UP)
    _take(place, office, "warm", 0, warm, reopen=False)
    rate = _take(place, office, "closed", warm, rows, reopen=False)
    opened = _take(place, office, "open", warm + rows, rows // 2, reopen=True)
    yield at_least(f"import_{kind}", rate, "cases/s", 300)
    yield beside(f"import_open_{kind}", opened, "cases/s")


def _take(place: Place, office: Tuntas, name: str, first: int, number: int, *, reopen: bool) -> float:
    path = place.folder / f"{name}.csv"
    _write(path, first, number)
    labels = {category.label.id: code for code, category in office.env.reference.categories.items()}
    mapping = load_mapping(MAPPINGS, "lapor", labels)
    began = time.perf_counter()
    counts, _ = import_file(office, path, mapping, reopen=reopen, progress=lambda counts: None)
    taken = time.perf_counter() - began
    if counts.imported != number:
        raise RuntimeError(str(counts))
    return number / taken


def _write(path: Path, first: int, number: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row in range(first, first + number):
            day = f"2026-01-{row % 28 + 1:02d}"
            writer.writerow(
                [
                    f"{7_000_000 + row}",
                    "Siti Contoh",
                    f"Jalan berlubang nomor {row}",
                    "Lubangnya besar dan membahayakan. Mohon segera ditambal sebelum ada korban.",
                    "Jalan berlubang",
                    "Dinas Pekerjaan Umum",
                    "Kabupaten Sukamaju",
                    "Selesai",
                    f"{day} 09:15:00",
                    f"{day} 15:00:00",
                ]
            )
