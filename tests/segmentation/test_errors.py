"""The error catalogue: what segmentation raises is what its contract lists."""

from touchline.segmentation.v1.segmentation_errors_pb2 import ErrorReason

from services.segmentation import domain
from tests.catalogues import catalogued, raised


def test_every_reason_raised_is_catalogued_and_every_catalogued_reason_is_raised():
    assert set(raised(domain)) == catalogued(ErrorReason)
