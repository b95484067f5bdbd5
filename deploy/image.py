"""The last step of the Dockerfile: our packages onto the path, the `touchline` command, bytecode without times."""

import compileall
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

COMMAND = """#!{python}
from touchline_client.cli import main

main()
"""


def finish(prefix: Path) -> None:
    """Complete the virtual environment `prefix`, whose app folder holds our sources."""
    app = prefix / "app"
    packages = next(prefix.glob("lib/python3.*/site-packages"))
    (packages / "touchline.pth").write_text(f"{app}\n{app / 'libs'}\n")
    command = prefix / "bin" / "touchline"
    command.write_text(COMMAND.format(python=prefix / "bin" / "python"))
    command.chmod(0o755)
    for folder in (app, packages):
        for cache in folder.rglob("__pycache__"):
            for file in cache.iterdir():
                file.unlink()
        compileall.compile_dir(folder, quiet=2, workers=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


if __name__ == "__main__":
    finish(Path(sys.argv[1]))
