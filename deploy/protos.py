"""Generates `libs/touchline` from `protos/`, and checks it: fresh, well-formed (buf lint), compatible (buf breaking).

    python -m deploy.protos            generate; take the new image into protos/image.binpb if nothing was broken
    python -m deploy.protos --check    change nothing; fail on stale code, a broken rule, or a break for clients
    python -m deploy.protos --keep     generate, and accept a breaking change as the new image

Nothing is fetched: google's protos come from googleapis-common-protos, and buf/validate/validate.proto from the
descriptor inside the protovalidate package, so that the options we compile with are those that the validator reads.
"""

from __future__ import annotations

import argparse
import filecmp
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import google.api.annotations_pb2
import grpc_tools.protoc
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
LIBS = ROOT / "libs"
IMAGE = PROTOS / "image.binpb"
VALIDATE = "buf/validate/validate.proto"
# The folders under libs/ that belong to this script alone.
GENERATED = ("touchline", "buf")
BUF = Path(sys.executable).parent / "buf"


def sources() -> list[str]:
    """Every proto file of ours, as its import path."""
    return sorted(path.relative_to(PROTOS).as_posix() for path in PROTOS.rglob("*.proto"))


def protoc(*arguments: str) -> None:
    """Run protoc over our tree, google's and the validator's."""
    google_root = Path(google.api.annotations_pb2.__file__).parents[2]
    well_known = Path(grpc_tools.protoc.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        validate = Path(folder) / "validate.binpb"
        validate.write_bytes(validate_descriptors())
        includes = [f"-I{PROTOS}", f"-I{google_root}", f"-I{well_known}", f"--descriptor_set_in={validate}"]
        command = [sys.executable, "-m", "grpc_tools.protoc", *includes, *arguments]
        subprocess.run(command, check=True)  # noqa: S603 (our own arguments)


def validate_descriptors() -> bytes:
    """The descriptor of buf/validate/validate.proto as the installed validator knows it."""
    files = FileDescriptorSet()
    files.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    return files.SerializeToString()


def generate(out: Path) -> None:
    """Write the generated trees into `out`."""
    ours = sources()
    protoc(f"--python_out={out}", f"--pyi_out={out}", *ours, VALIDATE)
    protoc(f"--grpc_python_out={out}", *filter(has_service, ours))
    for folder in {package for path in ours for package in Path(path).parents if package.name}:
        (out / folder / "__init__.py").write_text(f'"""Generated from protos/{folder.as_posix()}; never edited."""\n')
    (out / "touchline" / "py.typed").touch()


def has_service(path: str) -> bool:
    """Whether the file declares a service; others get no empty gRPC module."""
    return re.search(r"^service \w+", (PROTOS / path).read_text(), re.MULTILINE) is not None


def build_image(path: Path) -> None:
    """Write all our descriptors with their comments and imports to `path`."""
    protoc(f"--descriptor_set_out={path}", "--include_imports", "--include_source_info", *sources())


def files_of(root: Path) -> set[Path]:
    """The generated files under `root`, relative to it."""
    found = (path for folder in GENERATED for path in (root / folder).rglob("*") if path.is_file())
    return {path.relative_to(root) for path in found if "__pycache__" not in path.parts}


def stale() -> list[str]:
    """Generated files that differ from what the protos say, are missing, or have no proto any more."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        names = files_of(fresh) | files_of(LIBS)
        _, changed, missing = filecmp.cmpfiles(fresh, LIBS, sorted(map(str, names)), shallow=False)
        return sorted(changed + missing)


def write() -> None:
    """Replace the generated trees under libs/."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        for path in files_of(LIBS) - files_of(fresh):
            (LIBS / path).unlink()
        for path in files_of(fresh):
            (LIBS / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fresh / path, LIBS / path)


def buf(*arguments: str) -> bool:
    """Run buf with our configuration; it speaks for itself."""
    command = [str(BUF), *arguments, "--config", str(ROOT / "buf.yaml"), "--error-format", "text"]
    return subprocess.run(command, check=False, cwd=ROOT).returncode == 0  # noqa: S603 (our own arguments)


def breaks(image: Path) -> bool:
    """Whether a client of the kept image would be broken by `image`."""
    return IMAGE.exists() and not buf("breaking", str(image), "--against", str(IMAGE))


def check() -> Iterator[str]:
    """Every complaint, as a sentence with its cure."""
    if names := stale():
        yield f"stale, run `python -m deploy.protos`: {', '.join(names)}"
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.binpb"
        build_image(image)
        if not buf("lint", str(image)):
            yield "buf lint: mend the lines above"
        if breaks(image):
            yield "buf breaking: a client of protos/image.binpb would break; add instead of changing, or make a v2"


def keep(*, accept: bool) -> str | None:
    """Take today's image as the kept one, unless it breaks clients and that was not accepted."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.binpb"
        build_image(image)
        if not accept and breaks(image):
            return "generated, but the kept image stays: the lines above break clients (`--keep` accepts them)"
        shutil.copyfile(image, IMAGE)
        return None


def main() -> int:
    """Generate, check or keep, as the command line says."""
    parser = argparse.ArgumentParser(description="Generate and check the code made from protos/")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on what is stale, wrong or breaking")
    parser.add_argument("--keep", action="store_true", help="accept a breaking change as the new kept image")
    options = parser.parse_args()
    if options.check:
        complaints = list(check())
    else:
        write()
        complaints = [complaint for complaint in [keep(accept=options.keep)] if complaint]
    sys.stderr.writelines(f"{complaint}\n" for complaint in complaints)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
