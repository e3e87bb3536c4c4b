"""Pages of rulesets for designers: versions, readable clocks and decision tables, upload and download."""

import re

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from cases.errors import FileRefusedError
from cases.rules.details import RulesetDetail, get_ruleset_detail
from cases.rules.files import unpack
from cases.rules.model import ClockRule
from cases.rules.versions import check_upload, deploy_ruleset, list_rulesets, retire_ruleset
from engine.errors import DeploymentRefusedError
from engine.markup import MAX_SET_BYTES
from engine.model import Files, Finding
from web.access import current_actor, permission
from web.context import environment, read, write
from web.designer_files import download, zipped
from web.labels import label
from web.language import say

blueprint = Blueprint("rulesets", __name__, url_prefix="/rulesets")

UNITS = {
    "working_days": _("hari kerja"),
    "calendar_days": _("hari kalender"),
    "hours": _("jam"),
}
ON_EXPIRY = {
    "escalate": _("Eskalasi"),
    "escalate_breach": _("Eskalasi, dan dicatat sebagai pelanggaran batas undang-undang"),
    "escalate_above_superior": _("Eskalasi; persetujuan beralih ke atasan berikutnya"),
    "flag_breach": _("Dicatat sebagai pelanggaran batas undang-undang"),
    "withdrawn_unless_oversight": _("Pengaduan dianggap dicabut; pengawasan tetap berjalan"),
    "auto_closed": _("Pengaduan ditutup"),
    "remind": _("Instansi lain diingatkan"),
    "admin_decides": _("Admin instansi memutuskan"),
}
ROUTES = {
    "none": _("tidak ada"),
    "superior": _("atasan petugas"),
    "parent_unit": _("unit di atasnya"),
    "regional_secretary": _("sekretaris daerah"),
    "inspectorate": _("inspektorat"),
}
FORBIDDEN = {"nobody": _("tidak ada"), "officer": _("petugas itu"), "unit": _("unit itu dan di bawahnya")}
RECIPIENTS = {
    "owner": _("pemegang kasus"),
    "superior": _("atasan"),
    "above_superior": _("atasan dari atasan"),
    "head_of_unit": _("kepala unit"),
    "coordinating_admin": _("admin instansi"),
    "regional_secretary": _("sekretaris daerah"),
    "leadership": _("pimpinan"),
}
VISIBILITIES = {
    "public": _("umum (bagian publik)"),
    "limited": _("kantor saja"),
    "restricted": _("jalur tertutup"),
}
APPROVERS = {
    "superior": _("atasan"),
    "higher_superior": _("atasan dari atasan"),
    "inspectorate": _("inspektorat"),
    "information_officer": _("pejabat informasi"),
}
COLUMNS = {
    "visibility": VISIBILITIES,
    "approver": APPROVERS,
    "on_expiry": ON_EXPIRY,
    "mandatory_route": ROUTES,
    "forbidden": FORBIDDEN,
    "recipients": RECIPIENTS,
}
LABELLED = frozenset(
    {
        "case_class",
        "sensitivity",
        "kind",
        "outcome",
        "outcome_reason",
        "stage",
        "accused_kind",
        "category",
        "area",
    }
)
"""Columns whose values the office has words for."""

_LIST = re.compile(r"(not )?in \((.+)\)\Z")
_PLAIN = {"True": _("ya"), "False": _("tidak"), "None": _("tidak ada"), "is None": _("tidak ada")}


@blueprint.get("")
@permission("draft_process")
def list_all_rulesets() -> str:
    """Every version, and the upload of a new one."""
    return _list_page()


@blueprint.post("")
@permission("deploy_process")
def upload_ruleset() -> AnyResponse | tuple[str, int]:
    """Check an uploaded zip, or check and deploy it; findings are shown on the same page."""
    env, actor = environment(), current_actor()
    note = request.form.get("note", "").strip()[:2000]
    try:
        files = _uploaded()
    except FileRefusedError as error:
        return _list_page(problem=say(error.text), note=note), 422
    if request.form.get("action") != "deploy":
        findings = read(lambda session: check_upload(session, env, files, by=actor))
        return _list_page(findings=findings, note=note), 200
    if not note:
        return _list_page(problem=gettext("Tulis apa yang berubah."), note=note), 422
    try:
        view = write(lambda session: deploy_ruleset(session, env, files, by=actor, note=note))
    except DeploymentRefusedError as refused:
        return _list_page(findings=refused.findings, note=note), 422
    return redirect(
        url_for("rulesets.show_ruleset", key=view.key, version=view.version, done="deployed"), 303
    )


@blueprint.get("/<string:key>/<int:version>")
@permission("draft_process")
def show_ruleset(key: str, version: int) -> str:
    """One version: its clocks, reasons, limits and decision tables as people read them."""
    detail = _detail(key, version)
    return render_template(
        "rulesets/version.html",
        detail=detail,
        rules=detail.rules,
        clocks=[(clock, _length(clock), _stops(detail, clock)) for clock in detail.rules.clocks.values()],
        expiry=ON_EXPIRY,
        cell=plain_cell,
        done=request.args.get("done", ""),
    )


@blueprint.get("/<string:key>/<int:version>/ruleset.zip")
@permission("draft_process")
def send_ruleset(key: str, version: int) -> Response:
    """All files of a version, to change and upload again."""
    return download(f"{key}-v{version}.zip", zipped(_detail(key, version).files))


@blueprint.post("/<string:key>/<int:version>/retirement")
@permission("deploy_process")
def retire(key: str, version: int) -> AnyResponse:
    """Take a version out of use for new cases."""
    env, actor = environment(), current_actor()
    write(lambda session: retire_ruleset(session, env, key, version, by=actor))
    return redirect(url_for("rulesets.show_ruleset", key=key, version=version, done="retired"), 303)


def plain_cell(text: str, column: str) -> str:
    """A cell of a decision table without the signs of its language: ``"a", "b"`` reads *a, b*, in words where known."""
    if text in {"-", ""}:
        return str(gettext("apa saja"))
    if text in _PLAIN:
        return str(_PLAIN[text])
    listed = _LIST.match(text)
    words = " · ".join(_word(word, column) for word in _unquoted(listed[2] if listed else text).split(", "))
    return str(gettext("selain %(words)s", words=words)) if listed and listed[1] else words


def _unquoted(text: str) -> str:
    return text.replace('"', "").replace("'", "").rstrip(",") or str(gettext("kosong"))


def _word(word: str, column: str) -> str:
    if column in COLUMNS:
        return str(COLUMNS[column].get(word, word))
    return label(word, column) if column in LABELLED else word


def _length(clock: ClockRule) -> str:
    unit = UNITS[clock.unit.value]
    if clock.extension:
        return str(
            gettext(
                "%(length)s %(unit)s, sekali diperpanjang %(extension)s",
                length=clock.length,
                unit=unit,
                extension=clock.extension,
            )
        )
    return f"{clock.length} {unit}"


def _stops(detail: RulesetDetail, clock: ClockRule) -> list[str]:
    """The events that stop a clock; that the closure of the case stops it goes without saying."""
    return [
        _event(detail, event) for event in clock.stops_at if event != "closed" or len(clock.stops_at) == 1
    ]


def _event(detail: RulesetDetail, event: str) -> str:
    return say(detail.events[event]) if event in detail.events else event


def _detail(key: str, version: int) -> RulesetDetail:
    env, actor = environment(), current_actor()
    return read(lambda session: get_ruleset_detail(session, env, key, version, by=actor))


def _uploaded() -> Files:
    upload = request.files.get("ruleset")
    return unpack(upload.stream.read(MAX_SET_BYTES + 1) if upload else b"")


def _list_page(
    *, findings: tuple[Finding, ...] | None = None, problem: str | None = None, note: str = ""
) -> str:
    env, actor = environment(), current_actor()
    return render_template(
        "rulesets/list.html",
        rulesets=read(lambda session: list_rulesets(session, env, by=actor)),
        findings=findings,
        errors=sum(finding.severity == "error" for finding in findings or ()),
        problem=problem,
        note=note,
    )
