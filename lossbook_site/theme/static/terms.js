// How texts become the terms of the index, and queries the terms that are looked up.

const STOP = new Set(
  ("a about an and are as at be been but by can do does each for from has have how if in into is it its more no not of on one " +
    "only or so than that the their them then there these they this to was we what when where which while who will with you").split(" "),
);

// Words: lower case, without accents, no single letters.
const words = (text) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1 && !STOP.has(word));

// A name is the same however it is joined, and with or without "loss" at its end: HuberLoss, huber_loss, Huber loss.
const asName = (text) => {
  const name = text.normalize("NFD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  return name.replace(/loss(es)?$/, "") || name;
};
// A path's last part is a name, too.
const namesIn = (text) => [...new Set([asName(text), asName(text.split(".").at(-1))])].filter(Boolean);

const ofNames = (field) => field === "names" || field === "peers";
const indexOptions = {
  fields: ["title", "names", "peers", "within", "text"],
  storeFields: ["page", "anchor", "heading"],
  tokenize: (text, field) => (ofNames(field) ? [...new Set(text.split("\n").flatMap(namesIn))] : words(text)),
  processTerm: (term) => term,
};

// One letter may be wrong in a word that is long enough; the last word may be unfinished.
const fuzzy = (term) => (term.length > 3 ? 1 : 0);
// A whole name comes before a heading of the same words; the beginning of one, or one that is misspelt, has a quarter of its usual weight.
const boost = { names: 48, peers: 24, title: 6, within: 3, text: 1 };
const weights = { prefix: 0.375 / 4, fuzzy: 0.45 / 4 };
const boostDocument = (id, term, { anchor }) => (anchor ? (/^(exercise|references|source-note)/.test(anchor) ? 0.3 : 1) : 2);

// The pages that answer a query, best first; each with its sections that do, by more than their page's name.
function pagesFor(index, typed) {
  const query = typed.replace(/\s+l(o|os)?$/i, " loss"); // on its way
  const named = { queries: [query], fields: ["names", "peers"], tokenize: namesIn, fuzzy, prefix: true, weights, combineWith: "OR" };
  const said = words(query);
  const telling = said.filter((word) => !/^loss(es)?$/.test(word));
  const spoken = (combineWith) => ({
    queries: [(telling.length ? telling : said).join(" ")], fields: ["title", "within", "text"], tokenize: words, fuzzy, combineWith,
    prefix: (term, place, terms) => place === terms.length - 1,
  });
  const search = (combineWith) => index.search({ queries: [named, spoken(combineWith)], combineWith: "OR" }, { boost, boostDocument });
  let found = search("AND");
  if (!found.length) found = search("OR");
  const pages = new Map();
  for (const each of found) {
    if (!pages.has(each.page)) pages.set(each.page, { page: each.page, best: each, sections: [] });
    each.fields = new Set(Object.values(each.match).flat());
    if (each.anchor && (each.fields.has("title") || each.fields.has("text"))) pages.get(each.page).sections.push(each);
  }
  return [...pages.values()];
}
