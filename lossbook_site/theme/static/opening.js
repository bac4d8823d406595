// The reading that the reader moves, and what each loss makes of it: numbers that the build worked out.

const opening = document.querySelector(".opening");
const input = opening.querySelector("input");
const steps = JSON.parse(input.dataset.steps);
const discs = opening.querySelectorAll(".moved, .best");
const answers = opening.querySelectorAll("output");

input.addEventListener("input", () => {
  const numbers = steps[input.valueAsNumber];
  discs.forEach((disc, place) => disc.setAttribute("cx", 20 * numbers[place]));
  answers.forEach((answer, place) => { answer.textContent = numbers[place + 1].toFixed(2); });
  input.setAttribute("aria-valuetext", numbers[0]);
});
