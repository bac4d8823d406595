// One place to try code: its editor, its buttons, and what comes of a run.

import { editor, rewrite } from "./editor.js";
import { Stopped } from "./python.js";

const MEGABYTES = (COMPRESSED / 1e6).toFixed(1);
const ALL = Object.values(FILES).reduce((sum, size) => sum + size, 0);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// `name` is an exercise's, with its `setUp` and `tests` (null for one that the page cannot run), or a function's, with its `module`.
export function panel({ python, page, chapter, installs, name, title, code, ...given }) {
  const key = `live:${page.replace(/^chapters\//, "")}:${name}`;
  const button = (text, click, properties) => {
    const made = make("button", { type: "button", textContent: text, ...properties });
    made.addEventListener("click", click);
    return made;
  };
  const words = make("span");
  const bar = make("progress", { hidden: true, max: 1, ariaLabel: "Fetched of Python" });
  const output = make("div", { className: "live-output" });
  output.setAttribute("role", "log");
  output.setAttribute("aria-label", "Output");
  const status = make("p", { className: "live-status" }, words);
  status.setAttribute("role", "status");

  const view = editor({
    code: remembered(key) || code,
    label: `Code of ${title}. Escape leaves the editor.`,
    run: () => go(false),
    leave: () => runs.focus(),
    changed: (now) => remember(key, now === code ? "" : now),
  });
  const text = () => view.state.doc.toString();

  const runs = button("Run", () => go(false), { className: "live-run" });
  const checks = given.tests ? [button("Check", () => go(true), { className: "live-run" })] : [];
  const stops = button("Stop", () => { python.stop(); runs.focus(); }, { disabled: true });
  const copies = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text());
    } catch { // from a plain http address, only what is selected can be copied
      view.focus();
      view.dispatch({ selection: { anchor: 0, head: view.state.doc.length } });
      document.execCommand("copy");
    }
    copies.textContent = "Copied";
    setTimeout(() => { copies.textContent = "Copy"; }, 2000);
  });
  const element = make(
    "section", { className: "live-panel", ariaLabel: title },
    view.dom,
    make(
      "div", { className: "live-tools" },
      runs, ...checks, stops,
      button("Reset", () => {
        if (text() !== code && confirm("Give up what you have written here?")) rewrite(view, code);
      }),
      copies,
      button("Download", () => download(name, notebook({ chapter, installs, title, code: text(), ...given }))),
      make("span", { className: "live-hint", textContent: "Ctrl + Enter runs, Escape leaves the editor" }),
    ),
    status, bar, output,
  );

  function write(kind, value) {
    const last = output.lastElementChild;
    if (last?.dataset.kind === kind) last.append(value);
    else output.append(make("pre", { tabIndex: 0 }, value));
    output.lastElementChild.dataset.kind = kind;
  }

  const heard = {
    loading: (bytes) => { bar.value = bytes / ALL; },
    ready: () => { bar.hidden = true; words.textContent = "Running …"; },
    out: (line) => write("out", line),
    err: (line) => write("err", line),
    value: (value) => write("value", value),
    error: (value) => write("error", value),
    cut: () => output.append(make("p", { textContent: "What is printed beyond 100 kB is left out." })),
    figure: (figure) => output.append(drawn(figure)),
    check: (found) => judge(...JSON.parse(found)),
  };

  let list, passed;
  function judge(number, reason) {
    const good = reason === null;
    passed += good;
    const item = make("li", { className: good ? "live-passed" : "live-failed" }, make("b", { textContent: good ? "passed" : "failed" }));
    if (!good) item.append(`: ${reason}`);
    list.children[number].replaceWith(item);
  }

  async function go(checking) {
    if (!stops.disabled) return; // it is at work
    output.replaceChildren();
    const { tests, ...rest } = given;
    [list, passed] = [make("ol", { className: "live-checks", ariaLabel: "Checks" }), 0];
    if (checking) list.append(...tests.map((test) => make("li", { textContent: test === null ? "checked in the notebook" : "…" })));
    stops.disabled = false;
    bar.hidden = python.ready;
    bar.value = 0;
    words.textContent = python.ready ? "Running …"
      : python.fetched ? "Starting Python …"
        : `Fetching Python for this page: ${MEGABYTES} MB, once. Afterwards it works without a network, too.`;
    const began = performance.now();
    try {
      await python.ask({ ...rest, code: text(), ...(checking && { tests }) }, (kind, value) => {
        heard[kind](value);
        if (checking && kind === "check" && !list.isConnected) output.append(list);
      });
      if (checking) output.append(list);
      words.textContent = checking ? verdict(tests, passed) : `Done in ${((performance.now() - began) / 1000).toFixed(1)} s.`;
    } catch (error) {
      words.textContent = error instanceof Stopped
        ? "Stopped. Python starts anew: the variables of this run are gone."
        : `Python did not load (${error.message}). Is there a network?`;
    }
    stops.disabled = bar.hidden = true;
  }

  return { element, focus: () => view.focus() };
}

function verdict(tests, passed) {
  const here = tests.filter((test) => test !== null).length;
  const elsewhere = tests.length - here;
  return `${passed} of ${here} checks passed${elsewhere ? ` here, ${elsewhere} more in the notebook` : ""}. `
    + "The hidden tests of the notebook decide the points.";
}

// A figure is drawn by the page's own script, which a page without figures does not have yet.
function drawn(json) {
  const { layout } = JSON.parse(json);
  const canvas = make("div", { className: "plot-canvas" });
  canvas.style.height = `${layout.height ?? 360}px`;
  const figure = make("figure", { className: "plot" }, canvas, make("script", { type: "application/json", textContent: json }));
  figures().then(() => draw(figure));
  return figure;
}

let loading;
function figures() {
  if (typeof draw === "function") return Promise.resolve();
  loading ??= new Promise((done) => {
    const script = make("script", { src: new URL("../figures.js", import.meta.url), onload: done });
    script.dataset.plotly = new URL("../vendor/plotly/plotly-basic.min.js", import.meta.url);
    document.head.append(script);
  });
  return loading;
}

// A notebook of its own, for Jupyter: what the chapter sets up, the answer, the tests that can be seen.
function notebook({ chapter, installs, title, code, setUp, module, tests = [] }) {
  const start = setUp ?? `from ${module} import *`;
  const sources = [[`# ${title}`, `From the chapter *${chapter}* of The Loss Book.`].join("\n\n"), [installs, start].filter(Boolean).join("\n\n"), code];
  sources.push(...tests.filter((test) => test !== null));
  return {
    cells: sources.map((source, number) => ({
      id: `cell-${number}`,
      metadata: {},
      source,
      ...(number ? { cell_type: "code", execution_count: null, outputs: [] } : { cell_type: "markdown" }),
    })),
    metadata: { kernelspec: { display_name: "Python 3", language: "python", name: "python3" }, language_info: { name: "python" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function download(name, content) {
  const link = make("a", { href: URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)])), download: `${name}.ipynb` });
  link.click();
  URL.revokeObjectURL(link.href);
}
