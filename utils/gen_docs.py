#!/usr/bin/env python3
"""Write the pages that come from TableGen: each dialect's reference and the list of passes.

    utils/gen_docs.py            write them
    utils/gen_docs.py --check    fail when a page in the tree is stale

dialects/NAME/reference.md is made from dialects/NAME/{Name}Ops.td (or {Name}.td); docs/passes.md from every Passes.td
under include/rheobase/. Run by `make docs`.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TBLGEN = "/usr/lib/llvm-22/bin/mlir-tblgen"
INCLUDES = [ROOT, ROOT / "include", "/usr/lib/llvm-22/include"]


def tblgen(definitions, *flags):
    command = [TBLGEN, str(definitions), *flags, *(f"-I{folder}" for folder in INCLUDES)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def tidy(text):
    """No trailing blanks, no paths of one machine, no marker that only some renderers know, one newline at the end."""
    text = text.replace(f"{ROOT}/", "").replace("/usr/lib/llvm-22/include/", "").replace("[TOC]\n\n", "")
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip() + "\n"


def dialect_pages():
    for folder in sorted(path for path in (ROOT / "dialects").iterdir() if path.is_dir()):
        stem = folder.name.capitalize()
        definitions = [folder / f"{stem}{part}.td" for part in ("Ops", "")]
        source = next((path for path in definitions if path.exists()), None)
        if source:
            yield folder / "reference.md", tidy(tblgen(source, "-gen-dialect-doc", f"-dialect={folder.name}"))


def passes_page():
    sources = sorted((ROOT / "include" / "rheobase").rglob("Passes.td"))
    parts = ["# Passes", "Each is a flag of `snn-opt` by its name here. Written by `make docs` from the Passes.td files."]
    for source in sources:
        text = tblgen(source, "-gen-pass-doc")
        parts.append(f"## {source.parent.name}\n\n" + re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).strip())
    return tidy("\n\n".join(parts))


def pages():
    yield from dialect_pages()
    yield ROOT / "docs" / "passes.md", passes_page()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    check = parser.parse_args().check
    stale = []
    for path, text in pages():
        if path.exists() and path.read_text() == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not check:
            path.write_text(text)
    if check and stale:
        sys.exit(f"stale: {', '.join(stale)}: run make docs and commit the result")
    for name in stale:
        print(f"wrote {name}")


main()
