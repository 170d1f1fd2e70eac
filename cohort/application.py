"""How the application is put together."""

from datetime import timedelta
from importlib import import_module

from flask import Flask, g, request
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from cohort import FEATURES, MODELS, config, logs, templating
from cohort.admission import Admission
from cohort.config import ROOT, Settings
from cohort.converters import CONVERTERS
from cohort.db import db, engine_options, may_write
from cohort.security import add_static_headers
from cohort.security import install as install_bounds

IDLE_FOR = timedelta(hours=2)
"""How long a browser stays signed in without a click."""
A_YEAR = 31_536_000
LARGEST_REQUEST = 26 * 1024 * 1024


def assemble(settings: Settings | None = None) -> Flask:
    settings = settings or config.load()
    app = Flask(__package__, template_folder=str(ROOT / "templates"))
    configure(app, settings)
    add_extensions(app)
    add_features(app)
    add_pages_around(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    logs.install(app, settings.log_level)
    app.extensions["settings"] = settings
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        TRUSTED_HOSTS=[settings.host.split(":")[0], "127.0.0.1", "localhost"],
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SESSION_COOKIE_NAME="__Host-cohort" if settings.is_https else "cohort",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=IDLE_FOR,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_ENABLED=True,
    )


def add_extensions(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    from cohort.limits import limiter
    from cohort.people.signed_in import load_signed_in

    templating.install(app)  # before whatever gives the templates something
    db.init_app(app)
    install_bounds(app)  # before whatever reads a form
    CSRFProtect(app)
    limiter.init_app(app)
    login = LoginManager(app)
    login.user_loader(load_signed_in)
    login.session_protection = None
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=app.static_folder,
        prefix="static/",
        max_age=A_YEAR,  # an address changes with its file's content, see templating.asset
        add_headers_function=add_static_headers,
    )
    app.wsgi_app = Admission(app.wsgi_app)  # type: ignore[method-assign]
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def add_features(app: Flask) -> None:
    from cohort.gate import require_declared_routes

    app.url_map.converters.update(CONVERTERS)
    for name in MODELS:
        import_module(name)
    for name in FEATURES:
        app.register_blueprint(import_module(name).bp)
    require_declared_routes(app)


def add_pages_around(app: Flask) -> None:
    from cohort.error_pages import install as install_error_pages
    from cohort.people.kept import answer_csrf_error
    from cohort.shell import Shell

    app.register_error_handler(CSRFError, answer_csrf_error)
    install_error_pages(app)
    app.before_request(_begin_request)
    app.context_processor(lambda: {"shell": Shell()})
    settings: Settings = app.extensions["settings"]
    app.jinja_env.globals.update(organisation=settings.organisation, support_address=settings.support_address)


def _begin_request() -> None:
    """Reads take no write lock, and every time is shown in the reader's zone."""
    may_write.set(request.method not in ("GET", "HEAD", "OPTIONS"))
    g.zone = current_user.person.time_zone if current_user.is_authenticated else "UTC"
