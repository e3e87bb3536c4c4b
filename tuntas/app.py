"""The application factory."""

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import UnicodeConverter, ValidationError

import api
import web
from cases.ports import Clock
from storage.database import engine_options, normalise_url, prepare
from storage.tables import Base
from tuntas import health
from tuntas.collector import spare_the_collector
from tuntas.config import Config
from tuntas.logs import set_up_logging
from tuntas.observing import observe_requests
from tuntas.office import Tuntas, build
from tuntas.wake import ring_on_commit

db = SQLAlchemy(metadata=Base.metadata)
"""The declared tables, bound to the application; sessions are made by the unit of work only."""


class Words(UnicodeConverter):
    """Text in an address. One with a NUL, which PostgreSQL keeps nowhere, leads to nothing."""

    def to_python(self, value: str) -> str:
        """The text itself."""
        if "\0" in value:
            raise ValidationError
        return value


def create_app(config: Config, *, clock: Clock | None = None) -> Flask:
    """The WSGI application. ``app.extensions["tuntas"]`` is the office it serves."""
    set_up_logging(config.log_level, config.log_format)
    app = Flask("tuntas", static_folder=None)
    app.url_map.converters |= {"default": Words, "string": Words}
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=normalise_url(config.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(normalise_url(config.database_url)),
        # A form with its files; a single file is refused earlier, while it streams.
        MAX_CONTENT_LENGTH=config.max_upload_bytes * 3,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        TESTING=config.testing,
    )
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
        ring_on_commit(db.engine)
        app.extensions["tuntas"] = build(config, db.engine, clock=clock)
    observe_requests(app)
    api.register(app)
    web.register(app)
    health.register(app)
    spare_the_collector()
    return app


def tuntas_of(app: Flask) -> Tuntas:
    """The office that an application serves."""
    office: Tuntas = app.extensions["tuntas"]
    return office
