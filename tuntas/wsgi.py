"""The WSGI application for a server of your choice: ``gunicorn tuntas.wsgi:application``."""

import os

from tuntas.app import create_app
from tuntas.config import read_config

application = create_app(read_config(os.environ))
