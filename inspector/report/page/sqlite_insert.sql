-- What fills the tables: statements in the order of `enum statement` in sqlite.c. ?8 of the first is why a file could not be read; ?1 of the second is a type as one array of
-- JSON without its rows, of the latter two some of these, see compact.def, which fills in what stands between @; ?2 is the row
-- that the new ones belong to, ?3 how many rows came before.

INSERT INTO files (path, build_id, machine, bits, endian, cacheline_bytes, strata, error)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

INSERT INTO types (file_id@type names@, best_order_bytes, parted_bytes, contended_lines)
VALUES (?2@type values@, json_extract(?1, '$[@T.best@][0]'), json_extract(?1, '$[@T.sharing@][0]'),
    (SELECT ifnull(sum(json_extract(value, '$[1]') - json_extract(value, '$[0]') + 1), 0) FROM json_each(?1, '$[@T.sharing@][1]')));

INSERT INTO members (type_id, position, depth, kind, name, type, offset_bits, size_bits, align_bytes, straddles)
SELECT ?2, ?3 + key, json_extract(value, '$[@R.depth@]'), json_extract(value, '$[@R.kind@]'), json_extract(value, '$[@R.name@]'),
    json_extract(value, '$[@R.type@]'), json_extract(value, '$[@R.offset@]'), json_extract(value, '$[@R.size@]'),
    CASE WHEN json_extract(value, '$[@R.kind@]') <> 'variant' THEN json_extract(value, '$[@R.number@]') END,
    json_extract(value, '$[@R.flags@]') & @FLAG.straddles@ <> 0
FROM json_each(?1)
WHERE json_extract(value, '$[@R.flags@]') & @FLAG.gap@ = 0 AND json_extract(value, '$[@R.kind@]') <> 'cut';

INSERT INTO gaps (type_id, position, depth, kind, offset_bits, size_bits, before, after)
SELECT ?2, ?3 + key, json_extract(value, '$[@R.depth@]'), json_extract(value, '$[@R.kind@]'), json_extract(value, '$[@R.offset@]'),
    json_extract(value, '$[@R.size@]'), json_extract(value, '$[@R.name@]'), json_extract(value, '$[@R.type@]')
FROM json_each(?1) WHERE json_extract(value, '$[@R.flags@]') & @FLAG.gap@;
