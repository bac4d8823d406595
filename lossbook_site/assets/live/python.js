// Python in a worker of its own: started at the first run, one job at a time, stopped by ending the worker.

// From another place, the site's copy for a reader without a network is not to be had; then all works but that.
async function keepSite() {
  const scripts = navigator.serviceWorker;
  if (!scripts) return;
  await scripts.register(new URL("../../live-sw.js", import.meta.url));
  const { active } = await scripts.ready;
  if (!scripts.controller) await new Promise((done) => { scripts.addEventListener("controllerchange", done, { once: true }); });
  // What this page loaded before it was controlled.
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  active.postMessage([location.href.split("#")[0], ...loaded]);
}

const seconds = (number) => new Promise((done) => { setTimeout(done, 1000 * number); });

export class Stopped extends Error {}

export class Python {
  #last = Promise.resolve();
  #kept;
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
    // A slow or missing service worker is nothing to wait for.
    this.#kept ??= Promise.race([keepSite(), seconds(3)]).catch(() => {});
    await this.#kept;
    this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data: [kind, value] }) => {
      if (kind === "ready") this.ready = this.fetched = true;
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
