-- What fills the tables: statements in the order of enum sqlite_statement (sqlite_rows.h). ?1 of all but the first is the row that the new
-- one belongs to; the other values come in the order of the names, see sqlite_rows.c. compact.def fills in what stands between @.

INSERT INTO files (path, build_id, machine, bits, endian, cacheline_bytes, strata, error)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8); -- ?8: why the file could not be read

INSERT INTO types (file_id@type names@, best_order_bytes, parted_bytes, contended_lines)
VALUES (?1@type values@, ?, ?, ?);

INSERT INTO members (type_id, position, depth, kind, offset_bits, size_bits, name, type, align_bytes, straddles)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

INSERT INTO gaps (type_id, position, depth, kind, offset_bits, size_bits, before, after)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);
