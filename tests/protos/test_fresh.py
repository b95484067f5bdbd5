"""The generated code is what the protos say, and buf agrees with both."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from deploy import protos


def test_the_generated_code_is_fresh() -> None:
    assert protos.stale() == []


def test_the_check_of_make_passes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.protos", "--check"], cwd=protos.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.binpb"
    protos.build_image(path)
    return path


def rewrite(image: Path, name: str) -> FileDescriptorSet:
    everything = FileDescriptorSet.FromString(image.read_bytes())
    (file,) = (each for each in everything.file if each.name == name)
    del file.message_type[0].field[1]
    image.write_bytes(everything.SerializeToString())
    return everything


def test_a_field_taken_away_breaks_the_kept_image(image: Path) -> None:
    assert not protos.breaks(image)
    rewrite(image, "touchline/campaign/v1/campaign.proto")
    assert protos.breaks(image)


def test_buf_refuses_an_element_without_comment(image: Path) -> None:
    everything = FileDescriptorSet.FromString(image.read_bytes())
    for place in (place for file in everything.file for place in file.source_code_info.location):
        place.leading_comments = ""
    image.write_bytes(everything.SerializeToString())
    assert not protos.buf("lint", str(image))


def test_a_stale_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in protos.GENERATED:
        shutil.copytree(protos.LIBS / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "touchline/campaign/v1/campaign_pb2.py").write_text("# edited by hand\n")
    (tmp_path / "touchline/campaign/v1/gone_pb2.py").touch()
    monkeypatch.setattr(protos, "LIBS", tmp_path)
    assert protos.stale() == ["touchline/campaign/v1/campaign_pb2.py", "touchline/campaign/v1/gone_pb2.py"]
