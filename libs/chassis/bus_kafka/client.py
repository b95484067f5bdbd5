"""How every Kafka client of ours reaches the brokers: PLAINTEXT, SSL or SASL_SSL, from the settings."""

from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from kafka.net.sasl.oauth import AbstractTokenProvider

from chassis.config import KafkaSecurity, Settings

# After an outage the first attempt comes within half a second; the default waits up to 30.
RECONNECT_BACKOFF_MAX_MS = 500


class WrongPartitionsError(KafkaError):  # type: ignore[misc]
    """A topic has another number of partitions than the catalogue: whoever wrote would break the order of a key."""


class FileToken(AbstractTokenProvider):  # type: ignore[misc]
    """The token of SASL OAUTHBEARER, read from the password's file at each connect; somebody else keeps it fresh."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def token(self) -> str:
        """Today's token."""
        return self._settings.kafka_password()


def client_options(settings: Settings) -> dict[str, Any]:
    """What all three kinds of client are given; the password is read from its file each time."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap.split(","),
        "client_id": f"touchline-{settings.service}-{settings.role}".rstrip("-"),
        "security_protocol": settings.kafka_security.value,
        "reconnect_backoff_ms": 50,
        "reconnect_backoff_max_ms": RECONNECT_BACKOFF_MAX_MS,
        "metrics_enabled": False,
    }
    if settings.kafka_security is not KafkaSecurity.PLAINTEXT and settings.kafka_ca_file:
        options["ssl_cafile"] = settings.kafka_ca_file
    if settings.kafka_security is KafkaSecurity.SASL_SSL:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism or "SCRAM-SHA-512"
        options |= _login(settings, options["sasl_mechanism"])
    return options


def _login(settings: Settings, mechanism: str) -> dict[str, Any]:
    if mechanism == "OAUTHBEARER":
        return {"sasl_oauth_token_provider": FileToken(settings)}
    return {"sasl_plain_username": settings.kafka_sasl_username, "sasl_plain_password": settings.kafka_password()}


def complaint(error: BaseException, settings: Settings) -> str:
    """One sentence for the log of a client that cannot work: what Kafka refuses, and what mends it.

    A topic that the user may not describe is to Kafka one that is not there. Of a log-in that fails kafka-python says
    only that nobody answered.
    """
    user, what = settings.kafka_sasl_username or "this client", error.args[0] if error.args else ""
    if isinstance(error, UnknownTopicOrPartitionError):
        names = ", ".join(what) if isinstance(what, list) else what
        return (
            f"Kafka shows no topic {names}: `touchline topics apply` makes it, or {user} lacks the right to Describe it"
        )
    if isinstance(error, WrongPartitionsError):
        topic, found, wanted = error.args
        return (
            f"topic {topic} has {found} partitions, not {wanted}: partitions are never changed; "
            f"if it carries touches, set TOUCHLINE_TOUCH_PARTITIONS={found} as it was at the first start"
        )
    if isinstance(error, TopicAuthorizationFailedError):
        return f"{user} lacks rights on topic {what}: Describe, and Write or Read, as its role's KafkaUser has them"
    if isinstance(error, GroupAuthorizationFailedError):
        return f"{user} lacks rights on group {what}: Describe and Read, as its role's KafkaUser has them"
    named = "TOUCHLINE_KAFKA_BOOTSTRAP and TOUCHLINE_KAFKA_SECURITY"
    if settings.kafka_security is KafkaSecurity.SASL_SSL:
        named += ", then TOUCHLINE_KAFKA_SASL_USERNAME and what TOUCHLINE_KAFKA_SASL_PASSWORD_FILE holds"
    return f"no broker of {settings.kafka_bootstrap} lets {user} in: look at {named}"


def admin(settings: Settings, *, patience: float = 10.0) -> KafkaAdminClient:
    """An admin client; blocks while it connects, so it belongs into a worker thread."""
    milliseconds = int(patience * 1000)
    options = client_options(settings)
    options.pop("metrics_enabled", None)  # the one option that an admin client does not know
    return KafkaAdminClient(**options, bootstrap_timeout_ms=milliseconds, request_timeout_ms=max(1000, milliseconds))


def answers(settings: Settings, patience: float = 2.0) -> bool:
    """Whether a broker answers a new client within `patience` seconds; blocks as long."""
    try:
        client = admin(settings, patience=patience)
    except (KafkaError, OSError):
        return False
    client.close()
    return True
