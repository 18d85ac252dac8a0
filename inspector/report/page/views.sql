-- What each file holds. (Sums of fractions: sizes in a broken file may be more than 64 bits hold.)
CREATE VIEW file_totals AS
SELECT files.path, files.build_id, count(types.id) AS types, CAST(coalesce(sum(types.size_bytes * 1.0), 0) AS bigint) AS size_bytes,
    (CAST(coalesce(sum(types.own_waste_bits * 1.0), 0) AS bigint) + 7) / 8 AS own_waste_bytes,
    count(CASE WHEN types.own_waste_bits > 0 THEN 1 END) AS wasteful_types
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
FROM members JOIN types ON types.id = members.type_id JOIN files ON files.id = types.file_id WHERE members.straddles <> 0;

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
