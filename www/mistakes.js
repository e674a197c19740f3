// The images that a network takes for something else, the surest first.

const SIDE = 8;
const MOST = 12;

/**
 * Draws them into a list, and gives the sentence above it. `judged` is undefined before the first epoch has ended: until then
 * those of the network before stay, paler, so that nothing below moves.
 */
export function mistakes(list, about, judged) {
  list.classList.toggle("before", !judged);
  if (!about || !judged) return list.children.length > 0 ? "Those of the network before, until the first epoch has ended." : "They stand here after the first epoch.";
  const { classes, probabilities } = judged;
  const wrong = [...classes.keys()].filter((image) => classes[image] !== about.labels[image]);
  wrong.sort((a, b) => probabilities[b] - probabilities[a]);
  list.replaceChildren(...wrong.slice(0, MOST).map((image) => item(about, image, classes[image], probabilities[image])));
  if (wrong.length === 0) return `It gets all ${classes.length} right.`;
  const shown = wrong.length > MOST ? ` Shown are the ${MOST} that it is surest of.` : "";
  return `${wrong.length} of ${classes.length} after epoch ${judged.epoch}.${shown}`;
}

function item({ pixels, labels }, image, taken, probability) {
  const entry = document.createElement("li");
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  const data = context.createImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    // Ink on paper: dark where the pen was.
    data.data.fill(255 - pixels[image * SIDE * SIDE + pixel], 4 * pixel, 4 * pixel + 3);
    data.data[4 * pixel + 3] = 255;
  }
  context.putImageData(data, 0, 0);
  const words = document.createElement("span");
  words.textContent = `a ${labels[image]}, taken for ${taken} (${Math.round(100 * probability)}\u00a0%)`;
  entry.append(canvas, words);
  return entry;
}
