"""Compile the engine with mypyc: `python -m tools.compile`. Nothing needs it to run.

The same source, unchanged: units, the engine and the domain's plain functions become extension
modules in a second package folder, `.x/compiled/presage`, whose other parts are links to the source
(`./x bench` measures it; `PRESAGE_COMPILED=1 ./x test tests/engine` tests it). Modules that
define msgspec structs stay as they are: mypyc cannot make classes of their metaclass. Needs a C
compiler.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "src"
TARGET: Final = ROOT / ".x" / "compiled"
FLOORS: Final = ("domain", "engine")

_STRUCTS: Final = re.compile(r"^class \w+\(.*(?:Struct|CommandBase|FactBase)\b", re.MULTILINE)
_BUILD: Final = """
import sys
from mypyc.build import mypycify
from setuptools import setup
modules = mypycify(sys.argv[1:], opt_level="3")
setup(name="presage-compiled", ext_modules=modules, script_args=["-q", "build_ext", "--inplace"])
"""


def compiled() -> Path | None:
    """The folder to put first on the path; None when it was not made from this very source."""
    stamp = TARGET / "made-from"
    return TARGET if stamp.exists() and stamp.read_text("ascii") == _fingerprint() else None


def sources() -> list[Path]:
    """What the compiled folder has copies of, relative to the source folder."""
    core = [SOURCE / "presage" / "units.py"]
    for floor in FLOORS:
        core += sorted((SOURCE / "presage" / floor).rglob("*.py"))
    return [path.relative_to(SOURCE) for path in core]


def modules() -> list[Path]:
    """Those of them that are compiled."""
    return [
        path
        for path in sources()
        if path.name != "__init__.py" and not _STRUCTS.search((SOURCE / path).read_text("utf-8"))
    ]


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in sources():
        digest.update(str(path).encode() + b"\0" + (SOURCE / path).read_bytes())
    return digest.hexdigest()


def build() -> None:
    """Make it anew. Raises: subprocess.CalledProcessError."""
    shutil.rmtree(TARGET, ignore_errors=True)
    made_from = _fingerprint()
    for path in sources():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SOURCE / path, TARGET / path)
    for path in (SOURCE / "presage").iterdir():
        if path.name not in (*FLOORS, "units.py", "__pycache__"):
            (TARGET / "presage" / path.name).symlink_to(path)
    names = [str(path) for path in modules()]
    subprocess.run([sys.executable, "-c", _BUILD, *names], cwd=TARGET, check=True)
    shutil.rmtree(TARGET / "build", ignore_errors=True)
    (TARGET / "made-from").write_text(made_from, "ascii")
    print(f"{len(names)} modules compiled into {TARGET.relative_to(ROOT)}")


def main() -> int:
    """Exit code 0 when it was built or had been."""
    if compiled() is None:
        build()
    return 0


if __name__ == "__main__":
    sys.exit(main())
