"""Settings: the only reader of the environment."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.streams import TOUCH_PARTITIONS

SERVICES = ("contact", "segmentation", "campaign", "interaction", "console")
LOCAL_FILE = "settings.env"


class KafkaSecurity(StrEnum):
    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_SSL = "SASL_SSL"


class SmtpSecurity(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class TeamVisibility(StrEnum):
    MASKED = "masked"
    HIDDEN = "hidden"


class Unregistered(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"


class Settings(BaseSettings):
    """What one process knows from outside: TOUCHLINE_… variables, and secrets in files."""

    model_config = SettingsConfigDict(
        env_prefix="TOUCHLINE_", extra="ignore", frozen=True, validate_default=True, populate_by_name=True
    )

    service: str = ""
    role: str = ""
    state: Path = Path(".touchline")
    development: bool = Field(default=False, description="Allows the secrets that `make run` generates.")
    host: str = "127.0.0.1"

    database_url: str = Field(
        default="postgresql://{service}@127.0.0.1:5432/touchline_{service}",
        description="{service} is replaced by the service's name; the password never stands here.",
    )
    database_password_file: str = Field(default="", description="Read again at each connect; may hold {service}.")

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security: KafkaSecurity = KafkaSecurity.PLAINTEXT
    kafka_sasl_mechanism: str = ""
    kafka_sasl_username: str = ""
    kafka_sasl_password_file: str = ""
    kafka_ca_file: str = ""
    topic_prefix: str = Field(default="", description="Goes before each Kafka topic and consumer group of this tenant.")
    touch_partitions: int = Field(
        default=TOUCH_PARTITIONS,
        ge=1,
        le=1000,
        description="Of each stream of touches, as many processes may share its work; chosen before the first start.",
    )

    token_key_file: str = Field(default="", description="The key of locally signed tokens; development only.")
    service_token_file: str = Field(default="", description="The token of our own calls; may hold {service}, re-read.")
    oidc_issuer: str = Field(default="", description="Who signs the tokens of people and systems; tokens name it.")
    oidc_jwks_url: str = Field(default="", description="Where that provider's keys are.")
    audience: str = Field(default="touchline", description="For whom tokens have to be: their `aud`, and no other.")
    oidc_client_id: str = Field(default="", description="As whom the console is registered at the provider.")
    oidc_client_secret_file: str = Field(default="", description="Empty means a public client, by PKCE alone. Re-read.")
    oidc_scopes: str = Field(default="openid profile email", description="What the console asks for, with spaces.")
    oidc_parameters: dict[str, str] = Field(
        default={}, description='JSON: more for the provider\'s log-in page, as {"audience": "touchline"}.'
    )
    oidc_user_claim: str = Field(
        default="",
        description="The claim that is a person's name in users/…; empty means `sub` as it stands, without users/.",
    )
    oidc_roles_claim: str = Field(default="roles", description="The claim with roles or groups; dots lead into it.")
    oidc_roles: dict[str, str] = Field(
        default={}, description='JSON: what its values mean, {"crm-sales": "rep"}; empty means that they are our roles.'
    )
    oidc_team_claim: str = Field(default="team", description="The claim with the team, or groups.")
    oidc_teams: dict[str, str] = Field(
        default={}, description='JSON: what its values mean, {"sales-north": "north"}, the first that fits.'
    )
    console_key_file: str = Field(
        default="",
        description="Lines of at least 32 bytes of secret: the first seals the console's sessions, all open them.",
    )
    identity_key_file: str = Field(default="", description="The installation's HMAC key: subjects are made with it.")

    limit_people_reads: float = Field(
        default=0, ge=0, description="Calls a second that a person may make of one process, ten seconds' worth at once."
    )
    limit_people_writes: float = Field(default=0, ge=0, description="The same for what is no reading; 0 is no limit.")
    limit_systems_reads: float = Field(default=0, ge=0, description="For callers of role service.")
    limit_systems_writes: float = Field(default=0, ge=0, description="For callers of role service.")

    tls_certificate_file: str = Field(
        default="",
        description="PEM with its chain, shown to callers and callees; empty means no TLS. May hold {service}.",
    )
    tls_key_file: str = Field(default="", description="Of that certificate, in PEM. Read anew, as all three.")
    tls_authorities_file: str = Field(default="", description="PEM of those who may vouch for a peer of ours.")
    tls_identity: str = Field(
        default="spiffe://touchline.internal/{service}",
        description="The SPIFFE id that the certificate of one of our services carries as a URI.",
    )
    tls_peers_file: str = Field(
        default="", description="Who may call what beside our own services, whom deploy/peers.yaml knows."
    )

    region: str = Field(
        default="DE",
        description="ISO 3166 alpha-2: the country by which phone numbers without a country code are read.",
    )

    normalisation: int = Field(
        default=1, ge=1, description="The version of the rules by which identifiers are compared; the same everywhere."
    )

    team_visibility: TeamVisibility = Field(
        default=TeamVisibility.MASKED,
        description="What colleagues see of another team's contacts: addresses masked, or nothing at all (hidden).",
    )
    unregistered_attributes: Unregistered = Field(
        default=Unregistered.ACCEPT,
        description="Attributes of contacts that nobody registered: taken with any value, or refused (refuse).",
    )

    port_contact: int = 7101
    port_segmentation: int = 7102
    port_campaign: int = 7103
    port_interaction: int = 7104
    port_console: int = 8080
    port_edge: int = 8081
    port_metrics: int = Field(default=9100, description="The first of the ports for /healthz and /metrics.")

    tracking_key_file: str = Field(default="", description="Lines `kid base64url-key`: the first signs, all verify.")
    tracking_countries: str = Field(
        default="", description="`DE=never US=always`: where mails are measured otherwise than by consent."
    )
    edge_url: str = Field(
        default="http://127.0.0.1:8081", description="The public address before /o/, /c/, /u/, /p/ and /s/."
    )
    edge_trusted_proxies: str = Field(
        default="", description="Networks, with commas, whose X-Forwarded-For is believed: 10.0.0.0/8,::1/128."
    )
    edge_cookie_domain: str = Field(
        default="", description="The domain, such as example.com, for which a followed link sets a cookie; empty: none."
    )
    edge_spool_dir: str = Field(default="", description="Empty means edge-spool in the state folder.")
    edge_spool_bytes: int = Field(default=1024**3, ge=0, description="What the spool may hold at most.")

    embed_ancestors: str = Field(
        default="", description="Origins, with spaces, whose pages may show the panel in a frame; empty means none."
    )
    launch_key_file: str = Field(
        default="", description="Lines `system key`: a CRM's server signs launch tokens of its panel with its key."
    )

    console_url: str = Field(
        default="", description="Where colleagues open the console; empty means its local address."
    )
    alert_sender: str = Field(
        default="", description="In whose name alerts and digests are mailed to colleagues; empty means no such mail."
    )
    webhook_networks: str = Field(
        default="", description="Networks of our own, with commas, that webhooks may reach, also without TLS."
    )

    port_smtp: int = Field(default=8025, description="Of the sandbox mail server of `make run`.")
    port_inbox: int = Field(default=8026, description="Of the HTTP API that shows what the sandbox got.")
    port_otlp: int = Field(default=4317, description="Of the collector of `make run`: spans, by OTLP over gRPC.")
    port_traces: int = Field(default=8027, description="Of the HTTP API that shows what the collector got.")

    host_contact: str = Field(default="", description="Where callers find the service; empty means `host`.")
    host_segmentation: str = ""
    host_campaign: str = ""
    host_interaction: str = ""

    smtp_host: str = Field(default="127.0.0.1", description="The mail server that campaign hands mails to.")
    smtp_port: int = 8025
    smtp_security: SmtpSecurity = Field(default=SmtpSecurity.NONE, description="tls is from the first byte, as on 465.")
    smtp_username: str = Field(default="", description="Empty means no login; a login needs starttls or tls.")
    smtp_password_file: str = Field(default="", description="Read again at each connect.")
    smtp_ca_file: str = Field(default="", description="Whom to trust; empty means the system's authorities.")
    smtp_client_name: str = Field(default="", description="What EHLO says; empty means our IP address.")
    smtp_connections: int = Field(default=8, ge=1, le=1000, description="Of one sending process, at most.")
    smtp_pipeline: bool = Field(default=True, description="Use RFC 2920 where the server offers it.")
    smtp_connect_seconds: float = Field(default=15.0, gt=0, description="For TCP, TLS, greeting and login in all.")
    smtp_command_seconds: float = Field(default=60.0, gt=0, description="For an answer before the data; RFC 5321: 300.")
    smtp_result_seconds: float = Field(default=120.0, gt=0, description="For the data and its answer; RFC 5321: 600.")
    send_batch: int = Field(default=200, ge=1, le=1000, description="Mails that a sender takes, and settles, at once.")
    send_lease_seconds: float = Field(default=30.0, gt=0, description="After so long a lost sender's mails are free.")
    dkim_key_dir: str = Field(default="", description="Holds <domain>.<selector>.pem; empty means unsigned mails.")
    sandbox_refuses: bool = Field(default=True, description="Whether bounce-hard@… and its like are refused there.")

    otlp_endpoint: str = Field(
        default="",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT", "TOUCHLINE_OTLP_ENDPOINT"),
        description="Where spans go; empty means nowhere.",
    )
    log_level: str = "INFO"
    drain_seconds: float = Field(default=0.0, description="Between health NOT_SERVING and the last accepted call.")
    grace_seconds: float = Field(default=10.0, description="What calls in flight get to finish when draining.")

    demo: bool = Field(default=True, description="Whether `make run` puts the demo company in.")
    demo_live: bool = Field(default=True, description="Whether something then happens to it every two seconds.")

    @classmethod
    def load(cls, **fields: Any) -> Self:
        """Settings from the environment; what is given here goes before it.

        Last come those of the local stack, which `make run` leaves in the state folder for the tools.
        """
        state = Path(fields.get("state") or cls(**fields).state)
        source: dict[str, Any] = {"_env_file": state / LOCAL_FILE}
        return cls(**source, **fields)

    def as_environment(self) -> dict[str, str]:
        """Everything that was set, as the variables that set it again in another process."""
        given = self.model_dump(mode="json", exclude_unset=True)
        told = {name: json.dumps(value) if isinstance(value, dict) else str(value) for name, value in given.items()}
        return {f"TOUCHLINE_{name}".upper(): value for name, value in told.items()}

    @model_validator(mode="after")
    def _no_password_in_url(self) -> Self:
        if urlsplit(self.database_url).password:
            raise ValueError("TOUCHLINE_DATABASE_URL holds a password; put it into TOUCHLINE_DATABASE_PASSWORD_FILE")
        return self

    @model_validator(mode="after")
    def _no_development_secrets(self) -> Self:
        if self.token_key_file and not self.development:
            raise ValueError("TOUCHLINE_TOKEN_KEY_FILE signs tokens locally; that needs TOUCHLINE_DEVELOPMENT=true")
        return self

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        named = {
            f"tls_{name}_file": getattr(self, f"tls_{name}_file") for name in ("certificate", "key", "authorities")
        }
        missing = [f"TOUCHLINE_{name.upper()}" for name, path in named.items() if not path]
        if 0 < len(missing) < len(named):
            raise ValueError(f"TLS needs a certificate, its key and authorities; not set: {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _known_region(self) -> Self:
        from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - 20 ms, which imports of chassis.config need not pay

        if self.region not in SUPPORTED_REGIONS:
            raise ValueError(f"TOUCHLINE_REGION is {self.region!r}; it has to be an ISO 3166 country code such as DE")
        return self

    @model_validator(mode="after")
    def _no_login_in_clear_text(self) -> Self:
        if self.smtp_username and self.smtp_security is SmtpSecurity.NONE:
            raise ValueError("TOUCHLINE_SMTP_USERNAME needs TOUCHLINE_SMTP_SECURITY=starttls or tls")
        return self

    @property
    def console_address(self) -> str:
        """Where colleagues open the console."""
        return (self.console_url or f"http://{self.host}:{self.port_console}").rstrip("/")

    @property
    def local_collector(self) -> str:
        """Where spans go that the local stack keeps itself."""
        return f"http://{self.host}:{self.port_otlp}"

    @property
    def keeps_traces(self) -> bool:
        """Whether spans go to the local stack's own collector, so that the console can show them."""
        return self.otlp_endpoint == self.local_collector

    @property
    def hides_teams(self) -> bool:
        """Whether another team's contacts are not there for who is of none of its roles that see all."""
        return self.team_visibility is TeamVisibility.HIDDEN

    @property
    def refuses_unregistered_attributes(self) -> bool:
        """Whether an attribute of contacts needs a definition."""
        return self.unregistered_attributes is Unregistered.REFUSE

    def for_role(self, service: str, role: str = "") -> Self:
        """The same installation seen by one role of one service."""
        return self.model_copy(update={"service": service, "role": role})

    @property
    def database(self) -> str:
        """The database URL of this service, without a password."""
        return self.database_url.replace("{service}", self.service)

    @property
    def database_user(self) -> str:
        return unquote(urlsplit(self.database).username or "")

    def database_password(self) -> str:
        """Today's password: the file is read at each connect, so that it can be rotated."""
        return _secret(self.database_password_file.replace("{service}", self.service))

    def database_dsn(self) -> str:
        """The URL with today's password; use it at once, keep it nowhere."""
        parts = urlsplit(self.database)
        at = parts.netloc.rpartition("@")[2]
        password = self.database_password()
        user = quote(self.database_user, safe="") + (f":{quote(password, safe='')}" if password else "")
        return urlunsplit(parts._replace(netloc=f"{user}@{at}"))

    def kafka_password(self) -> str:
        return _secret(self.kafka_sasl_password_file)

    def smtp_password(self) -> str:
        return _secret(self.smtp_password_file)

    def service_token_path(self) -> Path:
        return Path(self.service_token_file.replace("{service}", self.service))

    def oidc_client_secret(self) -> str:
        return _secret(self.oidc_client_secret_file)

    def console_keys(self) -> list[bytes]:
        """Secrets that seal the console's sessions, the newest first."""
        return _secret_bytes("TOUCHLINE_CONSOLE_KEY_FILE", self.console_key_file).split()

    def token_key(self) -> bytes:
        return _secret_bytes("TOUCHLINE_TOKEN_KEY_FILE", self.token_key_file)

    def identity_key(self) -> bytes:
        return _secret_bytes("TOUCHLINE_IDENTITY_KEY_FILE", self.identity_key_file)

    def port_of(self, service: str) -> int:
        return int(getattr(self, f"port_{service}"))

    def tls_paths(self) -> tuple[Path, Path, Path] | None:
        """Where this service's certificate, its key and the authorities are; None where calls are not encrypted."""
        named = (self.tls_certificate_file, self.tls_key_file, self.tls_authorities_file)
        certificate, key, authorities = (Path(name.replace("{service}", self.service)) for name in named)
        return (certificate, key, authorities) if self.tls_certificate_file else None

    def target(self, service: str) -> str:
        """The gRPC address callers use for a service."""
        return f"{getattr(self, f'host_{service}') or self.host}:{self.port_of(service)}"


def _secret(path: str) -> str:
    return Path(path).read_text().strip() if path else ""


def _secret_bytes(variable: str, path: str) -> bytes:
    if not path:
        raise ValueError(f"{variable} is not set")
    return Path(path).read_bytes().strip()
