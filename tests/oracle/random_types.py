# SPDX-License-Identifier: MIT
"""Random declarations of C and C++, for layouts.py: attributes on records and members, bit-fields, unions, arrays, atomics, vectors,
bases, virtual bases, templates, empty classes. What a declaration leaves out of the debug information can be left out of its source:
a *plain* declaration has no packing and no unnamed bit-fields."""

import random

BITS = {"char": 8, "unsigned char": 8, "short": 16, "unsigned short": 16, "int": 32, "unsigned": 32, "long long": 64, "unsigned long long": 64}
SCALARS = ["char", "signed char", "short", "int", "unsigned", "long", "long long", "float", "double", "long double", "void *", "enum Colour"]
PRELUDE = """enum Colour { red, green };
typedef long long Lowered __attribute__((aligned(1)));
typedef int Lowered2 __attribute__((aligned(2)));
typedef short Raised __attribute__((aligned(16)));
typedef float Quad __attribute__((vector_size(16)));
typedef short Two __attribute__((vector_size(4)));
typedef int Eight __attribute__((vector_size(8)));
typedef double Wide32 __attribute__((vector_size(32)));
typedef struct { char r, g, b; } Odd3;
typedef struct { short x, y, z; } Odd6;
typedef struct { int x, y, z; } Odd12;
#define offset_of(type, member) __builtin_offsetof(type, member)
"""


class Member:
    def __init__(self, name, text, attributes="", packed=False, is_bits=False):
        self.name, self.text, self.attributes, self.packed, self.is_bits = name, text, attributes, packed, is_bits

    def source(self, plain, packed=None, keeps_unnamed=False):
        """`packed`: names of the members that are packed; None: as declared."""
        if plain and not self.name and not keeps_unnamed:
            return ""  # an unnamed bit-field
        is_packed = self.packed if packed is None else self.name in packed
        packed = " __attribute__((packed))" if is_packed else ""
        return "%s%s%s;" % (self.text, packed, self.attributes)


class Record:
    """One struct, class or union. `members` are in order; `head` stands between the keyword and the name."""

    def __init__(self, name, keyword):
        self.name, self.keyword, self.members = name, keyword, []
        self.packed, self.aligned, self.pragma = False, 0, 0
        self.bases, self.virtuals, self.template, self.access, self.nested = [], 0, False, False, set()

    def type_name(self, is_cpp):
        if self.template:
            return "%s<int>" % self.name
        return self.name if is_cpp else "%s %s" % (self.keyword, self.name)

    def source(self, plain=False, packed=None, keeps_unnamed=False, keeps_aligned=True):
        lines = []
        if self.pragma and not plain:
            lines.append("#pragma pack(push, %d)" % self.pragma)
        attributes = []
        if self.packed and not plain:
            attributes.append("packed")
        if self.aligned and keeps_aligned:
            attributes.append("aligned(%d)" % self.aligned)
        head = "__attribute__((%s)) " % ", ".join(attributes) if attributes else ""
        bases = " : " + ", ".join(self.bases) if self.bases else ""
        lines.append("%s%s %s%s%s {" % ("template <class T> " if self.template else "", self.keyword, head, self.name, bases))
        for i in range(self.virtuals):
            lines.append("    virtual void f%d_%s() {}" % (i, self.name))
        for i, member in enumerate(self.members):
            if self.access and i == len(self.members) // 2:
                lines.append("  protected:")
            lines.append("    " + member.source(plain, packed, keeps_unnamed))
        lines.append("};")
        if self.pragma and not plain:
            lines.append("#pragma pack(pop)")
        return "\n".join(lines)


class Generator:
    def __init__(self, seed, is_cpp, features):
        self.rng, self.is_cpp, self.features = random.Random(seed), is_cpp, features
        self.records = []

    def chance(self, probability):
        return self.rng.random() < probability

    def member_type(self, record):
        """(text before the name, text behind it)"""
        rng = self.rng
        kind = rng.random()
        if kind < 0.25 and self.records:
            nested = rng.choice(self.records[-12:])
            record.nested.add(nested.name)
            record.nested |= nested.nested
            return nested.type_name(self.is_cpp), ""
        if kind < 0.30:
            return rng.choice(["Lowered", "Lowered2", "Raised", "Quad", "Two", "Eight", "Wide32"]), ""
        if kind < 0.33 and "int128" in self.features:
            return "__int128", ""
        if kind < 0.37 and "bitint" in self.features:
            return "_BitInt(%d)" % rng.choice([3, 17, 40, 64, 65, 100, 128]), ""
        if kind < 0.42 and not self.is_cpp:
            return rng.choice(["_Atomic char", "_Atomic int", "_Atomic long long", "_Atomic Odd3", "_Atomic Odd6", "_Atomic Odd12", "_Bool", "double _Complex"]), ""
        if record.template and kind < 0.5:
            return "T", ""
        return rng.choice(SCALARS), ""

    def add_member(self, record, number):
        rng = self.rng
        name = "m%d" % number
        if self.chance(0.15):
            base = rng.choice(sorted(BITS))
            if self.chance(0.2):  # unnamed
                width = 0 if self.chance(0.4) else rng.randint(1, BITS[base])
                record.members.append(Member("", "%s : %d" % (base, width), is_bits=True))
                return
            record.members.append(Member(name, "%s %s : %d" % (base, name, rng.randint(1, BITS[base])), packed=self.chance(0.07), is_bits=True))
            return
        before, behind = self.member_type(record)
        if self.chance(0.2) and before != "Raised":  # an array of which is none
            behind = "[%d]" % rng.randint(1, 4) + ("[2]" if self.chance(0.2) else "")
        attributes = ""
        if self.chance(0.08):
            attributes = " __attribute__((aligned(%d)))" % rng.choice([1, 2, 4, 8, 16, 32])
        text = "%s %s%s" % (before, name, behind)
        if self.is_cpp and "nua" in self.features and self.chance(0.08):
            text = "[[no_unique_address]] " + text
        record.members.append(Member(name, text, attributes, packed=self.chance(0.07)))

    def add_bases(self, record):
        rng = self.rng
        usable = [r for r in self.records[-10:] if r.keyword != "union" and not r.pragma]
        for base in rng.sample(usable, min(len(usable), rng.choice([0, 0, 1, 1, 2, 3]))):
            is_virtual = self.chance(0.25)
            record.bases.append(("virtual " if is_virtual else "") + base.type_name(True))
            record.nested.add(base.name)
            record.nested |= base.nested

    def record(self, number):
        rng = self.rng
        keyword = "union" if self.chance(0.12) else "struct"
        record = Record("S%d" % number, keyword)
        if self.is_cpp and keyword == "struct":
            record.template = self.chance(0.1)
            if self.chance(0.5):
                self.add_bases(record)
            record.virtuals = rng.choice([0, 0, 0, 0, 1, 2])
            record.access = self.chance(0.3)
        least = 0 if self.is_cpp else 1
        for i in range(rng.choice([least, 1, 2, 3, 4, 5, 6, 7])):
            self.add_member(record, i)
        if not self.is_cpp and not any(m.name for m in record.members):
            record.members.append(Member("m99", "char m99"))
        if self.chance(0.12):
            record.packed = True
        elif self.chance(0.08):
            record.pragma = rng.choice([1, 2, 4, 8])
        if self.chance(0.1):
            record.aligned = rng.choice([1, 2, 4, 8, 16, 32])
        self.records.append(record)
        return record


def generate(seed, is_cpp, count, features=()):
    generator = Generator(seed, is_cpp, set(features))
    for number in range(count):
        generator.record(number)
    return generator.records


def source(records, is_cpp, plain=None):
    """The declarations, and an object of each. `plain`: record name -> (names of its members that are packed, None: as declared; whether
    unnamed bit-fields and the record's alignment are kept); these records have no packing of their own."""
    lines, plain = [PRELUDE], plain or {}
    for record in records:
        lines.append(record.source(record.name in plain, *plain.get(record.name, ())))
    for record in records:
        lines.append("%s *g_%s; char size_%s[sizeof(%s)];" % (record.type_name(is_cpp), record.name, record.name, record.type_name(is_cpp)))
    return "\n".join(lines) + "\n"
