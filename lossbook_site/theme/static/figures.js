// Draws the page's plotly figures when they come near, in the page's colours, and connects the
// controls around them. The bundle of plotly.js is loaded once, for the first figure that is near.
// Until the reader moves, only what is on the screen is drawn: to draw takes the time in which a page settles.

const bundle = document.currentScript.dataset.plotly;
const figures = [...document.querySelectorAll("figure.plot")];
const drawings = new Map(); // figure -> promise of Plotly's element
const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 1));

let plotly;
function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = bundle;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`${bundle} did not load`));
    document.head.append(script);
  });
  return plotly;
}

let ahead;
function fetchAhead() {
  if (ahead) return;
  ahead = document.createElement("link");
  Object.assign(ahead, { rel: "prefetch", as: "script", href: bundle });
  document.head.append(ahead);
}

// The colours and fonts come from the stylesheet, which knows light from dark.
function template(canvas) {
  const style = getComputedStyle(canvas);
  const axis = {
    gridcolor: style.borderTopColor,
    zerolinecolor: style.outlineColor,
    linecolor: style.outlineColor,
    ticks: "outside", // unseen: room between the numbers of two axes where they meet
    tickcolor: "transparent",
    ticklen: 6,
    automargin: true,
    title: { standoff: 12, font: { size: 14 } },
    fixedrange: true, // a finger on the figure scrolls the page
  };
  return {
    layout: {
      font: { color: style.color, family: style.fontFamily, size: 14 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: axis,
      yaxis: axis,
      dragmode: false,
      margin: { l: 56, r: 16, t: 32, b: 48 },
      hoverlabel: { bgcolor: style.backgroundColor, font: { color: style.color } },
    },
  };
}

async function newDrawing(figure) {
  const canvas = figure.querySelector(".plot-canvas");
  const { data, layout, frames } = JSON.parse(figure.querySelector("script").textContent);
  const Plotly = await loadPlotly();
  await new Promise((resolve) => whenIdle(resolve, { timeout: 500 })); // a busy machine is never idle
  await Plotly.newPlot(canvas, {
    data,
    frames,
    layout: { ...layout, template: template(canvas), autosize: true },
    config: { responsive: true, displayModeBar: false },
  });
  canvas.on("plotly_restyle", () => showVisible(figure, canvas));
  canvas.on("plotly_update", () => showVisible(figure, canvas));
  canvas.on("plotly_animatingframe", ({ name }) => showFrame(figure, name));
  figure.dataset.drawn = "";
  return canvas;
}

function draw(figure) {
  if (!drawings.has(figure)) drawings.set(figure, newDrawing(figure));
  return drawings.get(figure);
}

// Calls one of Plotly's functions on a figure, as its sliders and buttons do in a notebook.
async function call(figure, [method, ...args]) {
  const canvas = await draw(figure);
  // An animation that the next one interrupts counts as rejected.
  await window.Plotly[method](canvas, ...args).catch(() => {});
}

function showVisible(figure, canvas) {
  for (const button of figure.querySelectorAll(".plot-legend button")) {
    const [first] = JSON.parse(button.dataset.traces);
    button.setAttribute("aria-pressed", (canvas.data[first].visible ?? true) === true);
  }
}

function showPosition(slider, position) {
  const [label] = slider.steps[position];
  slider.input.value = position;
  slider.input.setAttribute("aria-valuetext", label);
  slider.output.textContent = label;
}

function showFrame(figure, frame) {
  for (const slider of figure.sliders) {
    const position = slider.steps.findIndex(([, [, frames]]) => frames?.[0] === frame);
    if (position >= 0) showPosition(slider, position);
  }
}

function connectSlider(figure, box) {
  const input = box.querySelector("input");
  const slider = { input, output: box.querySelector("output"), steps: JSON.parse(input.dataset.steps) };
  let waiting = false;
  input.addEventListener("input", () => {
    showPosition(slider, input.valueAsNumber);
    if (waiting) return; // a quick hand moves on before the figure is drawn once more
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      call(figure, slider.steps[input.valueAsNumber][1]);
    });
  });
  for (const button of box.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      input.valueAsNumber += Number(button.dataset.step); // the input keeps to its ends
      input.dispatchEvent(new Event("input"));
    });
  }
  return slider;
}

function connectButton(figure, button) {
  button.addEventListener("click", () => {
    for (const other of button.parentElement.querySelectorAll("[aria-pressed]")) {
      other.setAttribute("aria-pressed", other === button);
    }
    call(figure, JSON.parse(button.dataset.call));
  });
}

function connectLegend(figure, button) {
  button.addEventListener("click", () => {
    const show = button.getAttribute("aria-pressed") !== "true";
    call(figure, ["restyle", { visible: show }, JSON.parse(button.dataset.traces)]);
  });
}

function observer(work, rootMargin) {
  return new IntersectionObserver((entries) => entries.filter((each) => each.isIntersecting).forEach(({ target }) => work(target)), { rootMargin });
}
function drawNow(figure) {
  for (const each of [seen, near, soon]) each.unobserve(figure);
  draw(figure);
}
const seen = observer(drawNow, "0px");
const soon = observer(fetchAhead, "500px");
const near = observer(drawNow, "500px");
addEventListener("scroll", () => figures.forEach((figure) => near.observe(figure)), { once: true, passive: true });

for (const figure of figures) {
  figure.sliders = [...figure.querySelectorAll(".plot-slider")].map((box) => connectSlider(figure, box));
  figure.querySelectorAll("[data-call]").forEach((button) => connectButton(figure, button));
  figure.querySelectorAll("[data-traces]").forEach((button) => connectLegend(figure, button));
  seen.observe(figure);
  soon.observe(figure);
}

async function recolour() {
  for (const drawing of drawings.values()) {
    const canvas = await drawing;
    window.Plotly.relayout(canvas, { template: template(canvas) });
  }
}
new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

addEventListener("beforeprint", () => figures.forEach(draw));
