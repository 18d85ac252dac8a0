# SPDX-License-Identifier: MIT
"""Runs the shell steps of action.yml as a runner does: their environment from the expressions, their outputs from files, stop at the first failure.

    action.py STRATA SOURCE_ROOT C_COMPILER
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("SKIPPED: action.yml (no python3-yaml)")
    sys.exit(77)

strata, source, compiler = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
action = yaml.safe_load((source / "action.yml").read_text())
failed = 0


def expect(is_so, what):
    global failed
    if not is_so:
        print("FAILED:", what)
        failed += 1


def compile_c(folder, name, text):
    (folder / f"{name}.c").write_text(text)
    subprocess.run([compiler, "-g", "-c", f"{name}.c", "-o", f"{name}.o"], cwd=folder, check=True)


def run_action(folder, **given):
    """The action with these inputs: (exit status, outputs, summary, log)."""
    inputs = {name.replace("-", "_"): one.get("default", "") for name, one in action["inputs"].items()} | given
    steps, log, status = {}, "", 0

    def value(expression):
        kind, _, rest = expression.partition(".")
        if kind == "inputs":
            return inputs[rest.replace("-", "_")]
        step, _, name = rest.partition(".outputs.")
        expect(kind == "steps" and step in {one.get("id") for one in action["runs"]["steps"]}, f"no such step: {expression}")
        return steps.get(step, {}).get(name, "")

    summary = folder / "summary"
    summary.write_text("")
    for step in action["runs"]["steps"]:
        if "run" not in step:
            continue
        output, script = folder / "output", folder / "script"
        output.write_text("")
        script.write_text(step["run"])
        environment = {name: re.sub(r"\$\{\{ *([^ }]+) *\}\}", lambda match: value(match[1]), text) for name, text in step.get("env", {}).items()}
        environment |= {"GITHUB_ACTION_PATH": str(source), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary),
                        "GITHUB_WORKSPACE": str(folder), "RUNNER_TEMP": str(folder), "PATH": os.environ["PATH"], "CI": "true"}
        expect(step["shell"] == "bash", f"{step['name']}: a step of a composite action names its shell")
        done = subprocess.run(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script], cwd=folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        log += done.stdout
        steps[step["id"]] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        if done.returncode:
            status = done.returncode
            break
    outputs = {name: value(re.search(r"\{\{ *([^ }]+)", one["value"])[1]) for name, one in action["outputs"].items()}
    return status, outputs, summary.read_text(), log


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "base").mkdir()
    compile_c(folder / "base", "a", "struct demo { long b; int c; char a; } demo;\n")
    compile_c(folder, "a", "struct demo { char a; long b; int c; } demo;\n")
    compile_c(folder, "b file", "struct other { long x; } other;\n")
    (folder / "rules").write_text("type demo\n    no_holes\n    max_size 16\n")

    status, outputs, summary, log = run_action(folder, strata=strata, files="*.o", rules="rules", base_files="base/a.o\nbase/a.o")
    expect(status == 1 and "rules are broken" in log, f"broken rules: {status} {log}")
    expect(outputs["check-status"] == "1" and outputs["diff-status"] == "1", f"{outputs}")
    sarif = json.loads(pathlib.Path(outputs["sarif"]).read_text())
    expect(len(sarif["runs"][0]["results"]) == 2, f"{len(sarif['runs'][0]['results'])} results in SARIF, two rules are broken")
    expect("::error" in log and "demo" in log, f"no annotation: {log}")
    expect("demo" in summary and "24" in summary, f"the summary: {summary}")

    status, outputs, summary, log = run_action(folder, strata=strata, files="  base/a.o  \n\n", rules="rules")
    expect(status == 0 and outputs["check-status"] == "0" and outputs["diff-status"] == "", f"kept rules: {status} {outputs} {log}")

    status, outputs, _, log = run_action(folder, strata=strata, files="a.o", base_files="base/a.o")
    expect(status == 0 and outputs == {"check-status": "", "diff-status": "1", "sarif": ""}, f"a difference alone: {status} {outputs} {log}")
    status, _, _, log = run_action(folder, strata=strata, files="a.o", base_files="base/a.o", fail_on_difference="true")
    expect(status == 1 and "layouts differ" in log, f"fail-on-difference: {status} {log}")

    status, _, _, log = run_action(folder, strata=strata, files="nosuch*.o", rules="rules")
    expect(status == 2 and "nosuch" in log, f"a missing file: {status} {log}")
    status, _, _, log = run_action(folder, strata=strata, files="rules", rules="rules")
    expect(status == 2, f"a file that is none: {status} {log}")
    status, _, _, log = run_action(folder, strata=strata, files="a.o\nb file.o", base_files="base/a.o")
    expect(status == 2, f"another number of base-files: {status} {log}")

    # The hook, with what its user writes behind the entry.
    hook = yaml.safe_load((source / ".pre-commit-hooks.yaml").read_text())[0]
    words = [strata, *shlex.split(hook["entry"])[1:], "--rules", "rules"]
    expect(shlex.split(hook["entry"])[0] == "strata" and not hook["pass_filenames"], f"{hook}")
    for file, wanted in (("a.o", 1), ("base/a.o", 0)):
        done = subprocess.run([*words, file], cwd=folder, stdout=subprocess.DEVNULL)
        expect(done.returncode == wanted, f"the hook of {file}: {done.returncode}")

# The workflow: what its steps start is there.
workflow = yaml.safe_load((source / ".github/workflows/test.yml").read_text())
started = [word for job in workflow["jobs"].values() for step in job["steps"] for word in shlex.split(step.get("run", "")) if word.startswith("scripts/")]
expect(started and all(os.access(source / word, os.X_OK) for word in started), f"the workflow starts {started}")

print(f"{failed} failed" if failed else "the action's steps do what it promises")
sys.exit(failed != 0)
