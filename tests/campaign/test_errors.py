"""The error catalogue: what campaign raises is what its contract lists, with the kind that it says."""

from touchline.campaign.v1.campaign_errors_pb2 import ErrorReason

from deploy import protos
from services.campaign.domain import errors
from tests.catalogues import catalogued, raised

REASONS = raised(errors)


def test_every_reason_raised_is_catalogued_and_every_catalogued_reason_is_raised():
    assert REASONS.keys() == catalogued(ErrorReason)


def test_the_catalogue_names_the_kind_of_each_reason():
    text = (protos.PROTOS / "touchline/campaign/v1/campaign_errors.proto").read_text()
    for reason, kind in REASONS.items():
        comment = text.split(f"ERROR_REASON_{reason} ")[0].rsplit("// ", 1)[1]
        assert comment.startswith(f"{kind}:"), reason
