#!/usr/bin/python3
"""Whatever --help tells of is in the man page and in the completions of three shells; the formats it tells are those that are taken;
the README names the packages that are installed.

    check_words.py STRATA SOURCE
"""
import re
import subprocess
import sys
from pathlib import Path

STRATA, SOURCE = sys.argv[1], Path(sys.argv[2])
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
    return subprocess.run([STRATA, *arguments], capture_output=True, text=True, check=True, timeout=60).stdout


def bash_completes(*words):
    """What bash offers for the last of the words."""
    script = f"""source '{SOURCE}/completions/strata.bash'
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _strata; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script, "bash", STRATA, *words], capture_output=True, text=True, check=False, timeout=60)
    expect(not done.stderr, f"bash says {done.stderr}")
    return set(done.stdout.split())


manual = (SOURCE / "doc/strata.1").read_text()
zsh = (SOURCE / "completions/_strata").read_text()
fish = (SOURCE / "completions/strata.fish").read_text()


def manual_of(command):
    """The sections that tell this command's options: its own, and the common ones."""
    sections = dict(re.findall(r"^\.SH (.*)\n((?:(?!\.SH ).*\n)*)", manual, re.M))
    return sections.get("OPTIONS OF " + command.upper(), "") + sections["COMMON OPTIONS"]


def formats_of(command):
    told = FORMATS.search(ask(command, "--help"))
    return [told[1], *re.split(r",\s+", told[2])] if told else []


def takes_format(command, word):
    """A later mistake ends the run before any work is done; argp tells the first one only."""
    done = subprocess.run([STRATA, command, "--format", word, "--cacheline", "3"], capture_output=True, text=True, check=False, timeout=60)
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
# What the README tells people to install is what scripts/install-deps.sh installs.
told = re.search(r"apt-get install ((?:.*\\\n)*.*)\n", (SOURCE / "README.md").read_text()).group(1)
installed = re.search(r"^build_packages='([^']*)'", (SOURCE / "scripts/install-deps.sh").read_text(), re.M).group(1)
expect(set(told.replace("\\\n", " ").split()) == {package.partition("|")[0] for package in installed.split()},
       f"README: apt-get install {told}; install-deps.sh installs {installed}")
print(f"{failed} failed" if failed else "man page and completions know all that --help tells, the README what is installed")
sys.exit(1 if failed else 0)
