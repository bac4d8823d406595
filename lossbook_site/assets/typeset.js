// Typesets formulas with KaTeX: a JSON request per line in, a JSON answer per line out.
const katex = require("katex");

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { formula, display } = JSON.parse(line);
  let answer;
  try {
    answer = { html: katex.renderToString(formula, { displayMode: display }) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
