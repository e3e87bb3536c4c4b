"""Teaches the library's parser our elements: handlers as service tasks, strict decisions, our own events."""

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.mixins.service_task import ServiceTask as ServiceTaskMixin
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffEndEventParser,
    SpiffIntermediateCatchEventParser,
    SpiffIntermediateThrowEventParser,
    SpiffReceiveTaskParser,
    SpiffSendTaskParser,
    SpiffStartEventParser,
)
from SpiffWorkflow.spiff.parser.task_spec import BusinessRuleTaskParser, SpiffTaskParser
from SpiffWorkflow.spiff.specs.defaults import BusinessRuleTask, SpiffBpmnTask

from engine.decisions import DecisionEngine
from engine.events import CycleTimer, InstanceSignal, RoutedMessage, ScopedError, ScopedEscalation, WaitTimer
from engine.vocabulary import ARGUMENT_PREFIX


class HandlerTask(ServiceTaskMixin, SpiffBpmnTask):  # type: ignore[misc]
    """A service task that calls a handler of the vocabulary."""

    def __init__(
        self, wf_spec: Any, name: str, handler: str = "", arguments: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.handler = handler
        self.arguments: dict[str, str] = arguments or {}

    def _execute(self, task: Any) -> Any:
        return task.workflow.script_engine.call_handler(task, self.handler, self.arguments)


class DecisionTask(BusinessRuleTask):  # type: ignore[misc]
    """A business rule task; its answers replace what the process data held under the same names."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(self.dmnEngine.result(my_task))
        return True


class _HandlerTaskParser(SpiffTaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        extensions = self.parse_extensions()
        properties = extensions.get("properties", {})
        arguments = {
            name.removeprefix(ARGUMENT_PREFIX): text
            for name, text in properties.items()
            if name.startswith(ARGUMENT_PREFIX)
        }
        return self.spec_class(
            self.spec,
            self.bpmn_id,
            handler=properties.get("handler", ""),
            arguments=arguments,
            prescript=extensions.get("preScript"),
            postscript=extensions.get("postScript"),
            **self.bpmn_attributes,
        )


class _DecisionTaskParser(BusinessRuleTaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        extensions = self.parse_extensions()
        return self.spec_class(
            self.spec,
            self.bpmn_id,
            dmnEngine=self.process_parser.parser.get_engine(self.get_decision_ref(self.node), self.node),
            prescript=extensions.get("preScript"),
            postscript=extensions.get("postScript"),
            **self.bpmn_attributes,
        )


class _Events:
    """Makes the library's event parsers build the engine's own definitions."""

    def parse_message_event(self: Any, message_event: Any) -> RoutedMessage:
        reference = message_event.get("messageRef")
        if not reference:
            return RoutedMessage(message_event.getparent().get("name"))
        message = _declared(self, "message", reference, message_event)
        payload, _ = self.parse_message_extensions(message_event)
        if payload is None:
            payload, _ = self.parse_message_extensions(message)
        return RoutedMessage(message.get("name"), payload)

    def parse_error_event(self: Any, error_event: Any) -> ScopedError:
        reference = error_event.get("errorRef")
        if not reference:
            return ScopedError(error_event.getparent().get("name"))
        error = _declared(self, "error", reference, error_event)
        return ScopedError(error.get("name"), code=error.get("errorCode"))

    def parse_escalation_event(self: Any, escalation_event: Any) -> ScopedEscalation:
        reference = escalation_event.get("escalationRef")
        if not reference:
            return ScopedEscalation(escalation_event.getparent().get("name"))
        escalation = _declared(self, "escalation", reference, escalation_event)
        return ScopedEscalation(escalation.get("name"), code=escalation.get("escalationCode"))

    def parse_signal_event(self: Any, signal_event: Any) -> InstanceSignal:
        reference = signal_event.get("signalRef")
        if not reference:
            return InstanceSignal(signal_event.getparent().get("name"))
        return InstanceSignal(_declared(self, "signal", reference, signal_event).get("name"))

    def parse_timer_event(self: Any, event: Any) -> WaitTimer:
        name = self.node.get("id")
        for tag, definition in (
            ("timeDate", WaitTimer),
            ("timeDuration", WaitTimer),
            ("timeCycle", CycleTimer),
        ):
            for node in self.xpath(f".//bpmn:{tag}"):
                return definition(name, "".join(node.itertext()))
        raise ValidationException("A timer without a time", node=self.node, file_name=self.filename)


def _declared(parser: Any, tag: str, reference: str, node: Any) -> Any:
    for candidate in parser.doc_xpath(f".//bpmn:{tag}"):
        if candidate.get("id") == reference:
            return candidate
    raise ValidationException(
        f"There is no {tag} with the id {reference}", node=node, file_name=parser.filename
    )


def _with_events(base: Any) -> Any:
    return type(f"Tuntas{base.__name__}", (_Events, base), {})


def _events_of(tag: str, parser: Any) -> Any:
    _, spec_class = SpiffBpmnParser.OVERRIDE_PARSER_CLASSES[full_tag(tag)]
    return _with_events(parser), spec_class


class TuntasParser(SpiffBpmnParser):  # type: ignore[misc]
    """The library's parser for BPMN and DMN with our elements."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - the library's own way to say it
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("serviceTask"): (_HandlerTaskParser, HandlerTask),
        full_tag("businessRuleTask"): (_DecisionTaskParser, DecisionTask),
        full_tag("startEvent"): _events_of("startEvent", SpiffStartEventParser),
        full_tag("endEvent"): _events_of("endEvent", SpiffEndEventParser),
        full_tag("boundaryEvent"): _events_of("boundaryEvent", SpiffBoundaryEventParser),
        full_tag("intermediateCatchEvent"): _events_of(
            "intermediateCatchEvent", SpiffIntermediateCatchEventParser
        ),
        full_tag("intermediateThrowEvent"): _events_of(
            "intermediateThrowEvent", SpiffIntermediateThrowEventParser
        ),
        full_tag("sendTask"): _events_of("sendTask", SpiffSendTaskParser),
        full_tag("receiveTask"): _events_of("receiveTask", SpiffReceiveTaskParser),
    }

    def get_engine(self, decision_ref: str, node: etree._Element) -> DecisionEngine:
        """Answer the strict engine of a decision table."""
        found = super().get_engine(decision_ref, node)
        return DecisionEngine(found.decision_table)
