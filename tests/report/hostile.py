# SPDX-License-Identifier: MIT
"""A program whose names were chosen to do harm: compiled to assembler, names replaced there, assembled."""
import subprocess
from pathlib import Path

SOURCE = """
struct hostile_type { char hostile_member; long other; struct { int hostile_inner; } unnamed; };
struct holder { struct hostile_type hostile_holder; };
struct holder object;
"""

# What would run, end a block, break a table, a string, an encoding, or the order of letters.
NAMES = {
    "hostile_type": "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">[look](http://example.invalid/)",
    "hostile_member": "a|b`c``d\n|x|\u2028\u2029</style>${1}\\u003c",
    "hostile_inner": "\u202eevil\x1b]0;owned\x07,\"'<!--",
    "hostile_holder": "~~~~\n]]>&lt;&amp;%00%s%n\x7f\x80" + "\udcff",
}


def assembler_string(text):
    """As .string takes it: every byte but letters and digits in octal."""
    return "".join(chr(b) if chr(b).isalnum() and b < 128 else "\\%03o" % b for b in text.encode("utf-8", "surrogateescape"))


def build(folder):
    folder = Path(folder)
    (folder / "hostile.c").write_text(SOURCE)
    subprocess.run(["gcc", "-g", "-S", "-o", "hostile.s", "hostile.c"], cwd=folder, check=True)
    text = (folder / "hostile.s").read_text()
    for name, harm in NAMES.items():
        assert f'.string\t"{name}"' in text, name
        text = text.replace(f'.string\t"{name}"', f'.string\t"{assembler_string(harm)}"')
    (folder / "hostile.s").write_text(text)
    subprocess.run(["gcc", "-c", "-o", "hostile.o", "hostile.s"], cwd=folder, check=True)
    return str(folder / "hostile.o")
