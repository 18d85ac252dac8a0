# SPDX-License-Identifier: MIT
"""What the tests of fleets have in common: files to report on, and what is in a database of SQLite."""
import random
import socket
import sqlite3
import subprocess
from pathlib import Path


def has_loopback():
    """Whether 127.0.0.1 can be reached: in a network namespace of its own (unshare -n) the loopback is down."""
    try:
        with socket.socket() as listening, socket.socket() as calling:
            listening.bind(("127.0.0.1", 0))
            listening.listen(1)
            calling.settimeout(10)
            calling.connect(listening.getsockname())
        return True
    except OSError:
        return False


def free_ports(count):
    """Ports of the loopback that nobody has, below those that the system itself gives away: one stays free until its server takes it, and
    while the server is restarted."""
    below = 32768
    try:
        below = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        pass
    ports = []
    for port in random.sample(range(10000, max(below, 20000)), 200):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                ports.append(port)
            except OSError:
                pass
        if len(ports) == count:
            return ports
    raise OSError("no free ports on the loopback")


def make_objects(folder, count):
    """Object files that share most of their types, as programs of one distribution do, and each have one of their own."""
    source = []
    for number in range(count):
        path = folder / f"part{number}.c"
        path.write_text(f"""
            struct list {{ struct list *next, *prev; }};
            struct options {{ char verbose; long limit; short depth; {'int colour;' if number % 3 == 0 else ''} }};
            struct lock {{ _Atomic int owner; _Atomic int waiters; char name[20]; }};
            union word {{ int number; char bytes[{4 + number % 2}]; }};
            struct own{number} {{ char a; struct list link; char b; struct options options; unsigned flags : 3; }};
            struct list l; struct options o; struct lock k; union word w; struct own{number} own;
            """)
        source.append(path)
    subprocess.run(["gcc", "-g", "-c", *source], cwd=folder, check=True)
    return [folder / f"part{number}.o" for number in range(count)]


TYPES = ("name, kind, language, size_bytes, align_bytes, align_source, packed, decl_file, decl_line, copies, definition, definitions, members, holes, "
         "cache_lines, straddlers, own_waste_bits, deep_waste_bits, best_order_bytes, contended_lines, parted_bytes, own_waste_bytes, deep_waste_bytes")
# Questions that SQLite and PostgreSQL answer alike: all that the tables hold, without the numbers that only join them.
EVERYTHING = {
    "files": "SELECT path, build_id, machine, bits, endian, cacheline_bytes, strata, error FROM files",
    "types": f"SELECT path, {', '.join('types.' + name for name in TYPES.split(', '))} FROM types JOIN files ON files.id = file_id",
    "members": "SELECT path, types.name AS t, definition, position, depth, members.kind, members.name AS m, type, offset_bits, size_bits, members.align_bytes, "
               "straddles FROM members JOIN types ON types.id = type_id JOIN files ON files.id = file_id",
    "gaps": "SELECT path, types.name AS t, definition, position, depth, gaps.kind, offset_bits, size_bits, before, after "
            "FROM gaps JOIN types ON types.id = type_id JOIN files ON files.id = file_id",
    **{view: f"SELECT * FROM {view}" for view in ("file_totals", "wasteful", "savings", "holes", "straddling", "false_sharing", "disagreements")},
}


def plain(rows):
    """Rows that can be compared: without order, fractions to what both databases round to."""
    return sorted((tuple(round(value, 1) if isinstance(value, float) and not value.is_integer() else int(value) if isinstance(value, float) else value
                         for value in row) for row in rows), key=repr)


def sqlite_rows(path, query):
    base = sqlite3.connect(path)
    base.text_factory = lambda raw: raw.decode("utf-8", "replace")
    rows = base.execute(query).fetchall()
    base.close()
    return rows


def near(one, other):
    """Two databases round 12.25 differently."""
    return one == other or (isinstance(one, (int, float)) and isinstance(other, (int, float)) and isinstance(one, float) | isinstance(other, float)
                            and abs(one - other) < 0.11)


def differences(path, ask):
    """What the database at `path` and ask(query) say differently."""
    for what, query in EVERYTHING.items():
        first, second = plain(sqlite_rows(path, query)), plain(ask(query))
        if len(first) != len(second):
            yield f"{what}: {len(first)} rows in SQLite, {len(second)} in the other"
            continue
        for one, other in zip(first, second):
            if not all(near(a, b) for a, b in zip(one, other, strict=True)):
                yield f"{what}: {one} in SQLite, {other} in the other"
                break


def write_list(path, files):
    Path(path).write_text("".join(f"{file}\n" for file in files))
    return path
