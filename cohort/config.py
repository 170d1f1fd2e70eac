"""Settings, read once from the environment and refused with a clear sentence when they are wrong."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """One or more settings are missing or wrong; the text lists each with what to do."""


class Mode(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"
    DEMO = "demo"


class MailMode(StrEnum):
    """Whom mail reaches. Anything but live is for copies of an installation, whose people must not be written to."""

    LIVE = "live"
    ALLOWLIST = "allowlist"
    """Those whom MAIL_ALLOW names."""
    LOG = "log"
    """Nobody; the log says which mail would have left."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail leaves. `scheme` is smtp, smtps or mailbox (kept in the database, shown on the mailbox page)."""

    scheme: str
    host: str = ""
    port: int = 25
    user: str | None = None
    password: str | None = None
    starttls: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations. Immutable; tests build it directly."""

    mode: Mode
    database_url: str
    secret_key: str
    base_url: str
    mail_server: MailServer
    mail_from: str
    data_dir: Path
    mail_mode: MailMode = MailMode.LIVE
    mail_allow: tuple[str, ...] = ()
    """Addresses, and domains such as `@example.org`; in small letters."""
    organisation: str = "your program team"
    support_address: str = ""
    mail_per_second: int = 10
    """Mails that leave in a second at most, of all workers together, and twice as many at once. 0: without limit."""
    secret_key_fallbacks: tuple[str, ...] = ()
    proxy_hops: int = 0
    log_level: str = "INFO"
    metrics_token: str = ""
    """What a reader of /metrics must show; '': there are none."""

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """The oldest first; the last one signs, the others still open what they signed."""
        return (*self.secret_key_fallbacks, self.secret_key)

    @property
    def mail_domain(self) -> str:
        return self.mail_from.rsplit("@", 1)[-1]

    @property
    def shows_mailbox(self) -> bool:
        """The mailbox page exists only where mail cannot reach anybody by accident."""
        return self.mail_server.scheme == "mailbox" and self.mode is not Mode.PRODUCTION

    @property
    def uploads_dir(self) -> Path:
        return self.data_dir / "uploads"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: the process's). Raises SettingsError naming every setting at fault."""
    return _Reader(os.environ if environ is None else environ).settings()


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def settings(self) -> Settings:
        mode = self._mode()
        data_dir = Path(self._text("DATA_DIR", str(ROOT / "var"))).expanduser().absolute()
        base_url = self._base_url(mode)
        settings = Settings(
            mode=mode,
            data_dir=data_dir,
            database_url=self._database_url(data_dir),
            secret_key=self._secret_key(mode, data_dir),
            secret_key_fallbacks=tuple(self._text("SECRET_KEY_FALLBACKS", "").split()),
            base_url=base_url,
            mail_server=self._mail_server(mode),
            mail_from=self._mail_from(mode, base_url),
            mail_mode=MailMode(self._choice("MAIL_MODE", MailMode.LIVE, tuple(MailMode))),
            mail_allow=self._mail_allow(),
            mail_per_second=self._number("MAIL_PER_SECOND", 10, 0, 1000),
            organisation=self._text("ORGANISATION", "your program team"),
            support_address=self._text("SUPPORT_ADDRESS", ""),
            proxy_hops=self._number("PROXY_HOPS", 0, 0, 5),
            log_level=self._choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
            metrics_token=self._metrics_token(),
        )
        if self.problems:
            raise SettingsError("\n".join(self.problems))
        return settings

    def _text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def _refuse(self, problem: str) -> None:
        self.problems.append(problem)

    def _choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self._text(name, default)
        if value not in allowed:
            self._refuse(f"{name} is {value!r}. Set it to one of: {', '.join(allowed)}.")
            return default
        return value

    def _number(self, name: str, default: int, low: int, high: int) -> int:
        value = self._text(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            self._refuse(f"{name} is {value!r}. Set it to a whole number from {low} to {high}.")
            return default
        return int(value)

    def _mode(self) -> Mode:
        return Mode(self._choice("COHORT_MODE", Mode.PRODUCTION, tuple(Mode)))

    def _database_url(self, data_dir: Path) -> str:
        url = self._text("DATABASE_URL", f"sqlite:///{data_dir / 'cohort.sqlite3'}")
        for old in ("postgres://", "postgresql://"):
            if url.startswith(old):
                url = "postgresql+psycopg://" + url.removeprefix(old)
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            self._refuse(
                "DATABASE_URL must start with sqlite:/// or postgresql://, for example postgresql://user:password@host/cohort."
            )
        return url

    def _secret_key(self, mode: Mode, data_dir: Path) -> str:
        key = self._text("SECRET_KEY", "")
        if key:
            if len(key) < 32:
                self._refuse("SECRET_KEY is shorter than 32 characters. Make one with: openssl rand -hex 32.")
            return key
        if mode is Mode.PRODUCTION:
            self._refuse(
                "SECRET_KEY is missing. Make one with: openssl rand -hex 32, and keep it out of the repository."
            )
            return ""
        return _kept_key(data_dir / "secret_key")

    def _base_url(self, mode: Mode) -> str:
        url = self._text("BASE_URL", "" if mode is Mode.PRODUCTION else "http://127.0.0.1:8000").rstrip("/")
        if not url:
            self._refuse(
                "BASE_URL is missing. Set it to the address people open, for example https://cohort.example.org."
            )
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            self._refuse(
                f"BASE_URL is {url!r}. It needs a scheme and a host and nothing after them: https://cohort.example.org."
            )
        return url

    def _mail_server(self, mode: Mode) -> MailServer:
        url = self._text("MAIL_URL", "" if mode is Mode.PRODUCTION else "mailbox:")
        if not url:
            self._refuse("MAIL_URL is missing. Set it to smtp://user:password@host:587?starttls=1.")
            return MailServer("mailbox")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            self._refuse("MAIL_URL has a port that is not a number from 1 to 65535.")
            return MailServer("mailbox")
        if parts.scheme == "mailbox" and mode is not Mode.PRODUCTION:
            return MailServer("mailbox")
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            self._refuse(
                "MAIL_URL must be smtp://user:password@host:port?starttls=1 or smtps://user:password@host:465."
            )
            return MailServer("mailbox")
        return _mail_server(parts, port)

    def _mail_from(self, mode: Mode, base_url: str) -> str:
        host = urlsplit(base_url).hostname if mode is Mode.PRODUCTION else None
        address = self._text("MAIL_FROM", f"cohort@{host or 'demo.example'}")
        if address.count("@") != 1 or not address.isascii() or any(c.isspace() or c in "<>,;" for c in address):
            self._refuse("MAIL_FROM must be one plain address such as cohort@example.org.")
        return address

    def _mail_allow(self) -> tuple[str, ...]:
        allowed = tuple(self._text("MAIL_ALLOW", "").lower().replace(",", " ").split())
        for entry in allowed:
            if entry.count("@") != 1 or entry.endswith("@"):
                self._refuse(f"MAIL_ALLOW names {entry!r}. Write addresses, or domains such as @example.org.")
        if not allowed and self._text("MAIL_MODE", "") == MailMode.ALLOWLIST:
            self._refuse("MAIL_ALLOW is missing. Name who gets mail: addresses, or domains such as @example.org.")
        return allowed

    def _metrics_token(self) -> str:
        token = self._text("METRICS_TOKEN", "")
        if token and len(token) < 32:
            self._refuse("METRICS_TOKEN is shorter than 32 characters. Make one with: openssl rand -hex 32.")
        return token


def _mail_server(parts: SplitResult, port: int | None) -> MailServer:
    return MailServer(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=port or (465 if parts.scheme == "smtps" else 25),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        starttls=parse_qs(parts.query).get("starttls", ["0"])[-1] in ("1", "true", "yes"),
    )


def _kept_key(path: Path) -> str:
    """The key of a demo or development installation: made once, kept in its data folder."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()
