// What every page does: light and dark, menus that close, code that can be copied.

const root = document.documentElement;
const systemDark = matchMedia("(prefers-color-scheme: dark)");

// What the reader chose, under names of the book's own: other sites may share the origin. (A browser may refuse.)
const remember = (name, value) => { try { localStorage.setItem(`loss-book:${name}`, value); } catch { /* for this page only */ } };
const remembered = (name) => { try { return localStorage.getItem(`loss-book:${name}`); } catch { return null; } };

// Light and dark: the system's choice, until the reader makes one.
const themeSwitch = document.getElementById("theme-switch");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
const showTheme = () => themeSwitch.setAttribute("aria-pressed", isDark());
themeSwitch.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  remember("theme", root.dataset.theme);
  showTheme();
});
systemDark.addEventListener("change", showTheme);
showTheme();

// Folded code (set-up, drawings, checks; no solutions) opens at one click, and stays so on the pages that follow.
const codeSwitch = document.getElementById("code-switch");
const folds = document.querySelectorAll(".cell:not(.tag_exercise-solution) > .fold");
function showCode(all) {
  codeSwitch.setAttribute("aria-pressed", all);
  for (const fold of folds) fold.open = all;
}
if (codeSwitch && folds.length) {
  codeSwitch.hidden = false;
  codeSwitch.addEventListener("click", () => {
    const all = codeSwitch.getAttribute("aria-pressed") === "false";
    remember("code", all ? "all" : "");
    showCode(all);
  });
  if (remembered("code") === "all") showCode(true);
}

// A jump needs the true height of all that it passes: to a place on this page, or back to where the reader was.
const layOut = () => root.classList.add("laid-out");
const [arrival] = performance.getEntriesByType("navigation");
if (location.hash || arrival.type !== "navigate") layOut();
if (location.hash && arrival.type === "navigate") {
  let name = location.hash.slice(1);
  try { name = decodeURIComponent(name); } catch { /* a "%" that stands for itself */ }
  document.getElementById(name)?.scrollIntoView();
}
addEventListener("click", ({ target }) => { if (target.closest("a[href*='#']")) layOut(); }, { capture: true });
addEventListener("popstate", layOut);

// A menu closes when one of its links leads to a place on this page.
for (const menu of document.querySelectorAll("[popover]")) {
  menu.addEventListener("click", (event) => {
    if (event.target.closest("a") && menu.matches(":popover-open")) menu.hidePopover();
  });
}

// On a phone the chapters of a part are one row: it starts at the page itself.
const here = document.querySelector(".siblings [aria-current]");
if (here) {
  const row = here.closest("ul");
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

// Code can be copied.
function offerCopy(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const text = code.querySelector("pre");
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch { // from a plain http address, only what is selected can be copied
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
      getSelection().empty();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  code.append(button);
}

// What scrolls sideways can be scrolled by keyboard; what is longer than the window is marked. (Boxes are met as they are laid out.)
const laidOut = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
    target.toggleAttribute("data-long", target.scrollHeight > innerHeight);
    const code = target.closest(".cell_input .highlight");
    if (code && !code.querySelector(".copy")) offerCopy(code);
  }
});
for (const box of document.querySelectorAll("pre, .table-box, .katex-display")) laidOut.observe(box);

// The section being read is marked in the page's own contents.
const links = new Map(
  [...document.querySelectorAll("#page-nav a[href^='#']")].map((link) => [link.hash.slice(1), link]),
);
const spy = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      links.get(target.id).toggleAttribute("data-current", isIntersecting);
    }
  },
  { rootMargin: "-25% 0px -75% 0px" },
);
for (const section of document.querySelectorAll("article section[id] section[id]")) {
  if (links.has(section.id)) spy.observe(section);
}
