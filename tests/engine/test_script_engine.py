"""No place of a diagram can run Python: each of them is tried with the same hostile text."""

from __future__ import annotations

import pytest

from engine.errors import EngineError, ProcessFaultError
from engine.script_engine import SafeEngine, SafeEnvironment
from support.diagram_text import bpmn, dmn
from support.engine_world import deploy, play

HOSTILE = "__import__('os').getpid()"

PLACES = {
    "gateway": f"xor x\nuser u\ns -> x\nx -> u if {HOSTILE}\nx -> e default\nu -> e",
    "inclusive gateway": f"or x\nuser u\ns -> x\nx -> u if {HOSTILE}\nx -> e default\nu -> e",
    "script": f'script x "script=a = {HOSTILE}"\ns -> x -> e',
    "script before": f'user x "preScript=a = {HOSTILE}"\ns -> x -> e',
    "duration": f'catch x "duration={HOSTILE}"\ns -> x -> e',
    "date": f'catch x "date={HOSTILE}"\ns -> x -> e',
    "cycle": f'user u\nboundary x on=u interrupting=false "cycle={HOSTILE}"\nend f\ns -> u -> e\nx -> f',
    "argument": f'service x handler=find_duplicates "argument.a={HOSTILE}"\ns -> x -> e',
    "job argument": f'service x handler=deliver_notice "argument.template={HOSTILE}"\ns -> x -> e',
    "message payload": f'throw x message=case_opened "payload={HOSTILE}"\ns -> x -> e',
    "cardinality": f'user x "times={HOSTILE}"\ns -> x -> e',
    "loop condition": f'script y script=b=1 "loop={HOSTILE}"\ns -> y -> e',
    "decision": "rule x decision=routing\ns -> x -> e",
}


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_is_a_fault_wherever_a_diagram_holds_it(place: str):
    table = dmn("routing", {"a": HOSTILE}, ["unit"], [["1", "1"]])
    world = play(deploy(p=bpmn(f"p\nstart s\nend e\n{PLACES[place]}"), routing=table))
    with pytest.raises(ProcessFaultError, match="getpid is not allowed"):
        world.start("p")


@pytest.mark.parametrize(
    "rule", [[HOSTILE, "1"], [f"? == {HOSTILE}", "1"], [f"> {HOSTILE}", "1"], ["", HOSTILE]]
)
def test_hostile_text_in_a_decision_table_is_a_fault(rule: list[str]):
    table = dmn("routing", {"a": "a"}, ["unit"], [rule])
    world = play(deploy("decision", routing=table))
    with pytest.raises(ProcessFaultError, match="getpid is not allowed") as caught:
        world.start("decision", a=1)
    assert caught.value.element_id == "route"


def test_a_collection_is_a_name_and_never_computed():
    world = play(deploy(p=bpmn(f'p\nstart s\nuser x "each={HOSTILE}" item=i\nend e\ns -> x -> e')))
    with pytest.raises(ProcessFaultError):
        world.start("p")


def test_a_completion_condition_is_an_allowed_expression():
    world = play(
        deploy(p=bpmn(f'p\nstart s\nuser x each=items item=i "until={HOSTILE}"\nend e\ns -> x -> e'))
    )
    world.start("p", items=[1, 2])
    with pytest.raises(ProcessFaultError, match="getpid is not allowed"):
        world.complete("x")


def test_a_hostile_outcome_is_a_fault():
    world = play(deploy(p=bpmn(f'p\nstart s\nend e "outcome={HOSTILE}"\ns -> e')))
    with pytest.raises(ProcessFaultError, match="getpid is not allowed"):
        world.start("p")


def test_data_cannot_shadow_what_the_language_offers():
    world = play(deploy("script"))
    assert world.start("script", rounds=1, str="shadow", len="shadow").data["label"] == "round 2"


def test_the_library_cannot_call_a_service_or_compute_without_a_step():
    for call in (
        lambda: SafeEnvironment().call_service({}),
        lambda: SafeEnvironment().evaluate("1", {}),
        lambda: SafeEnvironment().execute("a = 1", {}),
    ):
        with pytest.raises(ProcessFaultError):
            call()


def test_validation_tells_unreadable_from_refused():
    with pytest.raises(SyntaxError):
        SafeEngine().validate("1 +")
    with pytest.raises(EngineError):
        SafeEngine().validate(HOSTILE)


def test_an_unknown_handler_is_a_fault():
    world = play(deploy(p=bpmn("p\nstart s\nservice x handler=format_disk\nend e\ns -> x -> e")))
    with pytest.raises(ProcessFaultError, match="there is no handler format_disk"):
        world.start("p")
