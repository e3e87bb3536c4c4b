"""The office's reference data, typed: what ``reference/*.json`` says about roles, stages, clocks, notices and
rights.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from cases.category_reading import Category, read_categories
from cases.forms import Choices, Option
from cases.rules.files import ruleset_folder
from cases.rules.model import ClockRule, Ruleset
from cases.rules.reading import RulesetShapeError, read_ruleset
from engine.model import Text

T = TypeVar("T")

SHIPPED = "sp4n-2018"
"""The ruleset of a new office."""


class ReferenceDataError(Exception):
    """A file of reference data is missing or does not have the documented shape; the message names it."""


class Scope(StrEnum):
    """Which cases a role reaches."""

    NONE = "none"
    OWN = "own"
    ENTERED = "entered"
    UNIT = "unit"
    UNIT_AND_BELOW = "unit_and_below"
    ASSIGNED = "assigned"
    UNTIL_HANDED = "until_handed"
    ESCALATED = "escalated"
    INFORMATION_REQUESTS = "information_requests"
    DATA_REQUESTS = "data_requests"
    PUBLIC_PART = "public_part"
    ALL = "all"


class IdentityAccess(StrEnum):
    """How far a role may know who brought a case, the most first."""

    FULL = "full"
    LOGGED = "logged"
    LOGGED_WITH_REASON = "logged_with_reason"
    MASKED = "masked"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What a role sees and does (domain.md section 5)."""

    role: str
    cases: Scope = Scope.NONE
    oversight: Scope = Scope.NONE
    identity: IdentityAccess = IdentityAccess.NONE
    hides_anonymous: bool = False
    """The identity of an anonymous complainant is masked."""
    hides_confidential_oversight: bool = False
    """The identity behind a confidential oversight case is masked."""
    escalation_level: int = 3
    """From which level on an ``escalated`` case is reached."""
    acts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """What the complainant is told; ``{reference}``, ``{unit}`` and ``{due_on}`` are filled in."""

    key: str
    subject: Text
    body: Text


@dataclass(frozen=True, slots=True)
class RequestKind:
    """What may be asked for beside a case."""

    key: str
    label: Text
    process: str
    roles: frozenset[str]
    """Who may begin it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference data of one process, read once."""

    roles: Mapping[str, Text]
    stages: Mapping[str, Text]
    holders: Mapping[str, Text]
    """Who has a case at each stage, as its complainant is told."""
    next_steps: Mapping[str, Text]
    """What happens next at each stage, as the complainant is told."""
    outcomes: Mapping[str, Text]
    channels: Mapping[str, Text]
    archive_reasons: Mapping[str, Text]
    """Those of the ruleset that ships; a case's own are in its ruleset."""
    categories: Mapping[str, Category]
    category_version: int
    """Of the list of categories; a case keeps the one from which its category was chosen."""
    areas: Mapping[str, Text]
    referral_bodies: Mapping[str, Text]
    clocks: Mapping[str, ClockRule]
    """Those of the ruleset that ships, for their labels; a case's own are in its ruleset."""
    notices: Mapping[str, NoticeTemplate]
    request_kinds: Mapping[str, RequestKind]
    permissions: Mapping[str, RoleRule]
    acts: Mapping[str, Text]
    messages: Mapping[str, str]
    """Who sends each message: ``complainant``, ``officer`` or ``system``."""
    message_labels: Mapping[str, Text]
    message_forms: Mapping[str, Mapping[str, Any]]
    """The forms of the complainant's messages, by message."""
    fact_names: tuple[str, ...]
    second_person: frozenset[str] = frozenset()
    """Acts for which this office asks for a second person although the domain leaves it to the office."""
    labels: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    """Every other list of words, by list and key: kinds, case_classes, priorities, sensitivities, history_tags,
    response_kinds, escalation_levels.
    """
    category_choices: Choices = field(init=False)
    """The active categories, as forms offer them."""

    def __post_init__(self) -> None:
        """Lay out once what every form with a category asks for."""
        active = (Option(key, one.label) for key, one in self.categories.items() if one.active)
        object.__setattr__(self, "category_choices", Choices(active))


_PLAIN_LISTS = (
    "kinds",
    "case_classes",
    "priorities",
    "sensitivities",
    "response_kinds",
    "history_tags",
    "escalation_levels",
)


def load_reference(folder: Path, forms: Path | None = None) -> Reference:
    """Read and check the reference data of a folder, and the complainant's forms (default
    ``../forms/complainant``).

    Raises ReferenceDataError naming the file whose content is missing, malformed or contradicts another's.
    """
    reader = _Reader(folder)
    shipped = shipped_ruleset(folder)
    permissions = reader.file("permissions")
    vocabulary = reader.file("bpmn-vocabulary")
    stages = reader.file("stages")["stages"]
    roles = reader.labels("roles")
    return Reference(
        roles=roles,
        stages=reader.labels("stages"),
        holders=reader.read("stages", lambda: {key: _text(stage["holder"]) for key, stage in stages.items()}),
        next_steps=reader.read(
            "stages", lambda: {key: _text(stage["next"]) for key, stage in stages.items()}
        ),
        outcomes=reader.labels("outcomes"),
        channels=reader.labels("channels"),
        archive_reasons=shipped.archive_reasons,
        categories=reader.read("categories", lambda: read_categories(reader.file("categories"))),
        category_version=reader.read("categories", lambda: int(reader.file("categories")["version"])),
        areas=reader.labels("areas"),
        referral_bodies=reader.labels("referral_bodies"),
        clocks=shipped.clocks,
        notices=reader.read("notices", lambda: _notices(reader.file("notices")["notices"])),
        request_kinds=reader.read(
            "request_kinds", lambda: _request_kinds(reader.file("request_kinds")["request_kinds"], roles)
        ),
        permissions=reader.read("permissions", lambda: _rules(permissions, roles)),
        acts=reader.read("permissions", lambda: _texts(permissions["acts"])),
        second_person=reader.read("permissions", lambda: _second_person(permissions)),
        messages=reader.read("bpmn-vocabulary", lambda: _senders(vocabulary)),
        message_labels=reader.read("bpmn-vocabulary", lambda: _texts(vocabulary["messages"])),
        message_forms=_forms(forms or folder.parent / "forms" / "complainant"),
        fact_names=reader.read("bpmn-vocabulary", lambda: tuple(vocabulary["facts"]["names"])),
        labels=MappingProxyType({name: reader.labels(name) for name in _PLAIN_LISTS}),
    )


def shipped_ruleset(folder: Path) -> Ruleset:
    """The ruleset that ships with the product. Raises ReferenceDataError."""
    try:
        return read_ruleset(shipped_ruleset_files(folder), 1)
    except (OSError, RulesetShapeError) as error:
        raise ReferenceDataError(f"{folder / 'rulesets' / SHIPPED}: {error}") from error


def shipped_ruleset_files(folder: Path) -> Mapping[str, bytes]:
    """The files of the ruleset that ships, by path below its folder, with the decision tables that it names."""
    return ruleset_folder(folder / "rulesets" / SHIPPED, folder.parent / "processes" / "dmn")


class _Reader:
    """Reads the files of a folder, and says of which file an error is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Any] = {}

    def file(self, name: str) -> Any:
        """The content of ``<name>.json``, read once."""
        if name not in self._files:
            self._files[name] = _read_json(self._folder / f"{name}.json")
        return self._files[name]

    def labels(self, name: str) -> Mapping[str, Text]:
        """The list of words under the key that is the file's own name."""
        return self.read(name, lambda: _texts(self.file(name)[name]))

    def read(self, name: str, build: Callable[[], T]) -> T:
        """What ``build`` makes of a file, or a ReferenceDataError that names it."""
        try:
            return build()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReferenceDataError(f"{self._folder / name}.json: {type(error).__name__} {error}") from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ReferenceDataError(f"{path}: {error}") from error


def _text(raw: Mapping[str, Any]) -> Text:
    return Text(id=str(raw["id"]), en=str(raw["en"]))


def _texts(raw: Mapping[str, Any]) -> Mapping[str, Text]:
    return MappingProxyType({str(key): _text(value) for key, value in raw.items()})


def _notices(raw: Mapping[str, Any]) -> Mapping[str, NoticeTemplate]:
    return {key: NoticeTemplate(key, _text(one["subject"]), _text(one["body"])) for key, one in raw.items()}


def _request_kinds(
    raw: Mapping[str, Mapping[str, Any]], roles: Mapping[str, Text]
) -> Mapping[str, RequestKind]:
    strange = {role for one in raw.values() for role in one["roles"]} - set(roles)
    if strange:
        raise ValueError(f"unknown roles: {', '.join(sorted(strange))}")
    return MappingProxyType(
        {
            key: RequestKind(key, _text(one), str(one["process"]), frozenset(one["roles"]))
            for key, one in raw.items()
        }
    )


def _rules(raw: Mapping[str, Any], roles: Mapping[str, Text]) -> Mapping[str, RoleRule]:
    rules = {role: _rule(role, one) for role, one in raw["roles"].items()}
    unknown = set(rules) ^ set(roles)
    if unknown:
        raise ValueError(f"roles without a rule, or rules without a role: {', '.join(sorted(unknown))}")
    acts = frozenset().union(*(rule.acts for rule in rules.values())) - set(raw["acts"])
    if acts:
        raise ValueError(f"acts without a label: {', '.join(sorted(acts))}")
    return MappingProxyType(rules)


def _second_person(raw: Mapping[str, Any]) -> frozenset[str]:
    settings = raw["second_person"]
    strange = set(settings) - {"deploy_process"}
    if strange or not all(isinstance(on, bool) for on in settings.values()):
        raise ValueError(f"second_person takes deploy_process, true or false; found {settings}")
    return frozenset(act for act, on in settings.items() if on)


def _rule(role: str, raw: Mapping[str, Any]) -> RoleRule:
    return RoleRule(
        role=role,
        cases=Scope(raw["cases"]),
        oversight=Scope(raw["oversight"]),
        identity=IdentityAccess(raw["identity"]),
        hides_anonymous=bool(raw.get("hides_anonymous", False)),
        hides_confidential_oversight=bool(raw.get("hides_confidential_oversight", False)),
        escalation_level=int(raw.get("escalation_level", 3)),
        acts=frozenset(raw["acts"]),
    )


def _senders(vocabulary: Mapping[str, Any]) -> Mapping[str, str]:
    return MappingProxyType({name: str(one["by"]) for name, one in vocabulary["messages"].items()})


def _forms(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType({path.stem: _read_json(path) for path in sorted(folder.glob("*.json"))})
