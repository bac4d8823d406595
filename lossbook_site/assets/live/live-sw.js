// Keeps the site for a reader without a network, from the first run of Python on: what live Python is made of by its
// content, pages as they were seen last.

const hashes = HASHES;
const { scope } = registration;
const live = `${scope}_static/live/`;
const name = `loss-book ${scope}`;

// The address under which a file is kept says its content: a new one is fetched anew, all others stay.
const kept = (address) => `${address}?${hashes[address.slice(live.length)]}`;

self.addEventListener("install", () => skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => clients.claim())));
async function tidy() {
  const cache = await caches.open(name);
  const current = new Set(Object.keys(hashes).map((file) => kept(live + file)));
  for (const { url } of await cache.keys()) {
    if (url.startsWith(live) && !current.has(url)) await cache.delete(url);
  }
}

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(scope)) return;
  if (!url.startsWith(live)) event.respondWith(newest(event));
  else if (url.slice(live.length) in hashes) event.respondWith(byContent(event));
});
async function byContent(event) {
  const cache = await caches.open(name);
  const key = kept(event.request.url);
  const found = await cache.match(key);
  if (found) return found;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(cache.put(key, answer.clone()));
  return answer;
}
async function newest(event) {
  const cache = await caches.open(name);
  try {
    const answer = await fetch(event.request);
    if (answer.status === 200) event.waitUntil(cache.put(event.request, answer.clone()));
    return answer;
  } catch (error) {
    const found = await cache.match(event.request, { ignoreVary: true });
    if (found) return found;
    throw error;
  }
}

// What a page had loaded before this script was there; the browser has it still.
self.addEventListener("message", (event) => event.waitUntil(Promise.all(event.data.map(keep))));
async function keep(address) {
  if (!address.startsWith(scope)) return;
  const cache = await caches.open(name);
  const key = address.startsWith(live) ? kept(address) : address;
  if (await cache.match(key)) return;
  const answer = await fetch(address, { cache: "force-cache" });
  if (answer.ok) await cache.put(key, answer);
}
