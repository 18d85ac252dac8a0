-- Tables of version 1 become those of version 2: a file that could not be read has a row with its error, and no machine. A column's
-- NOT NULL cannot be taken away, so the table is made anew under its name (SQLite's page on ALTER TABLE, section 7), with
-- foreign keys off. Views look up their tables by name and stay.

CREATE TABLE files_2 (
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
INSERT INTO files_2 SELECT id, path, build_id, machine, bits, endian, cacheline_bytes, strata, NULL FROM files;
PRAGMA legacy_alter_table = ON;
DROP TABLE files;
ALTER TABLE files_2 RENAME TO files;
PRAGMA legacy_alter_table = OFF;
CREATE UNIQUE INDEX files_by_identity ON files (path, ifnull(build_id, ''));
DROP VIEW file_totals; -- a file may have no types now
CREATE VIEW file_totals AS
SELECT files.path, files.build_id, count(types.id) AS types, CAST(total(types.size_bytes) AS INTEGER) AS size_bytes,
    CAST((total(types.own_waste_bits) + 7) / 8 AS INTEGER) AS own_waste_bytes, ifnull(sum(types.own_waste_bits > 0), 0) AS wasteful_types
FROM files LEFT JOIN types ON types.file_id = files.id GROUP BY files.id;
PRAGMA user_version = 2;
