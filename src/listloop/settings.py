"""Settings of the program: from the environment (``LISTLOOP_…``), else from ``listloop.toml``, else the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from listloop.core.errors import NeedsAttention


class Settings(BaseSettings):
    """What the program needs to know before it opens its database; everything else is stored in there."""

    model_config = SettingsConfigDict(env_prefix="LISTLOOP_", toml_file="listloop.toml", extra="forbid")

    database: str = Field(
        default_factory=lambda: str(Path.home() / ".listloop" / "listloop.sqlite"),
        description="A file (SQLite), or an address that starts with postgresql://.",
    )
    host: str = Field(default="127.0.0.1", description="The address that the pages listen on.")
    port: int = Field(default=8025, ge=0, le=65535, description="The port of the pages; 0 takes any that is free.")
    base_url: str = Field(default="", description="The address that people see; empty: http://HOST:PORT.")
    webhook_url: str = Field(
        default="",
        description="The public https:// address under which Mailchimp reaches this service; empty: no webhooks.",
    )
    outside: str = Field(
        default="",
        description="A file that keeps opt-outs and erasures outside the database, too; empty: beside the SQLite file.",
    )
    mailchimp_app: str = Field(
        default="", description="The client id of your app at Mailchimp; empty: people paste an API key instead."
    )
    mailchimp_app_secret: str = Field(default="", repr=False, description="The client secret of that app.")
    mailchimp_login: str = Field(
        default="https://login.mailchimp.com", description="Where people sign in at Mailchimp."
    )
    connections: int = Field(
        default=8, ge=1, le=10, description="Simultaneous calls to one Mailchimp account, which allows 10 for all apps."
    )
    threads: int = Field(default=4, ge=1, le=64, description="Connections that run at the same time in one process.")
    tick: float = Field(default=15.0, ge=1.0, le=60.0, description="Seconds between two looks for runs that are due.")
    mail_server: str = Field(
        default="",
        repr=False,
        description="The server that sends mails: smtp://user:password@host:587, or smtps://; empty: no mails.",
    )
    mail_from: str = Field(default="", description="The sender of mails; empty: the first of alert_mail.")
    alert_mail: str = Field(default="", description="Who gets alerts and the digest by mail; several by commas.")
    alert_url: str = Field(
        default="", repr=False, description="An address to which alerts are posted as JSON; empty: nowhere."
    )
    alert_secret: str = Field(
        default="", repr=False, description="The key of the HMAC-SHA256 in X-Listloop-Signature of such posts."
    )
    digest: bool = Field(default=True, description="A mail a day with how everything stands, to alert_mail.")

    log: Literal["text", "json"] = Field(
        default="text", description="Lines for people, or one JSON object a line, on standard error."
    )

    keep_runs: int = Field(default=90, ge=0, description="Days that past runs and their plans are kept; 0: for ever.")
    keep_history: int = Field(
        default=730, ge=0, description="Days that the history of what was written is kept; 0: for ever."
    )
    keep_audit: int = Field(default=0, ge=0, description="Days that the audit log is kept; 0: for ever.")
    keep_results: int = Field(
        default=0,
        ge=0,
        description="Days after its sending that who did what with a campaign is kept; its numbers stay. 0: for ever.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(database: str | None = None) -> Settings:
    """The settings. Raises NeedsAttention naming each one that can't be used."""
    try:
        return Settings(database=database) if database else Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}" for one in error.errors())
        raise NeedsAttention(
            f"The settings can't be used: {wrong}.",
            "Mend listloop.toml or the LISTLOOP_… variable; docs/reference/settings.md lists them all.",
            code="settings",
        ) from None
    except ValueError as error:
        raise NeedsAttention(
            f"listloop.toml can't be read: {error}.", "Mend the line that is named.", code="settings"
        ) from None
