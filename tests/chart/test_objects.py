"""Every rendered object, in every value set: restricted, probed, bounded, spread, and each reference meets its end."""

from collections import Counter
from typing import Any

import pytest

from services.interaction.http.guard import ROUTES
from tests.chart.rendered import (
    SCALERS,
    SETS,
    WORKLOADS,
    component,
    containers,
    environment,
    name,
    objects,
    of_kind,
    pods,
    selects,
)

pytestmark = pytest.mark.parametrize("values", SETS)
OURS = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_no_two_objects_have_the_same_name(values: str) -> None:
    named = Counter((one["kind"], name(one)) for one in objects(values))
    assert [one for one, count in named.items() if count > 1] == []
    assert all(len(one) <= 63 for _, one in named)


def test_every_pod_passes_the_restricted_level(values: str) -> None:
    for where, spec, _ in pods(values):
        assert spec["securityContext"].items() >= OURS.items(), where
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), where
        assert all(set(volume) - {"name"} <= {"emptyDir", "secret", "configMap"} for volume in spec["volumes"]), where
        for container in containers(spec):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, where
            assert context["readOnlyRootFilesystem"] is True, where
            assert context["capabilities"] == {"drop": ["ALL"]}, where
            assert "runAsUser" not in {**spec["securityContext"], **context}, where


def test_no_pod_carries_a_token_of_the_cluster_or_the_addresses_of_others(values: str) -> None:
    for where, spec, _ in pods(values):
        assert spec["automountServiceAccountToken"] is False, where
        assert spec["enableServiceLinks"] is False, where
    assert [one for one in objects(values) if "Role" in one["kind"]] == []


def test_every_container_asks_for_what_it_needs_and_is_bounded_in_memory_only(values: str) -> None:
    for where, spec, _ in pods(values):
        for container in containers(spec):
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), where
            assert set(container["resources"]["limits"]) == {"memory"}, where


def test_every_role_is_probed_for_start_life_and_readiness_apart(values: str) -> None:
    for one in of_kind(values, *WORKLOADS):
        (container,) = one["spec"]["template"]["spec"]["containers"]
        probes = [container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")]
        if "grpc" in probes[0]:
            assert [probe["grpc"]["service"] for probe in probes] == ["startup", "liveness", "readiness"]
        else:
            assert [probe["httpGet"]["path"] for probe in probes] == ["/readyz", "/healthz", "/readyz"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        for probe in probes:
            asked = probe.get("grpc", probe.get("httpGet"))["port"]
            assert asked in {*ports, *ports.values()}, name(one)


def test_every_role_ends_within_the_time_that_it_is_given(values: str) -> None:
    for one in of_kind(values, *WORKLOADS):
        spec = one["spec"]["template"]["spec"]
        told = environment(spec["containers"][0])
        drain, grace = (float(told[f"TOUCHLINE_{what}_SECONDS"]) for what in ("DRAIN", "GRACE"))
        assert drain + grace < 30 < spec["terminationGracePeriodSeconds"], name(one)


def test_every_role_is_spread_and_may_lose_one_pod_at_a_time(values: str) -> None:
    budgets = {name(one): one["spec"] for one in of_kind(values, "PodDisruptionBudget")}
    for one in of_kind(values, *WORKLOADS):
        labels = one["spec"]["template"]["metadata"]["labels"]
        keys = set()
        for spread in one["spec"]["template"]["spec"]["topologySpreadConstraints"]:
            assert selects(spread["labelSelector"]["matchLabels"], labels), name(one)
            assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
            keys.add(spread["topologyKey"])
        assert keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
        budget = budgets.pop(name(one))
        assert budget["maxUnavailable"] == 1
        assert budget["selector"]["matchLabels"] == one["spec"]["selector"]["matchLabels"]
    assert budgets == {}


def test_what_is_scaled_says_no_number_itself_and_what_is_not_does(values: str) -> None:
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind(values, *SCALERS)}
    workloads = {name(one): one["spec"] for one in of_kind(values, *WORKLOADS)}
    assert scaled <= set(workloads)
    assert {one for one, spec in workloads.items() if "replicas" not in spec} == scaled


def test_selectors_select_exactly_their_own_pods(values: str) -> None:
    everybody = [(where, labels) for where, _, labels in pods(values)]
    for one in of_kind(values, *WORKLOADS):
        chosen = one["spec"]["selector"]["matchLabels"]
        assert [where for where, labels in everybody if selects(chosen, labels)] == [f"{one['kind']}/{name(one)}"]


def test_services_lead_to_a_port_of_the_pods_that_they_select(values: str) -> None:
    for one in of_kind(values, "Service"):
        chosen = [spec for where, spec, labels in pods(values) if selects(one["spec"]["selector"], labels)
                  and where.split("/")[0] in WORKLOADS]  # fmt: skip
        assert chosen, name(one)
        for port in one["spec"]["ports"]:
            for spec in chosen:
                numbers = {open_["name"]: open_["containerPort"] for open_ in spec["containers"][0]["ports"]}
                assert numbers[port["targetPort"]] == port["port"], name(one)
    headless = {name(one) for one in of_kind(values, "Service") if one["spec"].get("clusterIP") == "None"}
    assert {one["spec"]["serviceName"] for one in of_kind(values, "StatefulSet")} <= headless


def test_callers_find_every_pod_of_whom_they_call(values: str) -> None:
    headless = {name(one): one for one in of_kind(values, "Service") if one["spec"].get("clusterIP") == "None"}
    for where, spec, _ in pods(values):
        for container in containers(spec):
            for variable, host in environment(container).items():
                if variable.startswith("TOUCHLINE_HOST_"):
                    chosen = headless[host]["spec"]["selector"]
                    assert component(chosen) == f"{variable.removeprefix('TOUCHLINE_HOST_').lower()}-serve", where


def test_mounts_and_secrets_meet(values: str) -> None:
    made = {
        name(one): {entry["secretKey"] for entry in one["spec"]["data"]} for one in of_kind(values, "ExternalSecret")
    }
    for where, spec, _ in pods(values):
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        claims = {"spool"} if where.startswith("StatefulSet") else set()
        for container in containers(spec):
            for mount in container["volumeMounts"]:
                assert mount["name"] in volumes.keys() | claims, where
                assert mount.get("readOnly", False) or mount["name"] in {"tmp", "spool"}, where
        for volume in volumes.values():
            for item in volume.get("secret", {}).get("items", []) if made else []:
                assert item["key"] in made[volume["secret"]["secretName"]], where


def test_encrypted_roles_show_a_certificate_of_their_own_and_are_probed_where_no_tls_is(values: str) -> None:
    shown: dict[str, set[str]] = {}
    for where, spec, _ in pods(values):
        secrets = [volume["secret"]["secretName"] for volume in spec["volumes"] if volume["name"] == "tls"]
        encrypted = [one for one in containers(spec) if "TOUCHLINE_TLS_CERTIFICATE_FILE" in environment(one)]
        assert bool(encrypted) == bool(secrets), where
        for container in encrypted:
            assert not any("grpc" in container.get(f"{kind}Probe", {}) for kind in ("startup", "liveness", "readiness"))
            shown.setdefault(secrets[0], set()).add(container["args"][0])
    assert all(len(services) == 1 for services in shown.values()), "one certificate speaks for one service"
    assert bool(shown) == (values == "full")


def test_files_that_variables_name_are_mounted_there(values: str) -> None:
    configured = {name(one): list(one["data"]) for one in of_kind(values, "ConfigMap")}
    for where, spec, _ in pods(values):
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for container in containers(spec):
            there = set()
            for mount in container["volumeMounts"]:
                volume = volumes.get(mount["name"], {})
                paths = [item["path"] for item in volume.get("secret", {}).get("items", [])]
                paths += configured.get(volume.get("configMap", {}).get("name"), ())
                there |= {mount["mountPath"], *(f"{mount['mountPath']}/{path}" for path in paths)}
            for variable, value in environment(container).items():
                if variable.endswith(("_FILE", "_DIR")):
                    assert value in there, f"{where}: {variable}"


def test_no_secret_stands_in_an_object(values: str) -> None:
    assert of_kind(values, "Secret") == []
    for where, spec, _ in pods(values):
        for container in containers(spec):
            told = environment(container)
            assert not [one for one in told if one.endswith(("_PASSWORD", "_KEY"))], where
            token = told.get("TOUCHLINE_TOKEN")
            assert token is None or set(token) == {"secretKeyRef"}, where


def test_the_edge_keeps_its_spool_on_a_volume_larger_than_what_it_may_hold(values: str) -> None:
    (edge,) = of_kind(values, "StatefulSet")
    told = environment(edge["spec"]["template"]["spec"]["containers"][0])
    (claim,) = edge["spec"]["volumeClaimTemplates"]
    size = claim["spec"]["resources"]["requests"]["storage"]
    assert int(size.removesuffix("Gi")) * 1024**3 >= 1.05 * int(told["TOUCHLINE_EDGE_SPOOL_BYTES"])
    mounts = edge["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert {"name": "spool", "mountPath": told["TOUCHLINE_EDGE_SPOOL_DIR"]} in mounts


def test_the_accounts_of_pods_are_there(values: str) -> None:
    made = {name(one) for one in of_kind(values, "ServiceAccount")} | {"default"}
    assert {spec.get("serviceAccountName", "default") for _, spec, _ in pods(values)} <= made


def test_whoever_has_a_database_waits_for_its_migrations_or_makes_them(values: str) -> None:
    for one in of_kind(values, *WORKLOADS):
        spec = one["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        has_database = "TOUCHLINE_DATABASE_URL" in environment(container)
        first = [init["args"] for init in spec.get("initContainers", [])]
        service = container["args"][0]
        verb = "migrate" if values == "external" else "await-migrations"
        assert first == ([[service, verb]] if has_database else []), name(one)


def test_jobs_have_names_that_change_with_what_they_do(values: str) -> None:
    for job in of_kind(values, "Job"):
        digest = name(job).rpartition("-")[2]
        assert len(digest) == 10
        assert int(digest, 16) >= 0
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_routes_lead_to_services(values: str) -> None:
    services = {name(one): one for one in of_kind(values, "Service")}
    for route in of_kind(values, "HTTPRoute", "GRPCRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                assert backend["port"] in {port["port"] for port in services[backend["name"]]["spec"]["ports"]}
    for ingress in of_kind(values, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend: dict[str, Any] = path["backend"]["service"]
                assert backend["port"]["name"] in {p["name"] for p in services[backend["name"]]["spec"]["ports"]}


def test_only_what_the_edge_answers_is_led_in_from_the_open_web(values: str) -> None:
    answered = {path.partition("{")[0] for path in ROUTES.values()}
    for route in of_kind(values, "HTTPRoute"):
        told = {match["path"]["value"] for rule in route["spec"]["rules"] for match in rule["matches"]}
        assert told == ({"/"} if name(route).endswith("-console-serve") else answered)
    for ingress in of_kind(values, "Ingress"):
        told = {path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]}
        assert told == answered


def test_what_must_be_there_first_comes_in_an_earlier_wave(values: str) -> None:
    waves = {"Job": "0", "Deployment": "1", "StatefulSet": "1"} | dict.fromkeys(
        ("ServiceAccount", "ExternalSecret", "KafkaTopic", "KafkaUser", "Cluster", "Database"), "-1"
    )
    for one in objects(values):
        if one["kind"] in waves:
            assert one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == waves[one["kind"]], name(one)
