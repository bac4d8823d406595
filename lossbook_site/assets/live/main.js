// What the first click on one of the page's offers loads: the places, each with its editor.

import { panel } from "./panel.js";
import { Python } from "./python.js";

export const python = new Python();

const style = document.createElement("link");
Object.assign(style, { rel: "stylesheet", href: new URL("main.css", import.meta.url) });
const styled = new Promise((done) => { style.onload = style.onerror = done; });
document.head.append(style);

// What can be tried on a page, as the build wrote it.
let fetched;
export function offers(page) {
  fetched ??= fetch(new URL(`${page}.json`, import.meta.url)).then((answer) => {
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return answer.json();
  });
  fetched.catch(() => { fetched = undefined; });
  return fetched;
}

export async function open(place, page) {
  const [{ title, installs, places }] = await Promise.all([offers(page), styled]);
  const losses = place.querySelector("select");
  let shown;
  const show = (name) => {
    const made = panel({ python, page, chapter: title, installs, name, ...places[name] });
    if (shown) shown.replaceWith(made.element);
    else place.append(made.element);
    shown = made.element;
    return made;
  };
  place.querySelector(":scope > button").remove();
  place.parentElement.classList.add("live-at-work");
  show(losses?.value ?? place.dataset.live).focus();
  if (!losses) return;
  const name = () => history.replaceState(null, "", `#${losses.value}`);
  name();
  losses.addEventListener("change", () => { name(); show(losses.value); });
  addEventListener("hashchange", () => {
    const wanted = location.hash.slice(1);
    if (!(wanted in places)) return;
    losses.value = wanted;
    show(wanted);
  });
}
