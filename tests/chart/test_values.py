"""Values: every one commented and typed, unknown ones refused, and what is rendered is that of this chart."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml
from chassis.config import SERVICES, Settings

from deploy import helm, values_schema
from tests.chart.rendered import SETS, Object, name, of_kind

SCHEMA = json.loads(values_schema.SCHEMA.read_text("utf-8"))
VALUES = yaml.safe_load((helm.CHART / "values.yaml").read_text("utf-8"))


def complaints(values: dict[str, Any]) -> list[str]:
    found = jsonschema.Draft7Validator(SCHEMA).iter_errors(values)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


def changed(path: str, value: Any) -> dict[str, Any]:
    """The defaults with one value changed, or one more."""
    result = json.loads(json.dumps(VALUES))
    *inner, last = path.split(".")
    place = result
    for part in inner:
        place = place.setdefault(part, {})
    place[last] = value
    return result  # type: ignore[no-any-return]


def test_what_is_kept_is_what_this_chart_makes() -> None:
    assert list(helm.stale()) == [], "make chart"


def test_the_defaults_and_every_value_set_are_values() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert complaints(VALUES) == []
    for values in SETS:
        assert complaints(yaml.safe_load((helm.CHART / "ci" / f"{values}-values.yaml").read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("kafka.bootstap", "kafka:9092", "kafka: Additional properties are not allowed ('bootstap' was unexpected)"),
        ("services.contact.serve.replica", 3, "'replica' was unexpected"),
        ("services.contacts", {}, "'contacts' was unexpected"),
        ("services.contact.edge", {}, "'edge' was unexpected"),
        ("replicas", 3, "'replicas' was unexpected"),
        ("kafka.bootstrap", "kafka", "kafka.bootstrap: 'kafka' does not match"),
        ("kafka.security", "TLS", "kafka.security: 'TLS' is not one of ['PLAINTEXT', 'SSL', 'SASL_SSL']"),
        ("settings.region", "Germany", "settings.region: 'Germany' does not match"),
        ("settings.edgeUrl", "links.example.com", "settings.edgeUrl: 'links.example.com' does not match"),
        ("settings.teamVisibility", "none", "is not one of ['masked', 'hidden']"),
        ("services.interaction.consume.replicas", "2", "services.interaction.consume.replicas: '2' is not of type"),
        ("database.port", 0, "database.port: 0 is less than the minimum of 1"),
        ("image.digest", "latest", "image.digest: 'latest' does not match"),
        ("migrations.mode", "jobs", "migrations.mode: 'jobs' is not one of"),
        ("env", [{"name": "A", "value": "b"}], "env: [{'name': 'A', 'value': 'b'}] is not of type 'object'"),
        ("secrets.identityKey.value", "s3cret", "'value' was unexpected"),
        ("database.password", "s3cret", "'password' was unexpected"),
    ],
)
def test_a_value_that_there_is_not_or_that_is_mistyped_is_refused_by_name(path: str, value: Any, said: str) -> None:
    assert any(said in one for one in complaints(changed(path, value))), complaints(changed(path, value))


def test_every_setting_can_be_set_by_a_value_or_is_named_here_with_a_reason() -> None:
    """Names of settings as the chart's templates write them; `env` reaches the rest."""
    told = "".join(file.read_text("utf-8") for file in (helm.CHART / "templates").glob("*.tpl"))
    written = {name.lower() for name in re.findall(r"TOUCHLINE_([A-Z_]+)", told)}
    written |= {name.lower() for name in re.findall(r'"([A-Z_]{6,})" \$v', told)}
    written |= {f"host_{name}" for name in SERVICES} | {"otlp_endpoint"}
    local = {"service", "role", "state", "host", "demo", "demo_live", "sandbox_refuses", "port_smtp", "port_inbox"}
    local |= {"port_otlp", "port_traces"}
    fixed = {f"port_{name}" for name in (*SERVICES, "edge")}  # containers have their own ports
    rarely = {name for name in Settings.model_fields if name.startswith(("smtp_", "send_"))}
    assert set(Settings.model_fields) - written - local - fixed - rarely == set()


def test_what_is_shared_with_other_charts_may_hold_anything() -> None:
    assert complaints(changed("global.otherChart", {"anything": True})) == []


def test_a_value_without_a_comment_is_refused() -> None:
    text = "# Said.\na:\n  # Said too.\n  b: 1\n  c: 2\n"
    with pytest.raises(values_schema.UncommentedValueError, match=r"a\.c has no comment"):
        values_schema._of("a", yaml.safe_load(text)["a"], values_schema.comments(text))


def test_topics_and_rights_of_strimzi_are_those_of_the_catalogues() -> None:
    from chassis.bus_kafka.topics import config
    from chassis.streams import catalogue

    made = {one["spec"]["topicName"]: one["spec"] for one in of_kind("full", "KafkaTopic")}
    assert set(made) == {f"prod.{stream}" for stream in catalogue()}
    for stream in catalogue().values():
        spec = made[f"prod.{stream.name}"]
        assert spec["partitions"] == stream.partitions
        told = {key: str(value) for key, value in spec["config"].items()}
        assert told == {**config(stream), "min.insync.replicas": "2"}


def test_no_user_of_kafka_may_do_more_than_its_role_does() -> None:
    catalogue = yaml.safe_load((helm.CHART / "files" / "services.yaml").read_text("utf-8"))
    users = {name(one): one["spec"]["authorization"]["acls"] for one in of_kind("full", "KafkaUser")}
    expected: dict[str, list[Object]] = {}
    for service, told in catalogue.items():
        for role, facts in told["roles"].items():
            ways = (("produces", "Write"), ("consumes", "Read"))
            acls = [("topic", stream, right) for way, right in ways for stream in facts.get(way, ())]
            acls += [("group", facts["group"], "Read")] if "group" in facts else []
            expected[f"touchline-{service}-{role}"] = [
                {
                    "resource": {"type": kind, "name": f"prod.{what}", "patternType": "literal"},
                    "operations": ["Describe", right],
                }
                for kind, what, right in acls
            ]
    assert users == {user: acls for user, acls in expected.items() if acls}


def test_the_scaler_looks_at_what_the_role_reads_and_asks_for_no_more_pods_than_partitions() -> None:
    from chassis.streams import catalogue

    for one in of_kind("full", "ScaledObject"):
        triggers = [trigger["metadata"] for trigger in one["spec"]["triggers"]]
        partitions = [catalogue()[trigger["topic"].removeprefix("prod.")].partitions for trigger in triggers]
        assert one["spec"]["maxReplicaCount"] <= max(partitions), name(one)
        assert len({trigger["consumerGroup"] for trigger in triggers}) == 1


def test_an_immutable_field_depends_on_nothing_that_an_upgrade_changes() -> None:
    """Selectors, service names and claims are the same whatever image, label or resource a value set asks for."""

    def fixed(values: str) -> dict[str, Any]:
        return {
            name(one): (
                one["spec"]["selector"],
                one["spec"].get("serviceName"),
                [claim["metadata"] for claim in one["spec"].get("volumeClaimTemplates", [])],
            )
            for one in of_kind(values, "Deployment", "StatefulSet")
        }

    for values in ("full", "openshift", "argocd"):
        assert fixed(values).items() <= fixed("minimal").items()


def test_the_notes_name_what_is_insecure_or_off() -> None:
    told = (helm.CHART / "templates" / "NOTES.txt").read_text("utf-8")
    for value in ("development.enabled", "kafka.security", "networkPolicy", "smtp.host", "routes.edge", "console"):
        assert value in told


def test_the_argo_cd_example_names_the_chart_of_this_repository() -> None:
    told = yaml.safe_load((helm.CHART / "examples" / "argocd-application.yaml").read_text("utf-8"))
    chart, values = told["spec"]["sources"]
    assert helm.ROOT / chart["path"] == helm.CHART
    assert chart["helm"]["valueFiles"][0].startswith(f"${values['ref']}/")
    assert told["spec"]["destination"]["namespace"] == helm.NAMESPACE
