// What the site has of a frozen supernet: the losses of its paths, and what was measured at its mixtures (see frozen.mjs).

let reading;

/** Read once, and again where that failed. */
export function supernet() {
  reading ??= both();
  return reading.catch((error) => {
    reading = undefined;
    throw error;
  });
}

async function both() {
  const [losses, { rows }] = await Promise.all([file("losses.bin").then((answer) => answer.arrayBuffer()), file("rows.json").then((answer) => answer.json())]);
  return { losses: new Float64Array(losses), rows };
}

async function file(name) {
  const answer = await fetch(new URL(`frozen/${name}`, document.baseURI));
  if (!answer.ok) throw new Error(`the server gave ${answer.status} for frozen/${name}`);
  return answer;
}
