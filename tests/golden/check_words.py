#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whatever --help tells of is in the man page and in the completions of three shells; the formats it tells are those that are taken;
the README names the packages that are installed.

    check_words.py STRATA SOURCE BUILD      BUILD holds completions/ and doc/, made from the templates of that name
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STRATA, SOURCE, BUILD = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).absolute(), Path(sys.argv[3]).absolute()
FORMATS = re.compile(r"--format=FORMAT\s+(\w+) \(default\), ((?:\w+,\s+)*\w+)\n")
OPTION = re.compile(r"^ +(?:-., )? *--([a-z-]+)", re.M)
EVERYWHERE = {"usage", "version"}  # argp's own
failed = 0


def expect(condition, message):
    global failed
    if not condition:
        failed += 1
        print("FAILED", message)


def ask(*arguments):
    return subprocess.run([STRATA, *arguments], capture_output=True, text=True, check=True, timeout=240).stdout


def bash_completes(*words):
    """What bash offers for the last of the words."""
    script = f"""source '{BUILD}/completions/strata.bash'
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _strata; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script, "bash", STRATA, *words], capture_output=True, text=True, check=False, timeout=240)
    expect(not done.stderr, f"bash says {done.stderr}")
    return {line for line in done.stdout.splitlines() if line}


manual = (BUILD / "doc/strata.1").read_text()
zsh = (BUILD / "completions/_strata").read_text()
fish = (BUILD / "completions/strata.fish").read_text()


def manual_of(command):
    """The sections that tell this command's options: its own, and the common ones."""
    sections = dict(re.findall(r"^\.SH (.*)\n((?:(?!\.SH ).*\n)*)", manual, re.M))
    return sections.get("OPTIONS OF " + command.upper(), "") + sections["COMMON OPTIONS"]


def formats_of(command):
    told = FORMATS.search(ask(command, "--help"))
    return [told[1], *re.split(r",\s+", told[2])] if told else []


def takes_format(command, word):
    """A later mistake ends the run before any work is done; argp tells the first one only."""
    done = subprocess.run([STRATA, command, "--format", word, "--cacheline", "3"], capture_output=True, text=True, check=False, timeout=240)
    told, _, rest = done.stderr.partition("\n")
    expect(done.returncode == 2 and not done.stdout and rest.startswith("Try "), f"{command} --format {word}: {done}")
    return told.startswith(f"strata {command}: --cacheline")


def completed_formats(command):
    """What the three shells offer, each as a list."""
    in_zsh = re.search(rf"\b{command} '([a-z ]*)'", zsh.partition("formats=(")[2].partition(")")[0])
    in_fish = re.search(rf"seen_subcommand_from (?:[a-z]+ )*{command}\b[^\n]* -l format -x(?: -a '([a-z ]*)')?", fish)
    return {"bash": sorted(bash_completes(command, "x", "--format", "=", "")),
            "zsh": sorted(in_zsh[1].split()) if in_zsh else None,
            "fish": sorted((in_fish[1] or "").split()) if in_fish else None}


commands = re.findall(r"^  ([a-z]+) ", ask("--help"), re.M)
expect(len(commands) >= 2, f"commands: {commands}")
expect(bash_completes("") >= {*commands, "help", "--help", "--version"}, "bash: commands")

for command in commands:
    expect(f".B strata {command}\n" in manual, f"man page: no synopsis of {command}")
    expect(f"'{command}[" in zsh and f"  {command})" in zsh, f"zsh: no {command}")
    expect(f"-a {command} " in fish, f"fish: no {command}")
    options = set(OPTION.findall(ask(command, "--help"))) - EVERYWHERE
    expect("help" in options and len(options) > 5, f"{command} --help: {options}")
    offered = bash_completes(command, "--")
    zsh_part = zsh.partition(f"  {command})")[2].partition(";;")[0]
    if "$common" in zsh_part:
        zsh_part += zsh.partition("common=(")[2].partition("\n)")[0]
    for option in sorted(options):
        where = f"{command} --{option}"
        expect(f"--{option}" in offered, f"bash: no {where}")
        expect(re.search(rf"--{option}[\[=,'}}]", zsh_part), f"zsh: no {where}")
        if option != "help":
            expect(re.search(r"\\-\\-" + option.replace("-", r"\\-") + r"\b", manual_of(command)), f"man page: no {where}")
            expect(re.search(rf"-l {option}\b", fish), f"fish: no {where}")
    # Behind an option that takes a folder, folders are offered; names hold blanks.
    for option in re.findall(r"^ +(?:-., )? *--([a-z-]+)=DIR\b", ask(command, "--help"), re.M):
        with tempfile.TemporaryDirectory(prefix="a folder ") as folder:
            (Path(folder) / "a file").touch()
            expect(bash_completes(command, "--" + option, "=", folder) == {folder}, f"bash: no folders for {command} --{option}")
            expect(bash_completes(command, "--" + option, "=", folder + "/") == set(), f"bash: files for {command} --{option}")
    # Behind an option that takes a file, files are offered.
    for option in re.findall(r"^ +(?:-., )? *--([a-z-]+)=(?:FILE|OUT|RULES|JSON|LIST)\b", ask(command, "--help"), re.M):
        where = f"{command} --{option}"
        expect(f"{BUILD}/doc/strata.1" in bash_completes(command, "--" + option, "=", f"{BUILD}/doc/strata."), f"bash: no files for {where}")
        expect(re.search(rf"--{option}=[^\n]*:_files", zsh_part), f"zsh: no files for {where}")
        expect(re.search(rf"from (?:[a-z]+ )*{command}'[^\n]* -l {option} -r -F|-n \$any -l {option} -r -F", fish), f"fish: no files for {where}")
formats = {command: formats_of(command) for command in commands if "--format=" in ask(command, "--help")}
all_formats = {word for words in formats.values() for word in words}
expect(all_formats >= {"text", "json", "csv", "markdown", "sarif"}, f"formats: {formats}")
for command, words in formats.items():
    for word in sorted(all_formats | {"html"}):
        expect(takes_format(command, word) == (word in words), f"{command} --help tells of formats {words}, but {word}?")
    for shell, offered in completed_formats(command).items():
        expect(offered == sorted(words), f"{shell}: {command} --format: {offered}, not {words}")
every_option = {option for command in commands for option in OPTION.findall(ask(command, "--help"))}
for shell, offered in {"zsh": re.findall(r"(?<=[ '{,])--([a-z-]+)", zsh), "fish": re.findall(r"^complete .* -l ([a-z-]+)", fish, re.M)}.items():
    expect(len(offered) > 20 and set(offered) <= every_option, f"{shell} offers what is not there: {set(offered) - every_option}")
expect("json" in bash_completes("show", "x", "--format", "=", "j"), "bash: --format=j")
expect(bash_completes("list", "x", "--sort", "si") == {"size"}, "bash: --sort si")
for command in ("watch", "browse"):  # of the options that views share
    expect(bash_completes(command, "--theme", "=", "") == {"auto", "dark", "light"}, f"bash: {command} --theme")

# What stands behind a command that takes no file, names with spaces, and types of the file in the line.
def fish_completes(line):
    done = subprocess.run(["fish", "--no-config", "-c", f"source '{BUILD}/completions/strata.fish'; complete -C \"$argv\"", line], capture_output=True,
                          text=True, check=False, timeout=240, cwd=folder, env={**os.environ, "PATH": f"{Path(STRATA).parent}:{os.environ['PATH']}"})
    return {entry.partition("\t")[0] for entry in done.stdout.splitlines()}


def lines_of_bash(*words):
    script = f"""source '{BUILD}/completions/strata.bash'
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _strata; printf '%s\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script, "bash", STRATA, *words], capture_output=True, text=True, check=False, timeout=240, cwd=folder)
    expect(not done.stderr, f"bash says {done.stderr}")
    return {line for line in done.stdout.splitlines() if line}


with tempfile.TemporaryDirectory() as folder:
    (Path(folder) / "my types.cc").write_text("struct Alpha { char a; } a; struct Alpine { long b; } b; template <class T, class U> struct Pair { T t; U u; };"
                                              "Pair<int, char> p; Pair<unsigned, char> q;")
    subprocess.run(["g++", "-g", "-c", "my types.cc", "-o", "my types.o"], cwd=folder, check=True)
    experiments = set(re.findall(r"^  ?([a-z]+(?:-[a-z]+)*)  ", ask("lab"), re.M))
    cases = (("help ", set(commands)), ("help lis", {"list"}), ("show my\\ types.o Alp", {"Alpha", "Alpine"}), ("show my\\ types.o Pair", {"Pair<int, char>", "Pair<unsigned int, char>"}),
             ("show my", {"my types.cc", "my types.o"}), ("show my\\ types.o Nothing", set()), ("lab two", {"two-arrays"}))
    for line, wanted in cases:
        words = [word.replace("\0", "\\ ") for word in line.replace("\\ ", "\0").split(" ")]
        told = lines_of_bash(*words)
        expect(told - {""} == wanted, f"bash: strata {line}: {told}")
        if shutil.which("fish"):
            told = {word.replace("\\", "") for word in fish_completes("strata " + line)}
            expect(told == wanted, f"fish: strata {line}: {told}")
    if not shutil.which("fish"):
        print("SKIPPED: there is no fish")
expect(re.search(r'^\.TH STRATA 1 "\d{4}-\d\d-\d\d"', manual), "man page: no date")

# What tables say: an error message lists the words, which come from no completion.
def listed(*arguments, after):
    done = subprocess.run([STRATA, *arguments], capture_output=True, text=True, check=False, timeout=240)
    line = done.stderr.partition("\n")[0]
    expect(done.returncode == 2 and after in line, f"{arguments}: {line}")
    return re.split(r",(?: and comparisons of)? | and ", re.sub(r" \([^)]*\)|, and comparisons of", ",", line.partition(after)[2]).replace(",,", ","))


def offered_words(command, option):
    """What the three shells offer for the option's value."""
    in_zsh = re.search(rf"--{option}=-?[^\n]*\(([^()\n]*)\)'", zsh.partition(f"  {command})\n")[2].partition(";;")[0])
    in_fish = re.search(rf"from {command}'[^\n]* -l {option}[^\n]* -a '([^']*)'", fish)
    return {"bash": sorted(bash_completes(command, "x", "--" + option, "=", "")),
            "zsh": sorted(in_zsh[1].replace("\\", "").split()) if in_zsh else None,
            "fish": sorted(in_fish[1].replace('"', "").split()) if in_fish else None}


def expect_words(command, option, words):
    expect(len(words) > 2, f"{command} --{option}: {words}")
    for shell, offered in offered_words(command, option).items():
        expect(offered == sorted(words), f"{shell}: {command} --{option}: {offered}, not {words}")


sort_words = listed("list", "x", "--sort", "frobnicate", after="there are ")
expect_words("list", "sort", sort_words)
expect_words("list", "kind", listed("list", "x", "--kind", "frobnicate", after="is none of "))
for option in ("key", "value", "hash", "go", "workload"):
    done = subprocess.run([STRATA, "watch", "--" + option, "frobnicate"], capture_output=True, text=True, check=False, timeout=240)
    told = re.search(r"(?:there are|is none of) ([^\n]*)", done.stderr)
    expect_words("watch", option, told[1].split(", ") if told else [])
fields = listed("list", "x", "--where", "frobnicate == 1", after="there are ")
expect(set(sort_words) <= set(fields), f"columns: {fields}")
for field in fields:
    expect(re.search(rf"^\.B {field}\n[^.\n]", manual.partition(".SH COLUMNS")[2], re.M), f"man page: no column {field}")
with tempfile.NamedTemporaryFile("w", suffix=".rules") as rules:
    rules.write("type x\n  frobnicate 1\n")
    rules.flush()
    for word in listed("check", "x", "--rules", rules.name, after="there are "):
        expect(word in manual.partition(".SH FILES OF RULES")[2], f"man page: no rule {word}")
for command, words in ((command, words) for command, words in formats.items() if words):
    expect(re.search(rf"^\.B {command}\n{words[0]} \(default\), {', '.join(words[1:])}$", manual, re.M), f"man page: formats of {command}")
report_help = ask("report", "--help")
for ending in re.findall(r"^ +(\.[a-z]+)", report_help, re.M):
    expect(f'"{ending}' in manual, f"man page: no report {ending}")
for path in BUILD / "completions/_strata", BUILD / "completions/strata.bash", BUILD / "completions/strata.fish", BUILD / "doc/strata.1":
    expect(not re.search(r"@(?:zsh|fish|bash|man) ", path.read_text()), f"{path}: a mark is left")
# The README names the formats of a report as --help does.
formats_of_report = re.search(r"^  report .*a report: (.*)$", ask("--help"), re.M).group(1)
expect(re.search(rf"^    strata report .*   {re.escape(formats_of_report)}$", (SOURCE / "README.md").read_text(), re.M), f"README: {formats_of_report}")
# What the README tells people to install is what scripts/install-deps.sh installs.
told = re.search(r"apt-get install ((?:.*\\\n)*.*)\n", (SOURCE / "README.md").read_text()).group(1)
installed = re.search(r"^build_packages='([^']*)'", (SOURCE / "scripts/install-deps.sh").read_text(), re.M).group(1)
expect(set(told.replace("\\\n", " ").split()) == {package.partition("|")[0] for package in installed.split()},
       f"README: apt-get install {told}; install-deps.sh installs {installed}")
print(f"{failed} failed" if failed else "man page and completions know all that --help tells, the README what is installed")
sys.exit(1 if failed else 0)
