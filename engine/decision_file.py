"""Reads one DMN file into frozen records, as it is drawn; nothing is compiled or refused here."""

from dataclasses import dataclass, field

from engine.markup import Xml, local_name, namespace_of, text_of

DMN_NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
    }
)


@dataclass(frozen=True, slots=True)
class Cell:
    """An input expression, an input cell or an output cell."""

    id: str
    line: int
    text: str
    label: str = ""
    """How people call an input column; empty for the cells of a row."""


@dataclass(frozen=True, slots=True)
class Column:
    """An output column."""

    id: str
    line: int
    name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the table."""

    id: str
    line: int
    inputs: tuple[Cell, ...]
    outputs: tuple[Cell, ...]
    description: str = ""
    """Where the row comes from; a row that no source gives says [INFER] here."""

    @property
    def catches_all(self) -> bool:
        """Tell whether every input cell is empty or a dash."""
        return all(cell.text in {"", "-"} for cell in self.inputs)


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table as drawn."""

    id: str
    line: int
    hit_policy: str
    aggregation: str
    inputs: tuple[Cell, ...]
    outputs: tuple[Column, ...]
    rows: tuple[Row, ...]
    strangers: tuple[str, ...]
    """Children that the library refuses."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision; ``tables`` is empty when it is drawn as something else."""

    id: str
    name: str
    line: int
    tables: tuple[Table, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """One DMN file."""

    file: str
    namespace: str
    line: int
    decisions: tuple[Decision, ...]
    unidentified: tuple[int, ...]
    """Lines of the elements that need an id and have none."""
    root: Xml = field(repr=False, compare=False)


_NEED_ID = frozenset({"decision", "decisionTable", "input", "output", "rule", "inputEntry", "outputEntry"})


def read_decisions(file: str, root: Xml) -> DecisionFile:
    """Read a parsed DMN file; never refuses."""
    return DecisionFile(
        file=file,
        namespace=namespace_of(root),
        line=int(root.sourceline or 1),
        decisions=tuple(_decision(xml) for xml in root if local_name(xml) == "decision"),
        unidentified=tuple(
            int(xml.sourceline or 1)
            for xml in root.iter()
            if local_name(xml) in _NEED_ID and not xml.get("id")
        ),
        root=root,
    )


def _children(xml: Xml, name: str) -> list[Xml]:
    return [child for child in xml if local_name(child) == name]


def _decision(xml: Xml) -> Decision:
    tables = tuple(_table(table) for table in _children(xml, "decisionTable"))
    return Decision(
        id=str(xml.get("id", "")),
        name=str(xml.get("name", "")),
        line=int(xml.sourceline or 1),
        tables=tables,
        description=_description(xml),
    )


def _description(xml: Xml) -> str:
    return next((text_of(child) for child in _children(xml, "description")), "")


def _table(xml: Xml) -> Table:
    known = {"input", "output", "rule"}
    return Table(
        id=str(xml.get("id", "")),
        line=int(xml.sourceline or 1),
        hit_policy=str(xml.get("hitPolicy", "UNIQUE")).upper(),
        aggregation=str(xml.get("aggregation", "")),
        inputs=tuple(_input(child) for child in _children(xml, "input")),
        outputs=tuple(_output(child) for child in _children(xml, "output")),
        rows=tuple(_row(child) for child in _children(xml, "rule")),
        strangers=tuple(local_name(child) for child in xml if local_name(child) not in known),
    )


def _input(xml: Xml) -> Cell:
    expressions = _children(xml, "inputExpression")
    texts = _children(expressions[-1], "text") if expressions else []
    return Cell(
        id=str(xml.get("id", "")),
        line=int(xml.sourceline or 1),
        text=text_of(texts[0]) if texts else "",
        label=str(xml.get("label", "")),
    )


def _output(xml: Xml) -> Column:
    name = str(xml.get("name") or xml.get("label") or "")
    label = str(xml.get("label") or name)
    return Column(id=str(xml.get("id", "")), line=int(xml.sourceline or 1), name=name, label=label)


def _row(xml: Xml) -> Row:
    return Row(
        id=str(xml.get("id", "")),
        line=int(xml.sourceline or 1),
        inputs=tuple(_entry(child) for child in _children(xml, "inputEntry")),
        outputs=tuple(_entry(child) for child in _children(xml, "outputEntry")),
        description=_description(xml),
    )


def _entry(xml: Xml) -> Cell:
    texts = _children(xml, "text")
    # Not stripped: the library compares the cell with "-" as it stands and evaluates a cell of blanks.
    text = str(texts[-1].text or "") if texts else ""
    return Cell(id=str(xml.get("id", "")), line=int(xml.sourceline or 1), text=text)
