# SPDX-License-Identifier: MIT
"""What other compilers' debug information means, against what their programs say: Ada's arrays indexed by enumerations whose values lie apart,
and the names of the states of Rust's coroutines.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

ADA = """with Ada.Text_IO; use Ada.Text_IO;
procedure Levels is
   type Code is (Low, Mid, High);
   for Code use (1, 20, 300);
   subtype Upper is Code range Mid .. High;
   type Plain is (A, B, C, D);
   type Table is array (Code) of Integer;
   type Part is array (Upper) of Short_Integer;
   type Both is array (Code, Plain) of Integer;
   type Fewer is array (Plain range B .. D) of Long_Float;
   type Flags is array (Code) of Boolean;
   type Bits is array (1 .. 20) of Boolean;
   pragma Pack (Bits);
   type Packed_Flags is array (Code) of Boolean;
   pragma Pack (Packed_Flags);
   type Nibble is range 0 .. 7;
   type Nibbles is array (1 .. 5) of Nibble;
   pragma Pack (Nibbles);
   type Meter is record
      Id : Short_Integer;
      T  : Table;
      P  : Part;
      X  : Both;
      S  : Fewer;
      F  : Flags;
      B  : Bits;
      G  : Packed_Flags;
      N  : Nibbles;
      Z  : Integer;
   end record;
   M : Meter;
   pragma Volatile (M);
begin
   M.Z := 1;
   Put_Line ("id" & M.Id'Position'Image & Integer'Image (M.Id'Size / 8));
   Put_Line ("t" & M.T'Position'Image & Integer'Image (M.T'Size / 8));
   Put_Line ("p" & M.P'Position'Image & Integer'Image (M.P'Size / 8));
   Put_Line ("x" & M.X'Position'Image & Integer'Image (M.X'Size / 8));
   Put_Line ("s" & M.S'Position'Image & Integer'Image (M.S'Size / 8));
   Put_Line ("f" & M.F'Position'Image & Integer'Image (M.F'Size / 8));
   Put_Line ("b" & M.B'Position'Image & Integer'Image (M.B'Size / 8));
   Put_Line ("g" & M.G'Position'Image & Integer'Image (M.G'Size / 8));
   Put_Line ("n" & M.N'Position'Image & Integer'Image (M.N'Size / 8));
   Put_Line ("z" & M.Z'Position'Image & Integer'Image (M.Z'Size / 8));
end Levels;
"""
VARIANTS = """with Ada.Text_IO; use Ada.Text_IO;
procedure Vary is
   type Color is (Red, Green, Blue);
   type Var (D : Color := Red) is record
      A : Character;
      case D is
         when Red => R : Integer;
         when Green => G : Long_Float; S : Short_Integer;
         when others => null;
      end case;
   end record;
   V : Var;
   W : Var (Green);
   pragma Volatile (V);
   pragma Volatile (W);
begin
   V.A := 'x';
   W.G := 1.0;
   Put_Line ("d" & V.D'Position'Image);
   Put_Line ("a" & V.A'Position'Image);
   Put_Line ("r" & V.R'Position'Image);
   Put_Line ("g" & W.G'Position'Image);
   Put_Line ("s" & W.S'Position'Image);
end Vary;
"""
RUST = """async fn step(x: u64) -> u64 { x + 1 }
pub async fn work(n: u32) -> u64 { let buf = [n as u8; 40]; let a = step(n as u64).await; let b = step(a).await; buf[0] as u64 + a + b }
fn main() { let f = work(3); println!("{}", std::mem::size_of_val(&f)); drop(f); }
"""


def check_ada(strata, failures, folder):
    with open(os.path.join(folder, "levels.adb"), "w", encoding="utf-8") as file:
        file.write(ADA)
    subprocess.run(["gnatmake", "-q", "-g", "levels.adb"], cwd=folder, check=True, capture_output=True)
    program = os.path.join(folder, "levels")
    said = [(name, int(at), int(size)) for name, at, size in (line.split() for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines())]
    row = json.loads(strata.run("show", program, "levels__meter", "--format", "json").stdout)["types"][0]
    found = [(member["name"], member["offset_bits"] // 8, member["size_bits"] // 8) for member in row["members"]]
    failures.expect(found == said, "Ada: %s, not %s", found, said)
    text = strata.run("show", program, "levels__meter", text=True).stdout
    failures.expect("contradicts" not in text, "Ada: %s", text)


def check_variants(strata, failures, folder):
    """The size of the record is an expression: the variants are told all the same."""
    with open(os.path.join(folder, "vary.adb"), "w", encoding="utf-8") as file:
        file.write(VARIANTS)
    subprocess.run(["gnatmake", "-q", "-g", "vary.adb"], cwd=folder, check=True, capture_output=True)
    program = os.path.join(folder, "vary")
    said = [tuple(line.split()) for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()]
    row = json.loads(strata.run("show", program, "vary__var", "--format", "json").stdout)["types"][0]
    found = [(member["name"], str(member["offset_bits"] // 8)) for member in row["members"] if member["kind"] != "variant"]
    failures.expect(found == said, "Ada's variants: %s, not %s", found, said)
    failures.expect([variant["values"] for variant in row["variants"]] == ["0", "1", None], "Ada's variants: %s", row["variants"])
    text = strata.run("show", program, "vary__var", text=True).stdout
    failures.expect(text.count("variant ") == 3 and "3 variants" in text, "Ada's variants: %s", text)


def check_rust(strata, failures, folder):
    path, program = os.path.join(folder, "co.rs"), os.path.join(folder, "co")
    with open(path, "w", encoding="utf-8") as file:
        file.write(RUST)
    subprocess.run(["rustc", "--edition", "2021", "-g", "-o", program, path], check=True, capture_output=True)
    size = int(subprocess.run([program], capture_output=True, text=True, check=True).stdout)
    # Another reader's word for the states: gdb names the types of the variants.
    document = json.loads(strata.run("show", program, "co::work::*", "--format", "json").stdout)
    row = next(item for item in document["types"] if item.get("variants"))
    names = [variant["name"] for variant in row["variants"]]
    failures.expect(row["size_bytes"] == size, "Rust: size %s, not %d", row["size_bytes"], size)
    failures.expect(names == ["Unresumed", "Returned", "Panicked", "Suspend0", "Suspend1"], "Rust: %s", names)
    heads = re.findall(r"variant (\w+)", strata.run("show", program, "co::work::*", text=True).stdout)
    failures.expect(heads == names, "Rust: show draws %s", heads)


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("gnatmake"):
            check_ada(strata, failures, folder)
            check_variants(strata, failures, folder)
        if shutil.which("rustc"):
            check_rust(strata, failures, folder)
    if not failures.compared:
        skip("neither gnatmake nor rustc")
    failures.finish()


main()
