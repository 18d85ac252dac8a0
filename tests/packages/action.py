# SPDX-License-Identifier: MIT
"""Runs the shell steps of action.yml as a runner does: their environment from the expressions, their outputs from files, stop at the first failure.

    action.py STRATA SOURCE_ROOT C_COMPILER
"""

import json
import os
import pathlib
import re
import shlex
import shutil
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
    folder = pathlib.Path(folder) / "a work space"
    (folder / "base").mkdir(parents=True)
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

    status, outputs, summary, log = run_action(folder, strata=strata, files="a.o", base_files="base/a.o")
    expect(status == 0 and outputs == {"check-status": "", "diff-status": "1", "sarif": ""}, f"a difference alone: {status} {outputs} {log}")
    expect("demo" in summary and "16" in summary and "24" in summary, f"the summary of a difference: {summary}")
    status, _, _, log = run_action(folder, strata=strata, files="a.o", base_files="base/a.o", fail_on_difference="true")
    expect(status == 1 and "layouts differ" in log, f"fail-on-difference: {status} {log}")

    status, _, _, log = run_action(folder, strata=strata, files="nosuch*.o", rules="rules")
    expect(status == 2 and "nosuch" in log, f"a missing file: {status} {log}")
    status, _, _, log = run_action(folder, strata=strata, files="rules", rules="rules")
    expect(status == 2, f"a file that is none: {status} {log}")
    status, _, _, log = run_action(folder, strata=strata, files="a.o\nb file.o", base_files="base/a.o")
    expect(status == 2, f"another number of base-files: {status} {log}")

    # A base branch that lacks a type, has one more, or has the same; in folders and files whose names want care, and with such rules.
    before, after = folder / "the base branch" / "out [1]", folder / "this branch" / "out [1]"
    for place, text in ((before, "struct demo { char a; long b; int c; } demo; struct gone { long x; } gone;\n"),
                        (after, "struct demo { char a; long b; int c; } demo; struct fresh { char y; int z; } fresh;\n")):
        place.mkdir(parents=True)
        compile_c(place, "it & more", text)
        compile_c(place, "same", "struct same { int x; } same;\n")
    (folder / "my rules").write_text("type demo\n    max_size 24\n")
    status, outputs, summary, log = run_action(folder, strata=strata, rules="my rules", files="this branch/out [[]1]/*.o",
                                               base_files="the base branch/out [1]/it & more.o\nthe base branch/out [1]/same.o")
    expect(status == 0 and outputs["check-status"] == "0" and outputs["diff-status"] == "1", f"names that want care: {status} {outputs} {log}")
    expect("1 added, 1 removed" in summary and "struct gone" in summary and "struct fresh" in summary and "struct same" not in summary, f"the summary: {summary}")
    status, outputs, _, log = run_action(folder, strata=strata, files="this branch/out [1]/same.o", base_files="the base branch/out [1]/same.o",
                                         fail_on_difference="true")
    expect(status == 0 and outputs["diff-status"] == "0", f"no difference: {status} {outputs} {log}")
    status, outputs, _, log = run_action(folder, strata=strata, files="a.o", base_files="my rules")
    expect(status == 2 and outputs["diff-status"] == "2" and "my rules" in log, f"a base file that is none: {status} {outputs} {log}")

    # The hook, with what its user writes behind the entry.
    hook = yaml.safe_load((source / ".pre-commit-hooks.yaml").read_text())[0]
    words = [strata, *shlex.split(hook["entry"])[1:], "--rules", "rules"]
    expect(shlex.split(hook["entry"])[0] == "strata" and not hook["pass_filenames"], f"{hook}")
    for file, wanted in (("a.o", 1), ("base/a.o", 0)):
        done = subprocess.run([*words, file], cwd=folder, stdout=subprocess.DEVNULL)
        expect(done.returncode == wanted, f"the hook of {file}: {done.returncode}")

    # pre-commit itself, with the hook's file as a repository of its own, in a repository with spaces in all its names.
    if shutil.which("pre-commit") and shutil.which("git"):
        hooks, project, bin_folder = folder / "the hook", folder / "a project", folder / "bin"
        environment = os.environ | {"PRE_COMMIT_HOME": str(folder / "pre-commit"), "PATH": f"{bin_folder}:{os.environ['PATH']}", "GIT_CONFIG_GLOBAL": "/dev/null"}

        def git(where, *words):
            subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@localhost", *words], cwd=where, check=True, stdout=subprocess.DEVNULL, env=environment)

        for place in (hooks, project, bin_folder):
            place.mkdir()
        (bin_folder / "strata").symlink_to(pathlib.Path(strata).resolve())
        shutil.copy(source / ".pre-commit-hooks.yaml", hooks)
        for place in (hooks, project):
            git(place, "init", "-q")
        git(hooks, "add", ".")
        git(hooks, "commit", "-q", "-m", "hook")
        revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hooks, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
        shutil.copy(folder / "a.o", project / "built file.o")
        (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": str(hooks), "rev": revision, "hooks": [
            {"id": hook["id"], "args": ["--rules", "layout rules", "built file.o"]}]}]}))
        for limit, wanted in ((16, 1), (24, 0)):
            (project / "layout rules").write_text(f"type demo\n    max_size {limit}\n")
            git(project, "add", ".")
            done = subprocess.run(["pre-commit", "run", "--all-files"], cwd=project, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            expect(done.returncode == wanted and ("max_size" in done.stdout) == bool(wanted), f"pre-commit with max_size {limit}: {done.returncode} {done.stdout}")
    else:
        print("SKIPPED: the hook, run by pre-commit (no pre-commit or git here)")

# The workflow: what its steps start is there.
workflow = yaml.safe_load((source / ".github/workflows/test.yml").read_text())
started = [word for job in workflow["jobs"].values() for step in job["steps"] for word in shlex.split(step.get("run", "")) if word.startswith("scripts/")]
expect(started and all(os.access(source / word, os.X_OK) for word in started), f"the workflow starts {started}")

print(f"{failed} failed" if failed else "the action's steps do what it promises")
sys.exit(failed != 0)
