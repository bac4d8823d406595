// What Sphinx's searchtools.js, loaded before, needs to know about this site.

// No terms are marked on the pages that are found: that would load a script on every page.
const SPHINX_HIGHLIGHT_ENABLED = false;

// A page opened from a file may not fetch others, so its results go without excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// Excerpts are text only: no title, navigation or folded code, and of each formula one of its three forms.
const htmlToText = Search.htmlToText;
Search.htmlToText = (html, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const aside = page.querySelectorAll("h1, .place, .neighbours, .fold, .visually-hidden, annotation, .katex-html");
  for (const element of aside) element.remove();
  return htmlToText(page.documentElement.outerHTML, anchor);
};
