"""The catalogue resolves what a task inherits from its lanes and lists every element under its process."""

from __future__ import annotations

import pytest

from engine.catalogue import catalogue
from engine.drawing import read_drawing
from engine.markup import parse_markup
from engine.model import Element, ProcessInfo
from support.lint_sets import BPMN


def _properties(**values: str) -> str:
    entries = "".join(f'<s:property name="{name}" value="{value}"/>' for name, value in values.items())
    return f"<extensionElements><s:properties>{entries}</s:properties></extensionElements>"


DESK = _properties(role="coordinating_admin")
APPROVE = _properties(formKey="a", role="superior", unit="lead_unit_parent")
VERIFY = _properties(formKey="complaint/verify", clock="verification", stage="verification")
TELL = _properties(**{"handler": "notify_complainant", "argument.template": "'x'"})

DIAGRAM = f"""<definitions xmlns="{BPMN}" xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">
  <message id="m1" name="case_opened"/><message id="m2" name="reply"/>
  <process id="complaint" name="Penanganan" isExecutable="true">
    <laneSet id="lanes">
      <lane id="office" name="Instansi">{_properties(role="front_desk", unit="organisation")}
        <childLaneSet id="inside"><lane id="desk" name="Loket">{DESK}
          <flowNodeRef>verify</flowNodeRef><flowNodeRef>approve</flowNodeRef><flowNodeRef>part</flowNodeRef>
        </lane></childLaneSet>
      </lane>
    </laneSet>
    <startEvent id="begin"><messageEventDefinition messageRef="m1"/></startEvent>
    <userTask id="verify" name="Periksa"><documentation>Baca teliti.</documentation>
      {VERIFY}</userTask>
    <userTask id="approve" name="Setujui">{APPROVE}</userTask>
    <subProcess id="part">
      <userTask id="inner" name="Di dalam">{_properties(formKey="b")}</userTask>
    </subProcess>
    <userTask id="stray" name="Tanpa jalur"/>
    <serviceTask id="tell">{TELL}</serviceTask>
    <receiveTask id="listen" messageRef="m2"/>
    <endEvent id="over">{_properties(outcome="withdrawn")}</endEvent>
  </process>
  <process id="sketch" isExecutable="false"><startEvent id="idle"/></process>
</definitions>"""


@pytest.fixture(scope="module")
def elements() -> dict[str, Element]:
    _, found = catalogue([read_drawing("bpmn/a.bpmn", parse_markup(DIAGRAM.encode()))])
    return {
        element_id: element
        for (process_id, element_id), element in found.items()
        if process_id == "complaint"
    }


def test_the_catalogue_lists_executable_processes_with_their_start_message():
    processes, _ = catalogue([read_drawing("bpmn/a.bpmn", parse_markup(DIAGRAM.encode()))])
    assert dict(processes) == {
        "complaint": ProcessInfo("complaint", "Penanganan", "bpmn/a.bpmn", start_messages=("case_opened",))
    }


def test_the_catalogue_knows_which_process_outlives_its_case():
    drawn = DIAGRAM.replace("<laneSet", _properties(outlivesCase="true") + "<laneSet", 1)
    processes, _ = catalogue([read_drawing("bpmn/a.bpmn", parse_markup(drawn.encode()))])
    assert processes["complaint"].outlives_case


# A task takes what its innermost lane says, then the lanes around it, unless it says so itself.
INHERITANCE = [
    ("verify", "coordinating_admin", "organisation", "Loket"),
    ("approve", "superior", "lead_unit_parent", "Loket"),
    ("inner", "coordinating_admin", "organisation", "Loket"),
    ("stray", None, None, None),
    # Only tasks that people do inherit; a service task in a lane has no owner.
    ("tell", None, None, None),
]


@pytest.mark.parametrize(("element_id", "role", "unit", "lane"), INHERITANCE)
def test_an_element_has_its_own_role_and_unit_or_its_lanes(
    elements: dict[str, Element], element_id: str, role: str | None, unit: str | None, lane: str | None
):
    element = elements[element_id]
    assert (element.role, element.unit, element.lane) == (role, unit, lane)


def test_an_element_carries_every_property_of_the_vocabulary(elements: dict[str, Element]):
    verify = elements["verify"]
    assert (verify.form_key, verify.clock, verify.stage) == (
        "complaint/verify",
        "verification",
        "verification",
    )
    assert (verify.kind, verify.name, verify.documentation) == ("userTask", "Periksa", "Baca teliti.")
    assert elements["tell"].handler == "notify_complainant"
    assert dict(elements["tell"].arguments) == {"template": "'x'"}
    assert elements["over"].outcome == "withdrawn"


def test_an_element_knows_the_message_it_waits_for(elements: dict[str, Element]):
    assert elements["listen"].message == "reply"
    assert elements["begin"].message == "case_opened"
    assert elements["verify"].message is None


def test_an_element_of_a_sub_process_is_listed_under_its_process(elements: dict[str, Element]):
    assert elements["inner"].process_id == "complaint"
