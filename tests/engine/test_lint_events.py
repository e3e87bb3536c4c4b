"""At every place only the events that the engine acts on are accepted; others would just be passed."""

from __future__ import annotations

import pytest

from engine.deployment import check
from engine.lint.events import ALLOWED
from support.lint_sets import HELPER, drawn, set_with

DEFINITIONS = (
    "message",
    "timer",
    "signal",
    "error",
    "escalation",
    "terminate",
    "link",
    "compensate",
    "cancel",
    "conditional",
)
XSI = "http://www.w3.org/2001/XMLSchema-instance"
INSIDE = {
    "timer": "<timeDuration>P1D</timeDuration>",
    "conditional": f'<condition xmlns:xsi="{XSI}" xsi:type="tExpression"/>',
}
REFERENCES = {kind: f' {kind}Ref="the_{kind}"' for kind in ("message", "signal", "error", "escalation")}
DECLARED = (
    '<message id="the_message" name="reply"/><signal id="the_signal" name="s"/>'
    '<error id="the_error" name="e" errorCode="e"/>'
    '<escalation id="the_escalation" name="c" escalationCode="c"/>'
)


def diagram(place: str, kind: str) -> bytes:
    """Draw one event with one definition at one place of a process."""
    name = f' name="{kind}"' if kind == "link" else ""
    opening = f"<{kind}EventDefinition{REFERENCES.get(kind, '')}{name}>"
    definition = f"{opening}{INSIDE.get(kind, '')}</{kind}EventDefinition>"
    text = HELPER.replace("helper", "example")
    if place == "startEvent":
        text = text.replace(
            '<startEvent id="example_start" name="Mulai"/>', _event(place, "example_start", definition)
        )
    elif place == "endEvent":
        text = text.replace(
            '<endEvent id="example_end" name="Selesai"/>', _event(place, "example_end", definition)
        )
    elif place == "boundaryEvent":
        text = text.replace("</process>", _boundary(definition) + "</process>")
    else:
        flow = '<sequenceFlow id="example_c" sourceRef="tested" targetRef="example_end"/>'
        before = 'sourceRef="example_wait" targetRef='
        text = text.replace(f'{before}"example_end"', f'{before}"tested"')
        text = text.replace("</process>", _event(place, "tested", definition) + flow + "</process>")
    return drawn(text.replace("<process", f"{DECLARED}<process", 1))


def _event(place: str, identity: str, definition: str) -> str:
    return f'<{place} id="{identity}" name="Diuji">{definition}</{place}>'


def _boundary(definition: str) -> str:
    return (
        '<callActivity id="call" name="Panggil" calledElement="helper"/>'
        f'<boundaryEvent id="tested" name="Diuji" attachedToRef="call">{definition}</boundaryEvent>'
        '<sequenceFlow id="example_c" sourceRef="tested" targetRef="call"/>'
    )


@pytest.mark.parametrize("kind", DEFINITIONS)
@pytest.mark.parametrize("place", ALLOWED)
def test_an_event_is_refused_where_the_engine_would_ignore_it(place: str, kind: str):
    rules = {finding.rule for finding in check(set_with(diagram(place, kind)))}
    assert "xml-schema" not in rules
    assert ("event-unsupported" in rules) is (kind not in ALLOWED[place])


@pytest.mark.parametrize("place", ["intermediateCatchEvent", "boundaryEvent"])
def test_an_event_that_waits_for_nothing_is_refused(place: str):
    empty = diagram(place, "message").replace(b'<messageEventDefinition messageRef="the_message"/>', b"")
    assert "event-empty" in {finding.rule for finding in check(set_with(empty))}
