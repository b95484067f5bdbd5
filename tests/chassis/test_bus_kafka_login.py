"""How our Kafka clients log in: by password, or by a token that is read anew; what they say when they may not."""

from pathlib import Path
from typing import Any

import pytest
from chassis.bus_kafka.client import WrongPartitionsError, client_options, complaint
from chassis.config import KafkaSecurity, Settings
from kafka import errors
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


# Each error as kafka-python raised it before brokers with an authorizer, and what an operator has to read.
REFUSED = {
    "wrong password": (errors.KafkaTimeoutError("Unable to bootstrap"), ("crm", "b:9093", "KAFKA_SASL_PASSWORD_FILE")),
    "no topic": (errors.UnknownTopicOrPartitionError(["a.v1", "b.v1"]), ("a.v1, b.v1", "touchline topics apply")),
    "wrong partitions": (WrongPartitionsError("t.v1", 24, 6), ("t.v1 has 24 partitions, not 6", "PARTITIONS=24")),
    "no right to write": (errors.TopicAuthorizationFailedError("a.v1"), ("crm lacks rights on topic a.v1", "Write")),
    "no right to join": (errors.GroupAuthorizationFailedError("campaign"), ("crm lacks rights on group campaign",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_client_that_may_not_says_who_lacks_what_and_which_setting_or_right_mends_it(case: str) -> None:
    error, words = REFUSED[case]
    settings = Settings(kafka_security=KafkaSecurity.SASL_SSL, kafka_bootstrap="b:9093", kafka_sasl_username="crm")
    assert all(word in complaint(error, settings) for word in words)
