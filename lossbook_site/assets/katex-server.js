// Runs the server of sphinxcontrib-katex, and ends with the build however the build ends: its
// standard input is a pipe that the build holds open.
process.stdin.on("end", () => process.exit()).resume();
require(process.env.KATEX_SERVER);
