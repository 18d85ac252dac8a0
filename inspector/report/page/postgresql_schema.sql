-- Layouts of many files, to be asked in SQL. Written by "strata report FILE... -o postgresql:CONNINFO", by any number of programs at
-- once, a transaction a file. The views `types`, `members` and `gaps` are the tables of that name in SQLite (sqlite_schema.sql), and so
-- are `files` and the other views: a question for the one is a question for the other. What is stored is less, since most files
-- hold what others hold, too:
--
--     files ──< holdings >── shapes ──< shape_members, shape_gaps
--                   └── sources (of declarations)
--
-- A shape is a type with its layout, once for all who have it; a holding says that a file has it. Nothing refers by FOREIGN KEY: a
-- check for each of a million holdings would cost more than the rest, and would have many writers lock the rows of the shapes
-- that all share. Writers delete and insert whole files; shapes and sources stay when nobody holds them any more:
--
--     DELETE FROM shapes WHERE NOT EXISTS (SELECT FROM holdings WHERE shape_id = shapes.id)     -- and so on, while nobody writes
--
-- Offsets and sizes are in the units that the columns name. NULL is what the debug information does not tell.

CREATE TABLE strata_schema (version integer NOT NULL);
INSERT INTO strata_schema VALUES (2);

CREATE TABLE files (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path text NOT NULL,
    build_id text,                      -- hexadecimal
    machine text,                       -- 'x86-64'; NULL, as are the next two, of a file that could not be read
    bits integer,
    endian text,                        -- 'little', 'big'
    cacheline_bytes bigint NOT NULL,    -- what cache_lines and straddles were computed for
    strata text NOT NULL,               -- the version that wrote the rows
    error text,                         -- why the file could not be read; NULL: it was
    content uuid,                       -- a hash of all that is said of it
    stamp text,                         -- its size, time and format: a file with the same is not read again
    types_asked text,                   -- of -t; NULL: all
    written timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX files_by_identity ON files (md5(path), md5(coalesce(build_id, '')));
CREATE INDEX files_by_path ON files USING hash (path);

CREATE TABLE sources (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path text NOT NULL                  -- as the compiler wrote it
);
CREATE UNIQUE INDEX sources_by_path ON sources (md5(path));

CREATE TABLE shapes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shape uuid NOT NULL UNIQUE,         -- 128 bits of hash over all that is said of a layout: the same in NDJSON
@shape columns@    best_order_bytes bigint,            -- what the best order of members needs; NULL when that is no less, or none may be suggested
    contended_lines bigint NOT NULL,    -- cache lines in which members of atomic or lock types lie together
    parted_bytes bigint,                -- the size with each of these on lines of its own; NULL without such lines
    own_waste_bytes bigint NOT NULL GENERATED ALWAYS AS ((own_waste_bits + 7) / 8) STORED,
    deep_waste_bytes bigint NOT NULL GENERATED ALWAYS AS ((deep_waste_bits + 7) / 8) STORED
);
CREATE INDEX shapes_by_name ON shapes USING hash (name); -- names of C++ are longer than what a tree takes
CREATE INDEX shapes_by_waste ON shapes (own_waste_bits);

CREATE TABLE holdings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_id integer NOT NULL,
    shape_id integer NOT NULL,
    source_id integer,                  -- where it is declared; NULL: unknown
    decl_line integer,
    copies integer NOT NULL,            -- equal definitions in the file
    definition integer NOT NULL,        -- which one of `definitions` different ones of this name and kind
    definitions integer NOT NULL
);
CREATE INDEX holdings_by_file ON holdings (file_id);
CREATE INDEX holdings_by_shape ON holdings (shape_id);

CREATE TABLE shape_members (
    offset_bits bigint,
    size_bits bigint,
    align_bytes bigint,
    shape_id integer NOT NULL,
    position integer NOT NULL,          -- in the order of addresses; gaps count, too
    depth integer NOT NULL,             -- 0: of the type itself; more: within members without a name of their own, or variants
    straddles integer NOT NULL,         -- 1: crosses a cache line without need
    kind text NOT NULL,                 -- 'field', 'bit-field', 'base', 'virtual-base', 'vptr', 'discriminant', 'variant'
    name text,
    type text                           -- as its language spells it; of a variant: the values of the discriminant
);
CREATE INDEX shape_members_by_shape ON shape_members (shape_id);
CREATE INDEX shape_members_by_type ON shape_members USING hash (type);

CREATE TABLE shape_gaps (
    offset_bits bigint,
    size_bits bigint NOT NULL,
    shape_id integer NOT NULL,
    position integer NOT NULL,
    depth integer NOT NULL,
    kind text NOT NULL,                 -- 'hole', 'bit-hole', 'padding'; 'unknown' is no waste
    before text,                        -- the neighbours' names
    after text
);
CREATE INDEX shape_gaps_by_shape ON shape_gaps (shape_id);

-- --- As in SQLite ---

CREATE VIEW types AS
SELECT h.id, h.file_id@type view@, s.best_order_bytes, s.contended_lines, s.parted_bytes, s.own_waste_bytes, s.deep_waste_bytes,
    s.shape, h.shape_id
FROM holdings h JOIN shapes s ON s.id = h.shape_id LEFT JOIN sources d ON d.id = h.source_id;

CREATE VIEW members AS
SELECT h.id AS type_id, m.position, m.depth, m.kind, m.name, m.type, m.offset_bits, m.size_bits, m.align_bytes, m.straddles, m.shape_id
FROM holdings h JOIN shape_members m ON m.shape_id = h.shape_id;

CREATE VIEW gaps AS
SELECT h.id AS type_id, g.position, g.depth, g.kind, g.offset_bits, g.size_bits, g.before, g.after, g.shape_id
FROM holdings h JOIN shape_gaps g ON g.shape_id = h.shape_id;

@views@