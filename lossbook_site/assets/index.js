// Reads the search's documents from its input, as JSON, and writes MiniSearch's index of them.
// The one argument is the script that cuts texts into terms, which the pages load too.

const { readFileSync } = require("node:fs");
const { runInThisContext } = require("node:vm");
const MiniSearch = require("minisearch");

const options = runInThisContext(`${readFileSync(process.argv[2], "utf8")}; indexOptions`);
const index = new MiniSearch(options);
index.addAll(JSON.parse(readFileSync(0, "utf8")));
process.stdout.write(JSON.stringify(index));
