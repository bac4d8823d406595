// Loads Python and runs what the page asks for. FILES (the size of each) is the build's.

import { loadPyodide } from "./pyodide.mjs";
import runner from "./runner.py";

const here = new URL("./", import.meta.url).href;
const tell = (kind, value) => postMessage([kind, value]);

let loaded = 0;
function count(bytes) {
  loaded += bytes;
  tell("loading", loaded);
}

// All files are fetched at once; Pyodide then asks for one after the other. A script it imports, which cannot be counted on the way.
const fetchOne = self.fetch;
const coming = new Map();
for (const [name, size] of Object.entries(FILES)) {
  if (name.endsWith(".mjs")) {
    import(here + name).then(() => count(size), () => {}); // an error is told by loadPyodide
    continue;
  }
  coming.set(here + name, fetchOne(here + name).then(async (answer) => {
    if (answer.ok) counted(answer.clone().body);
    return answer;
  }));
}
async function counted(stream) {
  for await (const piece of stream) count(piece.length);
}
self.fetch = (address, options) => {
  const answer = coming.get(String(address)) ?? fetchOne(address, options);
  coming.delete(String(address));
  return answer;
};

const ready = loadPyodide({ indexURL: here, packages: ["lossbook"] }).then((pyodide) => {
  pyodide.runPython(runner);
  tell("ready");
  return pyodide.globals.get("answer");
});

self.onmessage = async ({ data }) => {
  try {
    (await ready)(JSON.stringify(data), tell);
    tell("end");
  } catch (error) {
    tell("broken", error.message);
  }
};
