"""Run scenario scripts by name, one per line of standard input, in one process of one SDK version.

Answers each with one line of JSON: {"ok": true} or {"ok": false, "trace": "…"}. One process for all of them,
because importing an SDK's generated models takes longer than a scenario does.
"""

import json
import runpy
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # a script that prints must not be read as an answer
    for line in sys.stdin:
        print(json.dumps(_run(line.strip())), file=answers, flush=True)


def _run(name: str) -> dict[str, object]:
    try:
        runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")
    except BaseException:
        return {"ok": False, "trace": traceback.format_exc()}
    return {"ok": True}


if __name__ == "__main__":
    main()
