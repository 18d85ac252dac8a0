-- What fills the tables: statements in the order of `enum statement` in sqlite.c. ?1 of the latter three is a type as one
-- array of JSON, see compact.h; ?2 is the row that the new ones belong to.

INSERT INTO files (path, build_id, machine, bits, endian, cacheline_bytes, strata)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

INSERT INTO types (file_id, name, kind, language, size_bytes, align_bytes, align_source, packed, decl_file, decl_line,
    copies, own_waste_bits, deep_waste_bits, cache_lines, straddlers, holes, members, definition, definitions,
    best_order_bytes, parted_bytes, contended_lines)
VALUES (?2, json_extract(?1, '$[0]'), json_extract(?1, '$[1]'), json_extract(?1, '$[2]'), json_extract(?1, '$[3]'),
    json_extract(?1, '$[4]'), json_extract(?1, '$[5]'), json_extract(?1, '$[6]'), json_extract(?1, '$[7]'),
    json_extract(?1, '$[8]'), json_extract(?1, '$[9]'), json_extract(?1, '$[10]'), json_extract(?1, '$[11]'),
    json_extract(?1, '$[12]'), json_extract(?1, '$[13]'), json_extract(?1, '$[14]'), json_extract(?1, '$[15]'),
    json_extract(?1, '$[16]'), json_extract(?1, '$[17]'), json_extract(?1, '$[21][0]'), json_extract(?1, '$[22][0]'),
    (SELECT ifnull(sum(json_extract(value, '$[1]') - json_extract(value, '$[0]') + 1), 0) FROM json_each(?1, '$[22][1]')));

-- 32 is COMPACT_IS_GAP, 1 is COMPACT_STRADDLES.
INSERT INTO members (type_id, position, depth, kind, name, type, offset_bits, size_bits, align_bytes, straddles)
SELECT ?2, key, json_extract(value, '$[1]'), json_extract(value, '$[0]'), json_extract(value, '$[4]'),
    json_extract(value, '$[5]'), json_extract(value, '$[2]'), json_extract(value, '$[3]'),
    CASE WHEN json_extract(value, '$[0]') <> 'variant' THEN json_extract(value, '$[6]') END,
    json_extract(value, '$[8]') & 1
FROM json_each(?1, '$[20]')
WHERE json_extract(value, '$[8]') & 32 = 0 AND json_extract(value, '$[0]') <> 'cut';

INSERT INTO gaps (type_id, position, depth, kind, offset_bits, size_bits, before, after)
SELECT ?2, key, json_extract(value, '$[1]'), json_extract(value, '$[0]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')
FROM json_each(?1, '$[20]') WHERE json_extract(value, '$[8]') & 32;
