// SPDX-License-Identifier: MIT
// What DuckDB, an engine that is not ours, reads in files of NDJSON:  node read_duckdb.js FOLDER_OF_NODE_MODULES QUERY...
// Prints the rows of each query as one line of JSON.
const path = require("node:path");

const [modules, ...queries] = process.argv.slice(2);
const { DuckDBInstance } = require(path.join(modules, "@duckdb", "node-api"));

(async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  for (const query of queries) {
    const rows = (await connection.runAndReadAll(query)).getRowsJson();
    console.log(JSON.stringify(rows));
  }
})();
