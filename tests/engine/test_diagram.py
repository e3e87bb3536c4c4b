"""Diagrams become pictures that show everything drawn, tell where a case stands, and trust no name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from engine.diagram import to_svg
from engine.diagram_text import width_of, wrap
from engine.markup import MarkupRefusedError
from support.lint_sets import BPMN, BPMNDI, HELPER, drawn

ROOT = Path(__file__).resolve().parents[2]
GALLERY_FILE = Path(__file__).parent / "diagrams" / "gallery.bpmn"
GALLERY = GALLERY_FILE.read_bytes()
SHIPPED = sorted((ROOT / "processes" / "bpmn").glob("*.bpmn"))
SVG = "{http://www.w3.org/2000/svg}"


def picture(bpmn: bytes = GALLERY, **options: object) -> etree._Element:
    return etree.fromstring(to_svg(bpmn, title="Proses", **options).encode())  # type: ignore[arg-type]


def element(svg: etree._Element, name: str) -> etree._Element:
    (found,) = svg.findall(f".//{SVG}g[@data-element='{name}']")
    return found


def texts(svg: etree._Element) -> str:
    return " ".join(span.text or "" for span in svg.iter(f"{SVG}tspan"))


@pytest.mark.parametrize("path", [GALLERY_FILE, *SHIPPED], ids=lambda path: path.stem)
def test_a_picture_holds_every_drawn_element(path: Path):
    bpmn = path.read_bytes()
    source = etree.fromstring(bpmn)
    drawings = source.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")
    planned = {drawing.get("bpmnElement") for drawing in drawings}
    shown = {group.get("data-element") for group in picture(bpmn).iter(f"{SVG}g")}
    assert planned <= shown


def test_a_picture_is_told_to_screen_readers():
    svg = picture(done=["t_0"], current=["t_1"])
    title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert svg.get("role") == "img"
    assert title is not None
    assert description is not None
    assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Proses"
    assert "Sedang berjalan: Terbitkan tanda terima." in str(description.text)
    assert "Selesai: Periksa kelengkapan pengaduan." in str(description.text)


def test_a_picture_is_told_in_english_when_asked():
    described = picture(done=["t_0"], language="en").findtext(f"{SVG}desc")
    assert described is not None
    assert "Done: Periksa kelengkapan pengaduan." in described


def test_two_pictures_on_one_page_do_not_share_ids():
    first, second = to_svg(GALLERY, title="Satu"), to_svg(GALLERY, title="Dua")
    assert not set(re.findall(r'\bid="([^"]+)"', first)) & set(re.findall(r'\bid="([^"]+)"', second))


# State shows in colour, in the width of the outline and in a badge.
STATES = [("done", "#15803d"), ("current", "#b45309")]


@pytest.mark.parametrize(("state", "colour"), STATES)
def test_an_element_shows_its_state_in_more_than_colour(state: str, colour: str):
    plain, marked = picture(), picture(**{state: ["t_0"]})
    shape, before = element(marked, "t_0").find(f"{SVG}rect"), element(plain, "t_0").find(f"{SVG}rect")
    assert shape is not None
    assert before is not None
    assert element(marked, "t_0").get("data-state") == state
    assert shape.get("stroke") == colour
    assert float(str(shape.get("stroke-width"))) > float(str(before.get("stroke-width")))
    badges = [len(list(svg.iter(f"{SVG}circle"))) for svg in (plain, marked)]
    assert badges[1] == badges[0] + 1


def test_the_current_state_wins_over_done():
    assert element(picture(done=["t_0"], current=["t_0"]), "t_0").get("data-state") == "current"


def test_unknown_elements_are_ignored():
    assert to_svg(GALLERY, title="x", done=["nobody"]) == to_svg(GALLERY, title="x")


# A flow is coloured when it is the only way on, or the only way in from something done.
FLOWS = [
    (["g_0", "g_1"], [], "flow_default", "done"),
    (["g_0"], ["box"], "flow_bent", "done"),
    (["g_0"], [], "flow_default", None),
    ([], ["g_1"], "flow_default", None),
]


@pytest.mark.parametrize(("done", "current", "flow", "state"), FLOWS)
def test_a_flow_shows_that_it_was_taken(done: list[str], current: list[str], flow: str, state: str | None):
    assert element(picture(done=done, current=current), flow).get("data-state") == state


def test_a_default_flow_bears_a_slash():
    svg = picture()
    assert element(svg, "flow_default").find(f"{SVG}polyline") is not None
    assert element(svg, "flow_bent").find(f"{SVG}polyline") is None


def test_a_non_interrupting_event_is_dashed():
    svg = picture()
    dashes = [circle.get("stroke-dasharray") for circle in element(svg, "edge_timer").iter(f"{SVG}circle")]
    assert dashes[:2] == ["4 3", "4 3"]
    assert element(svg, "edge_error").find(f"{SVG}circle[@stroke-dasharray]") is None


HOSTILE = [
    "<script>alert(1)</script>",
    '"/><image href="http://192.0.2.1/x"/>',
    "]]>&amp;&lt;",
    "a" * 5_000,
    "\u202e\u0007 terbalik",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str):
    root = etree.fromstring(drawn(HELPER))
    for node in root.iter(f"{{{BPMN}}}intermediateCatchEvent"):
        node.set("name", name.replace("\u0007", ""))
    written = to_svg(etree.tostring(root), title=name, current=["helper_wait"])
    svg = etree.fromstring(written.encode())
    allowed = {"svg", "g", "title", "desc", "rect", "circle", "path", "polygon", "polyline", "text", "tspan"}
    assert {etree.QName(node).localname for node in svg.iter()} <= allowed
    attributes = {str(key) for node in svg.iter() for key in node.attrib}
    assert not any(name.startswith("on") or name in {"style", "href", "class"} for name in attributes)


@pytest.mark.parametrize("bound", ["1e300", "nan", "inf", "many", "-1e9"])
def test_a_shape_at_an_impossible_place_is_left_out(bound: str):
    svg = picture(GALLERY.replace(b'<dc:Bounds x="80" y="80"', f'<dc:Bounds x="{bound}" y="80"'.encode()))
    assert not svg.findall(f".//{SVG}g[@data-element='t_0']")
    assert max(float(value) for value in str(svg.get("viewBox")).split()) < 5_000


def test_a_file_without_a_picture_gives_an_empty_one():
    assert picture(HELPER.encode()).get("viewBox") == "0 0 200 100"


def test_a_bomb_is_refused():
    with pytest.raises(MarkupRefusedError):
        to_svg(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', title="x")


def test_a_long_name_is_wrapped_and_shortened_inside_its_box():
    shown = [span.text or "" for span in element(picture(), "t_7").iter(f"{SVG}tspan")]
    assert shown[-1].endswith("\N{HORIZONTAL ELLIPSIS}")
    assert all(width_of(line, 9.5) <= 88 for line in shown)


def test_text_is_broken_between_words_and_inside_endless_ones():
    assert wrap("Periksa kelengkapan", 90, 12) == ["Periksa", "kelengkapan"]
    assert "".join(wrap("x" * 100, 50, 12)) == "x" * 100
    assert wrap("", 50, 12) == []


def test_every_name_of_the_gallery_can_be_read():
    shown = texts(picture())
    for name in (
        "Penanganan pengaduan",
        "Pelapor",
        "Pelaksana",
        "Tidak",
        "Terlambat",
        "Berkas",
        "Subproses terbuka",
    ):
        assert name in shown
