"""What is done to the release, and what has to be so afterwards."""

from tests.cluster.release import RELEASE, Release


def install(release: Release) -> list[str]:
    """Helm installs the chart, its test records a touch from a pod, and the table holds that touch."""
    release.install()
    pods = [one for one in release.pods() if one["metadata"]["ownerReferences"][0]["kind"] != "Job"]
    release.helm("test", RELEASE, "--timeout", "10m")
    with release.sql("interaction") as connection:
        found = connection.execute("SELECT count(*) FROM touch WHERE source = 'smoke'").fetchone()
    assert found == (1,), f"the touch of `helm test` is {found} times in the table"
    nodes = {one["spec"]["nodeName"] for one in pods}
    return [f"`helm install`: {len(pods)} pods ready on {len(nodes)} nodes", "`helm test`: its touch is there once"]
