-- Tables of version 1 become those of version 2: a file keeps the stamp by which it is known without being read, and the types that
-- were asked for.
ALTER TABLE files ADD COLUMN stamp text, ADD COLUMN types_asked text;
UPDATE strata_schema SET version = 2;
