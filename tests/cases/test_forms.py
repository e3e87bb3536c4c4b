"""Forms: one check for what a page posts and what the API sends, and messages that say what to do."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from werkzeug.datastructures import MultiDict

from cases.case_fields import SETTABLE
from cases.forms import (
    Form,
    FormData,
    FormInvalidError,
    FormText,
    Option,
    form_to_json_schema,
    load_form,
    parse_form,
)
from engine.model import Text

FORMS = Path(__file__).resolve().parents[2] / "forms"
KEYS = sorted(path.relative_to(FORMS).with_suffix("").as_posix() for path in FORMS.rglob("*.json"))

OFFICE = {
    "unit": tuple(Option(code, Text(code, code)) for code in ("pupr", "dishub", "dlh")),
    "lead_unit": tuple(Option(code, Text(code, code)) for code in ("pupr", "dishub", "dlh")),
    "category": (Option("jalan", Text("Jalan", "Roads")),),
    "area": (Option("cibening", Text("Cibening", "Cibening")),),
    "archive_reason": (Option("test", Text("Uji coba", "Test")),),
    "referral_body": (Option("provinsi", Text("Provinsi", "Province")),),
}


def raw(key: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FORMS / f"{key}.json").read_text(encoding="utf-8"))
    return document


def shipped(key: str) -> Form:
    return load_form(key, raw(key))


def small(**properties: dict[str, Any]) -> Form:
    """A form with the given fields, which need no titles here."""
    named = {name: {"title": name, **spec} for name, spec in properties.items()}
    return load_form("test/small", {"type": "object", "title": "Small", "properties": named})


def parse(form: Form, values: Any) -> FormData:
    return parse_form(form, values, options=OFFICE)


def errors(form: Form, values: Any) -> dict[str, tuple[Text, ...]]:
    with pytest.raises(FormInvalidError) as caught:
        parse(form, values)
    return dict(caught.value.errors)


# What a form says of itself


@pytest.mark.parametrize("key", KEYS)
def test_a_shipped_form_is_json_schema_and_reads_in_both_languages(key: str):
    document = raw(key)
    Draft202012Validator.check_schema(document)
    for part in (document, *document["properties"].values()):
        assert part["title"]
        assert part["x-en"]["title"]
        assert ("description" in part) == ("description" in part["x-en"])
        assert (
            set(part.get("x-labels", {})) == set(part["x-en"].get("labels", {})) == set(part.get("enum", ()))
        )
    assert document["additionalProperties"] is False


@pytest.mark.parametrize("key", KEYS)
def test_a_shipped_form_writes_only_case_fields_that_exist(key: str):
    assert {field.case_field for field in shipped(key).fields if field.case_field} <= set(SETTABLE)


@pytest.mark.parametrize("key", KEYS)
def test_a_long_text_of_a_shipped_form_never_reaches_the_engine(key: str):
    for field in shipped(key).fields:
        assert field.text_kind is not None or (field.max_length or 0) <= 200


def test_a_field_tells_a_template_everything_it_draws():
    field = next(
        entry for entry in shipped("complaint/verify_complaint").fields if entry.name == "archive_reason"
    )
    assert field.label == Text("Alasan pengarsipan", "Reason for archiving")
    assert field.widget == "select"
    assert not field.required
    assert field.shown_when == ("decision", ("archive",))
    assert (field.options, field.options_from) == ((), "archive_reason")


def test_a_choice_that_a_form_brings_itself_has_its_words():
    fields = shipped("complaint/verify_complaint").fields
    decision = next(entry for entry in fields if entry.name == "decision")
    assert decision.options[0] == Option(
        "accept", Text("Terima dan teruskan ke disposisi", "Accept and go on to disposition")
    )


def test_a_field_that_several_answers_ask_for_is_shown_for_each_of_them():
    field = next(entry for entry in shipped("response_round/review_reply").fields if entry.name == "reason")
    assert field.shown_when == ("decision", ("reopen", "close_resolved"))


def test_the_same_content_is_read_once():
    assert shipped("complaint/verify_complaint") is shipped("complaint/verify_complaint")


def test_changed_content_under_the_same_key_is_another_form():
    changed = raw("complainant/reply") | {"title": "Lain"}
    assert load_form("complainant/reply", changed) is not shipped("complainant/reply")


def test_bytes_and_decoded_json_give_equal_fields():
    content = (FORMS / "complainant/reply.json").read_bytes()
    assert load_form("complainant/reply", content).fields == shipped("complainant/reply").fields


def test_the_plain_schema_for_the_api_is_in_the_language_asked_for():
    plain = form_to_json_schema(raw("complaint/verify_complaint"), "en")
    assert plain["title"] == "Verify the complaint"
    assert plain["properties"]["decision"]["title"] == "Decision"
    assert not any(name.startswith("x-") for name in plain["properties"]["decision"])
    Draft202012Validator.check_schema(plain)


# Where values go


def test_values_are_sorted_into_process_case_and_texts():
    data = parse(
        shipped("complaint/verify_complaint"),
        {"decision": "accept", "case_class": "ordinary", "category": "jalan", "note": "Lengkap."},
    )
    assert data.process["decision"] == "accept"
    assert data.case == {"case_class": "ordinary", "category": "jalan"}
    assert data.texts == (FormText("note", "note", "Lengkap."),)
    assert "note" not in data.process


def test_a_field_left_empty_is_none_in_the_process_so_that_no_expression_misses_it():
    data = parse(small(a={"type": "string", "maxLength": 9}, b={"type": "boolean"}), {})
    assert data.process == {"a": None, "b": False}


def test_what_a_hidden_field_holds_is_dropped():
    data = parse(
        shipped("complaint/verify_complaint"),
        {"decision": "archive", "archive_reason": "test", "parent_reference": "rubbish"},
    )
    assert data.case == {"outcome_reason": "test"}
    assert data.process["parent_reference"] is None


def test_a_page_and_the_api_mean_the_same():
    form = shipped("complaint/dispose_complaint")
    said = {
        "lead_unit": "pupr",
        "supporting_units": ["dishub", "dlh"],
        "priority": "high",
        "instruction": "Segera.",
    }
    posted = MultiDict(
        [
            (name, item)
            for name, value in said.items()
            for item in ([value] if isinstance(value, str) else value)
        ]
    )
    assert parse(form, posted) == parse(form, said)


def test_a_page_sends_a_hidden_false_before_a_ticked_box():
    assert parse(small(a={"type": "boolean"}), {"a": ["false", "true"]}).process == {"a": True}


def test_one_ticked_box_of_several_is_a_list_of_one():
    form = small(a={"type": "array", "items": {"type": "string", "enum": ["x", "y"]}})
    assert parse(form, {"a": "x"}).process == {"a": ["x"]}


@pytest.mark.parametrize(("typed", "number"), [("3", 3), (" 3 ", 3), (3, 3), (3.0, 3), ("-7", -7)])
def test_a_whole_number_is_read(typed: Any, number: int):
    assert parse(small(a={"type": "integer"}), {"a": typed}).process == {"a": number}


@pytest.mark.parametrize(("typed", "number"), [("2,5", 2.5), ("2.5", 2.5), (2, 2)])
def test_a_number_is_read_with_comma_or_point(typed: Any, number: float):
    assert parse(small(a={"type": "number"}), {"a": typed}).process == {"a": number}


def test_a_text_is_trimmed_and_its_letters_composed():
    data = parse(small(a={"type": "string", "maxLength": 9}), {"a": "  cafe\u0301 "})
    assert data.process == {"a": "caf\u00e9"}


def test_line_breaks_of_a_browser_count_once():
    form = small(a={"type": "string", "maxLength": 3, "x-text": "note"})
    assert parse(form, {"a": "a\r\nb"}).texts == (FormText("note", "a", "a\nb"),)


# What is refused, and how


def test_a_missing_field_is_named_with_what_to_do_in_both_languages():
    found = errors(shipped("complaint/verify_complaint"), {})
    assert found == {"decision": (Text("Isian ini wajib diisi.", "Fill in this field; it is required."),)}


@pytest.mark.parametrize(
    ("decision", "needed"),
    [
        ("accept", {"case_class", "category"}),
        ("ask_completion", {"completion_request"}),
        ("not_our_authority", {"referred_to"}),
        ("archive", {"archive_reason"}),
        ("merge", {"parent_reference"}),
    ],
)
def test_a_decision_asks_for_its_own_fields(decision: str, needed: set[str]):
    assert set(errors(shipped("complaint/verify_complaint"), {"decision": decision})) == needed


def test_every_wrong_field_is_reported_at_once():
    found = errors(
        shipped("complaint/dispose_complaint"),
        {"lead_unit": "nowhere", "priority": "soon", "instruction": "x" * 2001},
    )
    assert set(found) == {"lead_unit", "priority", "instruction"}
    assert found["instruction"][0].en == "Shorten this to at most 2000 characters; there are 2001."
    assert found["instruction"][0].id == "Ringkas menjadi paling banyak 2000 karakter; sekarang 2001."


@pytest.mark.parametrize("value", ["", "   ", None, [], [""]])
def test_blanks_count_as_missing(value: Any):
    assert "message" in errors(shipped("complainant/reply"), {"message": value})


def test_an_unknown_field_is_refused_by_name():
    assert set(errors(shipped("complainant/reply"), {"message": "Baik", "typename": "x"})) == {"typename"}


def test_a_flood_of_unknown_fields_is_reported_briefly():
    found = errors(
        shipped("complainant/reply"), {"message": "Baik"} | {f"\x00{n}" + "x" * 500: 1 for n in range(900)}
    )
    assert len(found) <= 20
    assert all(len(name) <= 60 and name.isprintable() for name in found)


@pytest.mark.parametrize("hidden", ["\x00", "\x1b[31m", "\u202eabc", "\ud800", "\x7f", "\uffff"])
def test_control_characters_are_refused(hidden: str):
    assert "message" in errors(shipped("complainant/reply"), {"message": f"Baik {hidden} sekali"})


def test_a_line_break_in_a_one_line_field_is_refused():
    assert "a" in errors(small(a={"type": "string", "maxLength": 20}), {"a": "Subject\nBcc: all"})


@pytest.mark.parametrize("value", [{"a": 1}, 3, True, ["a", "b"], [["a"]], [{}]])
def test_a_text_that_is_no_text_is_refused(value: Any):
    assert "a" in errors(small(a={"type": "string", "maxLength": 20}), {"a": value})


@pytest.mark.parametrize(
    "value", [True, "3.5", "٣", "1e3", "9" * 30, 2**60, 10**400, 2.5, math.nan, math.inf, "0x1", {}, [1, 2]]
)
def test_what_is_no_whole_number_is_refused(value: Any):
    assert "a" in errors(small(a={"type": "integer"}), {"a": value})


@pytest.mark.parametrize(("value", "message"), [("0", "Give at least 1."), ("6", "Give at most 5.")])
def test_a_number_outside_its_limits_says_the_limit(value: str, message: str):
    assert errors(shipped("complainant/confirm"), {"rating": value})["rating"][0].en == message


@pytest.mark.parametrize("value", ["perhaps", 2, {}, "truee"])
def test_what_is_neither_yes_nor_no_is_refused(value: Any):
    assert "a" in errors(small(a={"type": "boolean"}), {"a": value})


@pytest.mark.parametrize("value", ["2026-02-30", "16-03-2026", "2026-3-6", "20260316", "2026-W12-1", "now"])
def test_what_is_no_date_is_refused_with_an_example(value: str):
    found = errors(small(a={"type": "string", "format": "date"}), {"a": value})
    assert "2026-03-16" in found["a"][0].id


@pytest.mark.parametrize("value", ["2026-03-16T08:00:00", "2026-03-16", "later"])
def test_a_time_without_a_zone_is_refused(value: str):
    assert "a" in errors(small(a={"type": "string", "format": "date-time"}), {"a": value})


@pytest.mark.parametrize("value", ["rina", "rina@", "@contoh.id", "rina@contoh", "a b@contoh.id"])
def test_what_is_no_address_is_refused(value: str):
    assert "a" in errors(small(a={"type": "string", "format": "email"}), {"a": value})


def test_a_pattern_that_does_not_match_points_to_the_example():
    found = errors(shipped("complaint/verify_complaint"), {"decision": "merge", "parent_reference": "TTS-1"})
    assert found["parent_reference"][0].en.startswith("This does not have the right form.")


@pytest.mark.parametrize("value", [["x", "x"], ["z"], [1], {"x": 1}, ["x", ["y"]]])
def test_a_wrong_list_of_choices_is_refused(value: Any):
    form = small(a={"type": "array", "items": {"type": "string", "enum": ["x", "y"]}})
    assert "a" in errors(form, {"a": value})


def test_more_choices_than_allowed_are_refused_with_the_number():
    form = small(a={"type": "array", "maxItems": 1, "items": {"type": "string", "enum": ["x", "y"]}})
    assert errors(form, {"a": ["x", "y"]})["a"][0].en == "Choose at most 1."


def test_an_office_that_hands_in_no_choices_accepts_none():
    with pytest.raises(FormInvalidError):
        parse_form(shipped("complaint/dispose_complaint"), {"lead_unit": "pupr"}, options={})


@pytest.mark.parametrize("values", [None, [], "decision=accept", 7])
def test_what_is_no_object_is_refused(values: Any):
    assert set(errors(shipped("complainant/reply"), values)) == {""}


def test_a_field_may_be_called_like_a_part_of_the_schema_class():
    form = small(load={"type": "string", "maxLength": 5}, fields={"type": "string", "maxLength": 5})
    assert parse(form, {"load": "a", "fields": "b"}).process == {"load": "a", "fields": "b"}


def test_a_long_text_is_checked_before_its_pattern():
    form = small(a={"type": "string", "maxLength": 10, "pattern": "^(a|b)*$"})
    assert "at most 10" in errors(form, {"a": "a" * 1_000_000})["a"][0].en


# What the documents say


def test_the_document_on_forms_names_every_case_field_and_hint():
    page = (FORMS.parent / "docs" / "forms.md").read_text(encoding="utf-8")
    used = {
        hint for key in KEYS for spec in raw(key)["properties"].values() for hint in spec if hint[0:2] == "x-"
    }
    missing = [word for word in {*SETTABLE, *used} if f"`{word}`" not in page]
    assert missing == []


def test_the_glossary_names_every_role_and_kind():
    folder = FORMS.parent
    page = (folder / "docs" / "glossary.md").read_text(encoding="utf-8")
    roles = json.loads((folder / "reference" / "roles.json").read_text(encoding="utf-8"))["roles"]
    kinds = json.loads((folder / "reference" / "kinds.json").read_text(encoding="utf-8"))["kinds"]
    assert [word for word in {*roles, *kinds} if word not in page] == []
