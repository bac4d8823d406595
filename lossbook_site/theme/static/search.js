// The search: suggestions under the field while the reader types, and the page of all results.
// Nothing of it is loaded before the field is used.

const field = document.querySelector("[role='search'] input");
const results = document.getElementById("search-results");
const assets = new URL(".", document.currentScript.src);
const SUGGESTED = 7, SHOWN = 10, SECTIONS = 3;

function script(path) {
  return new Promise((resolve, reject) => {
    const tag = document.createElement("script");
    tag.src = new URL(path, assets);
    tag.onload = resolve;
    tag.onerror = () => reject(new Error(`${path} is missing`));
    document.head.append(tag);
  });
}

let loading;
function load() {
  loading ??= Promise.all(["vendor/minisearch/index.js", "terms.js", "search/index.js"].map(script))
    .then(() => MiniSearch.loadJS(searchIndex, indexOptions));
  return loading;
}

async function pagesOf(query) {
  const index = await load(); // terms.js is there from now on
  return pagesFor(index, query);
}

const address = (page, anchor) => new URL(`../${searchPages[page][0]}.html${anchor && `#${anchor}`}`, assets).href;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// A page's sentences arrive as a script, which calls this with them.
const texts = new Map();
function searchTexts(name, sentences) { texts.set(name, sentences); }

// What the reader sees of a result: a sentence with a word of the query, marked, and the next one.
// Where no sentence has one, those that open the page.
async function excerpt({ page, anchor, terms }) {
  const [name] = searchPages[page];
  if (!texts.has(name)) await script(`search/${name}.js`);
  const count = (text) => words(text).filter((word) => terms.includes(word)).length;
  let sentences = texts.get(name)[anchor];
  let best = sentences.reduce((place, sentence, other) => (count(sentence) > count(sentences[place] ?? "") ? other : place), -1);
  if (best < 0) {
    sentences = texts.get(name)[""];
    best = 0;
  }
  const shown = sentences.slice(best, best + 2).join(" ").trim();
  return shown.split(/([\p{L}\p{N}]+)/u).map((part) => (count(part) ? element("mark", {}, part) : part));
}

if (results) showResults();
else suggest();

// "/" leads to the field from anywhere but another field.
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  if (field.checkVisibility()) field.focus();
  else location.assign(field.form.action);
});

function showResults() {
  const status = document.getElementById("search-status");
  const more = document.getElementById("search-more");
  let shown = SHOWN;

  function item({ page, best, sections }) {
    const title = element("a", { href: address(page, "") }, searchPages[page][1]);
    const context = element("p", { class: "context" });
    const list = element("ul", {}, ...sections.slice(0, SECTIONS).map(({ anchor, heading }) =>
      element("li", {}, element("a", { href: address(page, anchor) }, heading))));
    excerpt(best).then((parts) => context.append(...parts)); // the result does not wait for its sentences
    return element("li", {}, element("h2", {}, title), context, ...(sections.length ? [list] : []));
  }

  async function show() {
    const query = field.value.trim();
    history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
    const found = query ? await pagesOf(query) : [];
    if (query !== field.value.trim()) return; // the reader has typed on
    results.replaceChildren(...found.slice(0, shown).map(item));
    more.hidden = found.length <= shown;
    status.textContent = !query ? "" : found.length ? `${found.length} ${found.length === 1 ? "page" : "pages"}` :
      `No page has “${query}”. Try a loss's name, here or in another library, or a word of its title.`;
  }

  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.addEventListener("input", () => { shown = SHOWN; show(); });
  field.form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => { shown += SHOWN; show(); });
  field.focus();
  show();
}

// A combobox: the arrows choose among the suggestions, Enter goes there, Escape closes.
function suggest() {
  const list = element("div", { id: "suggestions", role: "listbox", "aria-label": "Suggestions" });
  list.hidden = true;
  field.form.append(list);
  for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
    field.setAttribute(key, value);
  }
  let chosen = -1;

  function choose(place) {
    chosen = place;
    [...list.children].forEach((option, other) => option.setAttribute("aria-selected", other === place));
    if (place < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", list.children[place].id);
    list.children[place]?.scrollIntoView({ block: "nearest" });
  }
  function open(suggestions) {
    list.replaceChildren(...suggestions.map(({ page, anchor, heading }, place) =>
      element("a", { role: "option", id: `suggestion-${place}`, tabindex: -1, href: address(page, anchor) },
        heading, ...(anchor ? [" ", element("span", {}, searchPages[page][1])] : []))));
    list.hidden = !suggestions.length;
    field.setAttribute("aria-expanded", !list.hidden);
    choose(-1);
  }

  async function show() {
    const query = field.value.trim();
    const found = query ? await pagesOf(query) : [];
    if (query !== field.value.trim() || document.activeElement !== field) return;
    // The best pages, the first one with its sections that are named so.
    const [first, ...others] = found.map(({ page, sections }) => ({ page, anchor: "", heading: searchPages[page][1], sections }));
    const sections = first?.sections.filter(({ fields }) => fields.has("title")).slice(0, SECTIONS);
    open(first ? [first, ...sections, ...others].slice(0, SUGGESTED) : []);
  }

  field.addEventListener("focus", () => { load(); show(); });
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    const count = list.hidden ? 0 : list.children.length;
    if (event.key === "Escape" && count) open([]);
    else if (event.key === "ArrowDown" && count) choose(chosen + 1 < count ? chosen + 1 : -1);
    else if (event.key === "ArrowUp" && count) choose(chosen < 0 ? count - 1 : chosen - 1);
    else if (event.key === "Enter" && count && chosen >= 0) list.children[chosen].click();
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", () => setTimeout(() => open([]), 150)); // a click on a suggestion comes first
}
