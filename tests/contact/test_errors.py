"""The error catalogue: what contact raises is what its contract lists, with the kind that it says."""

from touchline.contact.v1.contact_errors_pb2 import ErrorReason

from deploy import protos
from services.contact.domain import errors
from tests.catalogues import catalogued, raised


def test_every_reason_raised_is_catalogued_and_every_catalogued_reason_is_raised() -> None:
    assert set(raised(errors)) == catalogued(ErrorReason)


def test_the_catalogue_names_the_kind_of_each_reason() -> None:
    text = (protos.PROTOS / "touchline/contact/v1/contact_errors.proto").read_text()
    for reason, kind in raised(errors).items():
        comment = text.split(f"ERROR_REASON_{reason} ")[0].rsplit("// ", 1)[1]
        assert comment.startswith(f"{kind}:"), reason
