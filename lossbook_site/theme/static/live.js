// Offers what can be tried in the page. Nothing more is loaded before the first click, and from a file nothing could be.

if (location.protocol !== "file:" && window.Worker) {
  const { src, dataset } = document.currentScript;
  root.classList.add("live-here");
  for (const place of document.querySelectorAll("[data-live]")) {
    const losses = place.querySelector("select");
    const named = [...(losses?.options ?? [])].find(({ value }) => value === location.hash.slice(1));
    if (named) named.selected = true;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = losses ? "Try it" : place.closest(".tag_exercise-task") ? "Try it here" : "Change it and run it";
    button.addEventListener("click", async () => {
      button.setAttribute("aria-busy", true);
      try {
        const { open } = await import(new URL("live/main.js", src));
        await open(place, dataset.page);
      } catch (error) {
        button.removeAttribute("aria-busy");
        button.nextSibling?.remove();
        button.after(` The editor did not load (${error.message}). Is there a network?`);
      }
    });
    place.append(button);
    place.hidden = false;
  }
}
