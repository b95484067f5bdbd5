"""Pods that were given something wrong: `kubectl describe` or their log has to name it, and the fix."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.certificates import DAY
from tests.cluster.programs import ADDRESS, NAMESPACE, RELEASE, until
from tests.cluster.release import Release, secret
from tests.cluster.trust import names_of, secret_of

OLD, ELSEWHEN = "touchline_old", "touchline_elsewhen"
# For who finds this function before PostgreSQL's own, its clock is another.
ANOTHER_CLOCK = """CREATE SCHEMA elsewhen;
GRANT USAGE ON SCHEMA elsewhen TO PUBLIC;
CREATE FUNCTION elsewhen.clock_timestamp() RETURNS timestamptz LANGUAGE sql
AS $$ SELECT pg_catalog.clock_timestamp() - interval '1 hour' $$;
ALTER ROLE interaction IN DATABASE touchline_elsewhen SET search_path = elsewhen, pg_catalog, public
"""
Spec = dict[str, Any]


class Case(NamedTuple):
    """A role whose pod is changed, and what must be read then."""

    what: str
    component: str
    change: Callable[[Spec], None]
    says: tuple[str, ...]
    in_log: bool = True

    @property
    def pod(self) -> str:
        return f"wrong-{self.what.lower().replace(' ', '-')}"


def cases() -> Iterator[Case]:
    """What people get wrong when they install."""
    yield Case(
        "missing Secret", "interaction-serve", _secret("database", "absent"), ('secret "absent" not found',), False
    )
    words: tuple[str, ...] = ("references non-existent secret key: absent",)
    yield Case("missing key of a Secret", "interaction-serve", _key("database", "absent"), words, False)
    words = ('password authentication failed for user "interaction"',)
    yield Case("wrong database password", "interaction-serve", _secret("database", "wrong"), words)
    words = ("its database is at migration 0001", "waiting for `python -m services.interaction migrate`")
    url = f"postgresql://interaction@{ADDRESS}:5432/{OLD}"
    yield Case("older schema", "interaction-serve", _environment("TOUCHLINE_DATABASE_URL", url), words)
    words = ("clock is more than 30 s ahead of its database's", "set the clocks of both (NTP)")
    url = f"postgresql://interaction@{ADDRESS}:5432/{ELSEWHEN}"
    yield Case("a clock that differs", "interaction-serve", _environment("TOUCHLINE_DATABASE_URL", url), words)
    words = ("the certificate in /etc/touchline/tls/tls.crt expired at", "put a renewed one and its key in its place")
    yield Case("expired certificate", "interaction-serve", _secret("tls", "expired"), words)
    words = ("other.touchline.interaction.intake.v1", "touchline topics apply")
    yield Case("missing topic", "interaction-consume", _environment("TOUCHLINE_TOPIC_PREFIX", "other."), words)
    words = ("TOUCHLINE_KAFKA_SASL_USERNAME", "TOUCHLINE_KAFKA_SASL_PASSWORD_FILE")
    yield Case("wrong Kafka password", "interaction-consume", _secret("kafka", "wrong"), words)
    words = ("touchline.interaction.intake.v1", "campaign-consume lacks the right to Describe it")
    yield Case("rights in Kafka too narrow", "interaction-consume", _as("campaign-consume"), words)


def begin(release: Release) -> list[Case]:
    """Start a pod for each case, beside a database of an old schema and a Secret of wrong passwords."""
    postgres = release.engines.postgres
    postgres.ensure_database(OLD, "interaction")
    with postgres.connect(OLD) as connection:
        connection.execute("CREATE TABLE alembic_version AS SELECT '0001' AS version_num")
        connection.execute("ALTER TABLE alembic_version OWNER TO interaction")
    postgres.ensure_database(ELSEWHEN, "interaction")
    with postgres.connect(ELSEWHEN) as connection:
        connection.execute(ANOTHER_CLOCK)
    release.apply(secret("wrong", dict.fromkeys([*release.engines.users, "interaction"], "wrong")))
    late = release.trust.authority.issue(*names_of("interaction"), valid=-DAY)
    release.apply(secret_of("expired", late, release.trust.authority.certificate))
    found = list(cases())
    release.apply(*(_pod(release, case) for case in found))
    return found


def told(release: Release, case: Case) -> str:
    """Wait until the case's pod says what is wrong, and take it away."""
    try:
        until(lambda: all(words in _read(release, case) for words in case.says), f"{case.what}: {case.says}", 180)
    except AssertionError as error:
        described = release.kubectl("describe", "pod", case.pod)
        raise AssertionError(f"{error}\n{_read(release, case)}\n{described}") from error
    finally:
        release.kubectl("delete", "pod", case.pod, "--now", "--wait=false")
    return f"{case.what}: the {'log' if case.in_log else 'description'} says {' … '.join(case.says)}"


def _read(release: Release, case: Case) -> str:
    """What an operator reads of the pod; nothing while its containers do not run yet."""
    look = ("logs", case.pod, "--all-containers", "--ignore-errors") if case.in_log else ("describe", "pod", case.pod)
    try:
        return release.kubectl(*look)
    except AssertionError:
        return ""


def _pod(release: Release, case: Case) -> Spec:
    spec = copy.deepcopy(_template(release, case.component))
    case.change(spec)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": case.pod, "namespace": NAMESPACE}, "spec": spec}


def _template(release: Release, component: str) -> Spec:
    found = release.kubectl("get", "deployment", f"{RELEASE}-{component}", "--output", "json")
    spec: Spec = json.loads(found)["spec"]["template"]["spec"]
    return spec


def _secret(volume: str, name: str) -> Callable[[Spec], None]:
    def change(spec: Spec) -> None:
        _volume(spec, volume)["secretName"] = name

    return change


def _key(volume: str, key: str) -> Callable[[Spec], None]:
    def change(spec: Spec) -> None:
        _volume(spec, volume)["items"][0]["key"] = key

    return change


def _volume(spec: Spec, name: str) -> Spec:
    return next(one["secret"] for one in spec["volumes"] if one["name"] == name)


def _environment(name: str, value: str) -> Callable[[Spec], None]:
    def change(spec: Spec) -> None:
        for container in (*spec["initContainers"], *spec["containers"]):
            container["env"] = [one for one in container["env"] if one["name"] != name]
            container["env"].append({"name": name, "value": value})

    return change


def _as(user: str) -> Callable[[Spec], None]:
    def change(spec: Spec) -> None:
        _environment("TOUCHLINE_KAFKA_SASL_USERNAME", user)(spec)
        _key("kafka", user)(spec)

    return change
