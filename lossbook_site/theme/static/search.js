// Settings that Sphinx's searchtools.js reads.

// No terms are marked on the pages that are found: that would load a script on every page.
const SPHINX_HIGHLIGHT_ENABLED = false;

// A page opened from a file may not fetch others, so its results go without excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
