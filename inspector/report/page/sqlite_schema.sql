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

@views@