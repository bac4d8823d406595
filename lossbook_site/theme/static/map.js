// The map: families fold, arcs follow their losses into the family's row, and an arc that is chosen says its identity.

const ROW = 28, WIDTH = 210, GAP = 0.5; // as lossbook/book/atlas.py draws

const map = document.querySelector(".map");
const picture = map.querySelector("svg");
const families = [...map.querySelectorAll("details")];
const losses = [...map.querySelectorAll(".map-loss")];
const arcs = [...map.querySelectorAll(".map-link")];
const told = [...map.querySelectorAll(".map-told li")];
const ends = (arc) => arc.dataset.ends.split(" ").map((number) => losses[number]);

function path(one, other) {
  let [top, bottom] = [one, other].map((row) => (row + 0.5) * ROW).sort((a, b) => a - b);
  if (top === bottom) [top, bottom] = [top - 7, bottom + 7];
  const bulge = 12 + (((WIDTH - 16) * 4) / 3) * (1 - 1 / (1 + (bottom - top) / 160));
  return `M4 ${top}C${bulge} ${top} ${bulge} ${bottom} 4 ${bottom}`;
}

function drawArcs() {
  const rows = new Map();
  let height = 0;
  for (const family of families) {
    const own = losses.filter((loss) => family.contains(loss));
    own.forEach((loss, number) => rows.set(loss, family.open ? height + 2 + number : height));
    height += (family.open ? 2 + own.length : 1) + GAP;
  }
  height -= GAP;
  picture.setAttribute("viewBox", `0 0 ${WIDTH} ${height * ROW}`);
  picture.style.height = `${2 * height}em`;
  for (const arc of arcs) {
    const [one, other] = ends(arc);
    const drawn = path(rows.get(one), rows.get(other));
    for (const each of arc.children) if (each.localName === "path") each.setAttribute("d", drawn);
    const family = one.closest("details");
    arc.toggleAttribute("hidden", !family.open && family.contains(other));
  }
}

// Identities may join the same two rows: one arc says them all.
function choose(chosen) {
  const place = (arc) => !arc.hasAttribute("hidden") && arc.lastElementChild.getAttribute("d");
  const marked = new Set();
  arcs.forEach((arc, number) => {
    const same = place(arc) === place(chosen);
    arc.classList.toggle("chosen", same);
    told[number].hidden = !same;
    if (same) for (const loss of ends(arc)) marked.add(loss).add(loss.closest("details"));
  });
  for (const each of [...losses, ...families]) each.classList.toggle("chosen", marked.has(each));
  map.querySelector(".map-told p").hidden = true;
}
for (const event of ["pointerover", "focusin"]) {
  picture.addEventListener(event, ({ target }) => {
    const arc = target.closest(".map-link");
    if (arc) choose(arc);
  });
}

// A finger chooses; the link to follow stands below the map then.
let touched = false;
picture.addEventListener("pointerdown", ({ pointerType }) => { touched = pointerType !== "mouse"; });
picture.addEventListener("click", (event) => { if (touched && event.detail) event.preventDefault(); });

for (const family of families) family.addEventListener("toggle", drawArcs);
if (matchMedia("(max-width: 40rem)").matches) for (const family of families) family.open = false;
drawArcs();
map.dataset.ready = "";

// On paper nothing unfolds.
let folded = [];
addEventListener("beforeprint", () => {
  folded = families.filter((family) => !family.open);
  for (const family of folded) family.open = true;
  drawArcs();
});
addEventListener("afterprint", () => { for (const family of folded) family.open = false; });
