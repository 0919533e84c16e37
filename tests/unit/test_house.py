"""The house rules that a machine can check: sizes, the floors' list, what may not stand in a commit."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import fancast

HOUSE = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

#: What names a machine or a package registry, in pieces so that this file does not name one itself.
FOREIGN = re.compile(
    "|".join(
        [
            r"/work/" + r"(main|shared|steering)",
            r"/root" + r"/",
            r"/opt/" + r"(pypi|wheels)",
            r"/home/" + r"\w+/",
            r"/Users/" + r"\w+/",
            r"/farm" + r"/",
            r"pypi" + r"\.org",
            r"pythonhosted" + r"\.org",
            r"registry\." + r"npmjs",
            r"deb\." + r"debian\.org",
        ]
    )
)


def package_files() -> list[Path]:
    return sorted((HOUSE / "fancast").rglob("*.py"))


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that git keeps, or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nothing is tracked")
    for name in listed.stdout.splitlines():
        path = HOUSE / name
        if path.is_file():
            yield name, path.read_text(errors="replace")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_of_the_package_is_longer_than_400_lines():
    lengths = {str(path.relative_to(HOUSE)): len(path.read_text().splitlines()) for path in package_files()}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_of_the_package_is_longer_than_60_lines():
    # A migration is one list of statements, frozen when it was written.
    too_long = [
        f"{path.relative_to(HOUSE)}:{function.lineno} {function.name}"
        for path in package_files()
        if "versions" not in path.parts
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert too_long == []


def test_every_module_of_the_package_says_what_it_is():
    silent = [
        str(path.relative_to(HOUSE))
        for path in package_files()
        if "versions" not in path.parts and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_no_file_names_a_machine_or_a_package_registry():
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert found == []


def test_every_make_target_tells_what_it_does():
    makefile = (HOUSE / "Makefile").read_text()
    targets = re.findall(r"^([a-z][\w-]*):(?!=)(.*)$", makefile, re.MULTILINE)
    assert {"install", "demo", "test", "ci", "bench", "serve", "fmt", "check"} <= {
        name for name, _ in targets
    }
    assert [name for name, rest in targets if "## " not in rest] == []


def test_every_make_target_is_one_line():
    blocks = re.findall(
        r"^([a-z][\w-]*):(?!=).*\n((?:\t.*\n)*)", (HOUSE / "Makefile").read_text(), re.MULTILINE
    )
    assert {name: recipe for name, recipe in blocks if recipe.count("\n") != 1} == {}


def test_the_package_the_project_file_and_the_changelog_tell_one_version():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## \[(\d[^\]]*)\]", (HOUSE / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert project["version"] == fancast.__version__ == newest[1]


def test_every_direct_dependency_has_its_reason_on_record():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    names = {re.split(r"[\[<>=;! ]", one)[0] for one in asked} - {"fancast"}
    reasons = (HOUSE / "docs/decisions/dependencies.md").read_text()
    assert {name for name in names if f"**{name}**" not in reasons} == set()


def test_every_decision_has_the_same_five_parts():
    parts = ["## Context", "## Decision", "## Consequences", "## Alternatives", "## Enforced by"]
    decisions = sorted((HOUSE / "docs/decisions").glob("[0-9]*.md"))
    assert decisions
    for decision in decisions:
        assert re.findall(r"^## .*$", decision.read_text(), re.MULTILINE) == parts, decision.name
