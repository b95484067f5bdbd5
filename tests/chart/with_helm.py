"""What needs a Helm: `make chart-test` builds Helm 3 and 4 and runs this with both."""

import shutil
from pathlib import Path

import pytest

from deploy import helm
from tests.chart.rendered import name

MINIMAL = helm.CHART / "ci" / "minimal-values.yaml"
OIDC = "development.enabled=false,oidc.issuer=https://id.example.test,oidc.jwksUrl=https://id.example.test/keys"
LOGIN = "oidc.clientId=c,oidc.userClaim=u,settings.consoleUrl=https://crm.example.test"
pytestmark = pytest.mark.parametrize("binary", list(helm.binaries()), ids=lambda binary: binary.name)


def test_the_chart_is_linted_and_renders_what_is_kept(binary: Path) -> None:
    assert list(helm.check(binary)) == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("oidc.issuer=https://id.example.test/", "development.enabled signs its own tokens"),
        ("development.enabled=false", "oidc.issuer is not set: name your identity provider"),
        (f"{OIDC}", "oidc.clientId is not set"),
        (f"{OIDC},oidc.clientId=c", "oidc.userClaim is not set"),
        (f"{OIDC},oidc.clientId=c,oidc.userClaim=u", "settings.consoleUrl is not set, or not https"),
        (f"{OIDC},{LOGIN},secrets.serviceTokens.existingSecret=t", "secrets.consoleKey.existingSecret is not set"),
        (f"{OIDC},oidc.roles.sales=wizard", "value must be one of"),
        ("database.host=", "database.host is not set: the host name of your PostgreSQL"),
        ("kafka.bootstrap=", "kafka.bootstrap is not set: the addresses of your Kafka brokers"),
        ("settings.edgeUrl=", "settings.edgeUrl is not set: the public address of links"),
        ("secrets.identityKey.existingSecret=", "secrets.identityKey.existingSecret is not set"),
        ("topics.mode=strimzi", "topics.mode is strimzi: set kafka.strimzi.enabled"),
        ("kafka.strimzi.enabled=true,kafka.strimzi.cluster=c", "kafka.security has to be SASL_SSL"),
        ("defaults.terminationGracePeriodSeconds=10", "terminationGracePeriodSeconds has to be more than"),
        ("migrations.mode=hook,externalSecrets.enabled=true", "use job"),
        ("smtp.username=u,smtp.security=none", "a password does not travel readable"),
        ("kafka.bootstap=x", "bootstap"),
    ],
)
def test_what_is_missing_or_cannot_be_is_said_with_the_fix(binary: Path, setting: str, said: str) -> None:
    with pytest.raises(helm.HelmError) as caught:
        helm.template(binary, MINIMAL, "--set", setting)
    assert said in str(caught.value)


def test_an_old_kubernetes_is_refused(binary: Path) -> None:
    with pytest.raises(helm.HelmError, match=r"requires kubeVersion: >=1\.28"):
        helm.template(binary, MINIMAL, "--kube-version", "1.27.0")


def test_a_new_image_changes_the_names_of_jobs_and_nothing_immutable(binary: Path) -> None:
    before, after = (
        helm.documents(helm.template(binary, MINIMAL, "--set", f"image.tag={tag}")) for tag in ("1.0.0", "1.1.0")
    )
    jobs = [{name(one) for one in objects if one["kind"] == "Job"} for objects in (before, after)]
    assert not jobs[0] & jobs[1]
    workloads = [
        {name(one): (one["spec"]["selector"], one["spec"].get("volumeClaimTemplates")) for one in objects
         if one["kind"] in {"Deployment", "StatefulSet"}}
        for objects in (before, after)
    ]  # fmt: skip
    assert workloads[0] == workloads[1]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which brings kustomize, is not here")
def test_the_kustomize_example_builds_on_what_helm_renders(binary: Path, tmp_path: Path) -> None:
    shutil.copytree(helm.CHART / "examples" / "kustomize", tmp_path, dirs_exist_ok=True)
    rendered = helm.template(binary, helm.CHART / "ci" / "external-values.yaml")
    (tmp_path / "touchline.yaml").write_text(rendered, "utf-8")
    built = helm.documents(helm.helm(Path("kubectl"), "kustomize", tmp_path))
    before = {(one["kind"], name(one)) for one in helm.documents(rendered)}
    assert before - {(one["kind"], name(one)) for one in built} == {("Pod", "crm-smoke")}
    assert {one["metadata"]["namespace"] for one in built} == {"touchline"}
    (consume,) = [one for one in built if name(one) == "crm-interaction-consume" and one["kind"] == "Deployment"]
    assert consume["spec"]["replicas"] == 4
    (container,) = consume["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.test/touchline:0.1.0"
