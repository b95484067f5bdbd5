"""How our Kafka clients log in: by password, or by a token that is read anew at each connect."""

from pathlib import Path
from typing import Any

from chassis.bus_kafka.client import client_options
from chassis.config import KafkaSecurity, Settings
from kafka.net.sasl.oauth import SaslMechanismOAuth


def secured(file: Path, **fields: Any) -> dict[str, Any]:
    fields |= {"kafka_security": KafkaSecurity.SASL_SSL, "kafka_sasl_password_file": str(file)}
    return client_options(Settings(service="contact", **fields))


def test_a_token_is_read_from_its_file_at_each_connect(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    options = secured(file, kafka_sasl_mechanism="OAUTHBEARER")
    assert SaslMechanismOAuth(**options).auth_bytes() == b"n,,\x01auth=Bearer first\x01\x01"
    file.write_text("second\n")
    assert SaslMechanismOAuth(**options).auth_bytes() == b"n,,\x01auth=Bearer second\x01\x01"


def test_without_a_mechanism_it_is_scram_with_user_and_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret\n")
    options = secured(file, kafka_sasl_username="touchline")
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("touchline", "secret")
