"""The first row: the version of `deploy/previous` is installed, and becomes this one while touches are recorded."""

from tests.chart import previous
from tests.cluster.drain import fewest, one_was_ready
from tests.cluster.release import Release
from tests.flows.system import GRPC


def upgraded(release: Release) -> str:
    """`helm upgrade` from that image and chart to ours; at least one database has to have been behind."""
    before, images = release.revisions(), release.images()
    assert images == {f"{release.repository}:previous"}, images
    with fewest(release) as least:
        release.upgrade()
        release.wait_until_ready()
    one_was_ready(least)
    after, images = release.revisions(), release.images()
    assert images == {f"{release.repository}:new"}, images
    newer = [name for name in GRPC if before[name] != after[name]]
    assert newer, f"no database was behind: {after}"
    release.test()
    told = ", ".join(f"{name} {before[name]} → {after[name]}" for name in newer)
    return (
        f"`helm upgrade` from {previous.commit()[:7]}, its image and chart; migrations {told}; "
        f"of roles with two pods one was ready at any time ({len(least)} roles); then `helm test`"
    )
