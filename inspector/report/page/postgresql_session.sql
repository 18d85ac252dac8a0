-- What each connection of a writer needs: tables of its own that a file is copied into before it is merged, see
-- postgresql_merge.sql; and look-ups by index, since the few rows of a file are joined with tables of any size.

SET jit = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_seqscan = off;
SET standard_conforming_strings = on;
CREATE TEMPORARY TABLE new_file (id integer) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE new_types (shape uuid, decl_file jsonb, decl_line integer, copies integer, definition integer,
    definitions integer, number serial) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE new_pieces (shape uuid, before integer, piece jsonb) ON COMMIT DELETE ROWS; -- before -1: a type's head
CREATE TEMPORARY TABLE fresh_shapes (id integer, shape uuid PRIMARY KEY) ON COMMIT DELETE ROWS; -- the pieces are joined with it

-- A size that no signed number of 64 bits holds comes from a broken file.
CREATE FUNCTION pg_temp.strata_number(text) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN $1::numeric > 9223372036854775807 THEN 9223372036854775807 ELSE $1::bigint END';
