"""The front desk registers what came by letter, by telephone or on foot, and hands out the receipt."""

import secrets
from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from cases.conflict import OFFICER
from cases.forms import Form, Options
from cases.model import Channel, Priority
from cases.office_choices import form_options
from web.access import current_actor, permission
from web.complaint_entry import (
    REFUSALS,
    AlreadyFiledError,
    Entry,
    complaint_form,
    file_complaint,
    what_is_wrong,
)
from web.complaints import show_receipt
from web.context import environment, read
from web.dates import local
from web.entered import Problems, instant, text
from web.filled_form import FilledForm, needed_options, spoken, typed_values

Choices = list[tuple[str, str]]
blueprint = Blueprint("front_desk", __name__)
CHANNELS = (
    Channel.FRONT_DESK,
    Channel.LETTER,
    Channel.TELEPHONE,
    Channel.EMAIL,
    Channel.WHATSAPP,
    Channel.SMS,
    Channel.SOCIAL_MEDIA,
)


@blueprint.get("/cases/new")
@permission("register")
def show_registration() -> str:
    """The complaint form with channel and time of receipt."""
    return _form_page(Problems())


@blueprint.post("/cases/new")
@permission("register")
def register_case() -> Response | tuple[str, int]:
    """Register, and show the receipt to hand out."""
    once = text("once", 60) or secrets.token_urlsafe(18)
    entry, problems = _entry()
    if problems:
        return _form_page(problems), 422
    try:
        registered, _opened = file_complaint(entry, once=once, by=current_actor())
    except AlreadyFiledError as sent:
        return render_template("complaints/already_filed.html", reference=sent.reference), 409
    except REFUSALS as error:
        problems, status = what_is_wrong(error)
        return _form_page(problems), status
    return show_receipt(registered, template="cases/receipt.html")


def _entry() -> tuple[Entry, Problems]:
    problems = Problems()
    given, received_at = request.form.get("channel", ""), instant(request.form.get("received_at"))
    channel = next((each for each in CHANNELS if each.value == given), None)
    if channel is None:
        problems["channel"] = gettext("Pilih saluran masuknya pengaduan.")
    if received_at is None:
        problems["received_at"] = gettext("Tulis tanggal dan jam pengaduan diterima.")
    elif received_at > environment().clock.now():
        problems["received_at"] = gettext("Waktu terima tidak boleh di masa depan.")
    kind, unit, user = (text(f"about_{name}", 40) or None for name in ("kind", "unit", "user"))
    if kind == OFFICER and not user:
        problems["about_user"] = gettext(
            "Pilih petugas yang diadukan. Bila namanya belum diketahui, pilih unitnya."
        )
    elif kind and kind != OFFICER and not unit:
        problems["about_unit"] = gettext("Pilih unit yang diadukan.")
    emergency = request.form.get("is_emergency") == "yes"
    acts = text("acting_unit", 60) or None
    if acts and not emergency:
        problems["acting_unit"] = gettext("Unit hanya dipilih di sini bila keadaannya darurat.")
    priority = Priority.EMERGENCY if emergency else Priority.NORMAL
    entry = Entry(channel or Channel.FRONT_DESK, received_at, kind, unit, user, priority, acts)
    return entry, problems


def _form_page(problems: Problems) -> str:
    env = environment()
    form = complaint_form(env)
    options, units, users, acting = read(lambda session: _choices(session, form))
    filled = FilledForm(form, typed_values(request.form), options, problems)
    now: datetime = local(env.clock.now())
    return render_template(
        "cases/register.html",
        filled=filled,
        channels=[channel.value for channel in CHANNELS],
        once=text("once", 60) or secrets.token_urlsafe(18),
        received_at=request.form.get("received_at", now.strftime("%Y-%m-%dT%H:%M")),
        channel=request.form.get("channel", Channel.FRONT_DESK.value),
        units=units,
        users=users,
        acting=acting,
    )


def _choices(session: Session, form: Form) -> tuple[Options, Choices, Choices, Choices]:
    """What the form offers, the units and people who may be complained about, and the units that can act at once."""
    env = environment()
    office = form_options(session, env)
    units, users, acting = (spoken(office[name]) for name in ("unit", "user", "lead_unit"))
    return needed_options(session, env, form), units, users, acting
