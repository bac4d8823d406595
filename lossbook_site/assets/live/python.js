// Python in a worker of its own: started at the first run, one job at a time, stopped by ending the worker.

// The service worker that keeps the site for a reader without a network. Where there is none to be had, all works but that.
async function keeper() {
  const scripts = navigator.serviceWorker;
  await scripts.register(new URL("../../live-sw.js", import.meta.url));
  const { active } = await scripts.ready;
  if (!scripts.controller) await new Promise((done) => { scripts.addEventListener("controllerchange", done, { once: true }); });
  return active;
}

// What was loaded before it was there: by this page, and by Python if it was quicker.
function loaded() {
  const files = ["worker.js", ...Object.keys(FILES)].map((name) => new URL(name, import.meta.url).href);
  return [location.href.split("#")[0], ...performance.getEntriesByType("resource").map(({ name }) => name), ...files];
}

const seconds = (number) => new Promise((done) => { setTimeout(done, 1000 * number); });

export class Stopped extends Error {}

export class Python {
  #last = Promise.resolve();
  #keeper;
  #worker;
  #starting;
  #job; // { hear, done, failed } of the request that is at work
  ready = false; // it runs
  fetched = false; // it ran once in this page

  #start() {
    this.#starting ??= this.#begin();
    return this.#starting;
  }

  async #begin() {
    this.#keeper ??= keeper().catch(() => {});
    await Promise.race([this.#keeper, seconds(3)]); // a slow one is nothing to wait for
    this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data: [kind, value] }) => {
      if (kind === "ready") {
        this.ready = this.fetched = true;
        this.#keeper.then((worker) => worker?.postMessage(loaded()));
      }
      if (kind === "end") this.#job?.done();
      else if (kind === "broken") this.#end(new Error(value));
      else this.#job?.hear(kind, value);
    };
    this.#worker.onerror = (event) => this.#end(new Error(event.message ?? "a file is missing"));
  }

  #end(error) {
    this.#worker?.terminate();
    this.#starting = undefined;
    this.ready = false;
    this.#job?.failed(error);
  }

  // Runs a request when those before it are done; `hear` is told what happens meanwhile, by kind.
  ask(request, hear) {
    const turn = this.#last.then(async () => {
      await this.#start();
      return new Promise((done, failed) => {
        this.#job = { hear, done, failed };
        if (this.ready) hear("ready");
        this.#worker.postMessage(request);
      }).finally(() => { this.#job = undefined; });
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  // Ends what is at work. A loop that never ends leaves no other way; the next worker starts at once.
  stop() {
    this.#end(new Stopped());
    this.#start();
  }
}
