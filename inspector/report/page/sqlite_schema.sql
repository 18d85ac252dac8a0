-- Layouts of many files, to be asked in SQL. Written by "strata report FILE... -o LAYOUTS.sqlite", which appends: a file
-- is known by its path and build-id, and reported again its earlier rows are replaced.
--
-- Offsets and sizes are in the units that the columns name. NULL is what the debug information does not tell.

CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    build_id TEXT,                      -- hexadecimal
    machine TEXT,                       -- 'x86-64'; NULL, as are the next two, of a file that could not be read
    bits INTEGER,
    endian TEXT,                        -- 'little', 'big'
    cacheline_bytes INTEGER NOT NULL,   -- what cache_lines and straddles were computed for
    strata TEXT NOT NULL,               -- the version that wrote the rows
    error TEXT                          -- why the file could not be read; NULL: it was
);
CREATE UNIQUE INDEX files_by_identity ON files (path, ifnull(build_id, ''));

CREATE TABLE types (
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
@type columns@    best_order_bytes INTEGER,           -- what the best order of members needs; NULL when that is no less, or none may be suggested
    contended_lines INTEGER NOT NULL,   -- cache lines in which members of atomic or lock types lie together
    parted_bytes INTEGER,               -- the size with each of these on lines of its own; NULL without such lines
    own_waste_bytes INTEGER NOT NULL GENERATED ALWAYS AS ((own_waste_bits + 7) / 8) VIRTUAL,
    deep_waste_bytes INTEGER NOT NULL GENERATED ALWAYS AS ((deep_waste_bits + 7) / 8) VIRTUAL
);
CREATE INDEX types_by_file ON types (file_id);
CREATE INDEX types_by_name ON types (name);
CREATE INDEX types_by_waste ON types (own_waste_bits);

CREATE TABLE members (
    id INTEGER PRIMARY KEY,
    type_id INTEGER NOT NULL REFERENCES types (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,          -- in the order of addresses; gaps count, too
    depth INTEGER NOT NULL,             -- 0: of the type itself; more: within members without a name of their own, or variants
    kind TEXT NOT NULL,                 -- 'field', 'bit-field', 'base', 'virtual-base', 'vptr', 'discriminant', 'variant'
    name TEXT,
    type TEXT,                          -- as its language spells it; of a variant: the values of the discriminant
    offset_bits INTEGER,
    size_bits INTEGER,
    align_bytes INTEGER,
    straddles INTEGER NOT NULL          -- 1: crosses a cache line without need
);
CREATE INDEX members_by_type ON members (type_id);
CREATE INDEX members_by_name ON members (name);
CREATE INDEX members_by_member_type ON members (type);

CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    type_id INTEGER NOT NULL REFERENCES types (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- 'hole', 'bit-hole', 'padding'; 'unknown' is no waste
    offset_bits INTEGER,
    size_bits INTEGER NOT NULL,
    before TEXT,                        -- the neighbours' names
    after TEXT
);
CREATE INDEX gaps_by_type ON gaps (type_id);

-- What each file holds.
CREATE VIEW file_totals AS
SELECT files.path, files.build_id, count(types.id) AS types, CAST(total(types.size_bytes) AS INTEGER) AS size_bytes,
    CAST((total(types.own_waste_bits) + 7) / 8 AS INTEGER) AS own_waste_bytes, ifnull(sum(types.own_waste_bits > 0), 0) AS wasteful_types
FROM files LEFT JOIN types ON types.file_id = files.id GROUP BY files.id;

-- Types by what they waste.
CREATE VIEW wasteful AS
SELECT files.path, types.name, types.kind, types.size_bytes, types.own_waste_bytes,
    round(100.0 * types.own_waste_bits / nullif(8 * types.size_bytes, 0), 1) AS percent, types.decl_file, types.decl_line
FROM types JOIN files ON files.id = types.file_id WHERE types.own_waste_bits > 0 ORDER BY types.own_waste_bits DESC;

-- Types that another order of members makes smaller: strata pack shows the order.
CREATE VIEW savings AS
SELECT files.path, types.name, types.kind, types.size_bytes, types.best_order_bytes,
    types.size_bytes - types.best_order_bytes AS savings_bytes, types.decl_file, types.decl_line
FROM types JOIN files ON files.id = types.file_id WHERE types.best_order_bytes IS NOT NULL
ORDER BY types.size_bytes - types.best_order_bytes DESC;

-- Every hole and padding, with the members around it.
CREATE VIEW holes AS
SELECT files.path, types.name, gaps.kind, gaps.offset_bits / 8.0 AS offset_bytes, gaps.size_bits / 8.0 AS size_bytes,
    gaps.before, gaps.after, types.decl_file, types.decl_line
FROM gaps JOIN types ON types.id = gaps.type_id JOIN files ON files.id = types.file_id
WHERE gaps.kind <> 'unknown' AND gaps.depth = 0;

-- Members that cross a cache line without need.
CREATE VIEW straddling AS
SELECT files.path, types.name AS type, members.name AS member, members.type AS member_type,
    members.offset_bits / 8.0 AS offset_bytes, members.size_bits / 8.0 AS size_bytes
FROM members JOIN types ON types.id = members.type_id JOIN files ON files.id = types.file_id WHERE members.straddles;

-- False sharing: members of atomic and lock types that lie in one cache line.
CREATE VIEW false_sharing AS
SELECT files.path, types.name, types.kind, types.size_bytes, types.contended_lines, types.parted_bytes, types.decl_file,
    types.decl_line
FROM types JOIN files ON files.id = types.file_id WHERE types.contended_lines > 0 ORDER BY types.contended_lines DESC;

-- Names that stand for types of different sizes: between files, or within one.
CREATE VIEW disagreements AS
SELECT name, kind, count(DISTINCT size_bytes) AS sizes, min(size_bytes) AS least_bytes, max(size_bytes) AS most_bytes,
    count(DISTINCT file_id) AS files
FROM types WHERE size_bytes IS NOT NULL GROUP BY name, kind HAVING count(DISTINCT size_bytes) > 1;
