-- A file that stands in new_types, with the shapes that nobody had in new_pieces, becomes rows of the tables. Arrays of JSON are
-- those of compact.def, which fills in what stands between @.
--
-- Many writers do this at once, each in one transaction. Shapes and sources are what they share: each takes new ones in the
-- order of their keys, sources before shapes, so that of two that wait for each other's none can wait in a circle.

INSERT INTO sources (path)
SELECT path FROM (SELECT DISTINCT decl_file #>> '{}' AS path FROM new_types WHERE decl_file IS NOT NULL) n
WHERE NOT EXISTS (SELECT FROM sources s WHERE md5(s.path) = md5(n.path))
ORDER BY md5(path) ON CONFLICT DO NOTHING;

WITH made AS (
    INSERT INTO shapes (shape@shape names@, best_order_bytes, parted_bytes, contended_lines)
    SELECT shape@shape values@, pg_temp.strata_number(piece #>> '{@T.best@,0}'),
        pg_temp.strata_number(piece #>> '{@T.sharing@,0}'),
        (SELECT coalesce(sum((run ->> 1)::numeric - (run ->> 0)::numeric + 1), 0)
         FROM jsonb_array_elements(piece #> '{@T.sharing@,1}') run)
    FROM new_pieces WHERE before < 0 ORDER BY shape
    ON CONFLICT (shape) DO NOTHING RETURNING id, shape)
INSERT INTO fresh_shapes SELECT id, shape FROM made;

INSERT INTO shape_members (shape_id, position, depth, kind, name, type, offset_bits, size_bits, align_bytes, straddles)
SELECT f.id, p.before + r.number - 1, (r.item ->> @R.depth@)::integer, r.item ->> @R.kind@, r.item ->> @R.name@, r.item ->> @R.type@,
    pg_temp.strata_number(r.item ->> @R.offset@), pg_temp.strata_number(r.item ->> @R.size@),
    CASE WHEN r.item ->> @R.kind@ <> 'variant' THEN pg_temp.strata_number(r.item ->> @R.number@) END,
    least((r.item ->> @R.flags@)::integer & @FLAG.straddles@, 1)
FROM new_pieces p JOIN fresh_shapes f USING (shape), jsonb_array_elements(p.piece) WITH ORDINALITY r (item, number)
WHERE p.before >= 0 AND (r.item ->> @R.flags@)::integer & @FLAG.gap@ = 0 AND r.item ->> @R.kind@ <> 'cut'
ORDER BY f.id, 2;

INSERT INTO shape_gaps (shape_id, position, depth, kind, offset_bits, size_bits, before, after)
SELECT f.id, p.before + r.number - 1, (r.item ->> @R.depth@)::integer, r.item ->> @R.kind@,
    pg_temp.strata_number(r.item ->> @R.offset@), pg_temp.strata_number(r.item ->> @R.size@),
    r.item ->> @R.name@, r.item ->> @R.type@
FROM new_pieces p JOIN fresh_shapes f USING (shape), jsonb_array_elements(p.piece) WITH ORDINALITY r (item, number)
WHERE p.before >= 0 AND (r.item ->> @R.flags@)::integer & @FLAG.gap@ <> 0
ORDER BY f.id, 2;

INSERT INTO holdings (file_id, shape_id, source_id, decl_line, copies, definition, definitions)
SELECT (SELECT id FROM new_file), s.id, d.id, t.decl_line, t.copies, t.definition, t.definitions
FROM new_types t LEFT JOIN shapes s ON s.shape = t.shape LEFT JOIN sources d ON md5(d.path) = md5(t.decl_file #>> '{}')
ORDER BY t.number;
