// What the gradient lab can measure: objectives, estimators and temperatures, by their names in its address.

export const TEMPERATURES = [0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5];

/** Objectives whose mixtures may be worth other than their parts have a bend. `draws` take some seconds. */
export const OBJECTIVES = {
  chain: { name: "a chain, 6 positions of 5", space: "sequence:6x5", objective: "chain", bends: true, draws: 10_000 },
  binary: { name: "a chain, 10 positions of 2", space: "sequence:10x2", objective: "chain", bends: true, draws: 10_000 },
  toy: { name: "the toy of RELAX, (b − 0.499)²", space: "sequence:1x2", objective: "toy", bends: true, draws: 10_000 },
  table: { name: "NAS-Bench-201, CIFAR-10", space: "nas-bench-201", objective: "table", bends: false, draws: 1000 },
  supernet: { name: "a frozen supernet, on digits", space: "nas-bench-201", objective: "supernet", bends: false, draws: 1000 },
};

/** How often estimators were drawn on the supernet that ask it about mixtures: a page cannot, it has the losses of its paths. */
export const SUPERNET = { draws: 400, seed: 7 };

/**
 * Estimators by what they do, each with a few words; `binary` ones are for two choices, `warm` ones have a temperature,
 * and `soft` ones ask about mixtures. */
export const GROUPS = [
  {
    name: "Ask about mixtures, and follow their slope",
    estimators: {
      softmax: { about: "DARTS: the mean of all choices", soft: true },
      concrete: { about: "Gumbel-softmax, SNAS: a soft draw", warm: true, soft: true },
      "straight-through": { about: "hard forward, soft backward", soft: true },
      "gumbel-rao": { about: "straight-through, averaged; GDAS with one sample", warm: true, soft: true },
      reinmax: { about: "straight-through to second order", warm: true, soft: true },
      dirichlet: { about: "DrNAS: a mixture drawn around the mean", soft: true },
    },
  },
  {
    name: "Ask about architectures, and weigh their scores",
    estimators: {
      reinforce: { about: "the score times the loss, less a running mean" },
      nvil: { about: "REINFORCE with a learned baseline" },
      rloo: { about: "four draws, each the others' baseline" },
      "unordered-set": { about: "four draws without replacement" },
      indecater: { about: "all choices of a position, one after the other" },
      arm: { about: "two mirrored draws of bits", binary: true },
      disarm: { about: "the same, averaged over their noise", binary: true },
    },
  },
  {
    name: "Weigh scores, and subtract what is known",
    estimators: {
      muprop: { about: "DARTS made unbiased", soft: true },
      rebar: { about: "less a relaxed loss, made right again", soft: true },
      relax: { about: "less what a small network predicts" },
      lax: { about: "less a network of the noise alone" },
    },
  },
];

export const ESTIMATORS = Object.assign({}, ...GROUPS.map(({ estimators }) => estimators));

/** As many lines as there are colours. */
export const MOST = 7;

/** The colours that estimators like to have, by their numbers in the figures; REINFORCE has its own everywhere. */
const LIKED = { reinforce: 2, concrete: 1, muprop: 3, relax: 4, "straight-through": 5, "gumbel-rao": 6, rloo: 0, rebar: 6 };

/** The colour of each of some estimators: the one it likes where that is free, else the first that is. */
export function colours(names) {
  const found = new Map();
  const free = (colour) => ![...found.values()].includes(colour);
  for (const name of names) if (LIKED[name] !== undefined && free(LIKED[name])) found.set(name, LIKED[name]);
  for (const name of names) if (!found.has(name)) found.set(name, [0, 1, 2, 3, 4, 5, 6].find(free));
  return found;
}

/** What the page measures where its address says nothing. */
export const FIRST = { objective: "chain", bend: 1, estimators: "concrete,straight-through,reinforce,muprop,relax", follow: "concrete", temperature: 0.5, step: "1000", position: 0, choice: 0, draws: OBJECTIVES.chain.draws, seed: 7 };

/** Whether an estimator can be drawn on an objective. */
export function suits(estimator, objective) {
  return !ESTIMATORS[estimator].binary || OBJECTIVES[objective].space.endsWith("x2");
}

/** Those of some estimators that suit an objective. */
export function suitable(estimators, objective) {
  return estimators.filter((estimator) => suits(estimator, objective));
}

/** The estimators of a state: names with commas between them, each once, in the order of the page. */
export const estimators = {
  fallback: FIRST.estimators,
  taken: FIRST.estimators,
  expected: `up to ${MOST} of ${Object.keys(ESTIMATORS).join(", ")}, with commas between them`,
  read(text) {
    const names = text.split(",");
    const known = names.every((name) => Object.hasOwn(ESTIMATORS, name)) && new Set(names).size === names.length;
    return known && names.length <= MOST ? ordered(names).join(",") : undefined;
  },
};

/** Names of estimators in the order of the page, in which they have their colours. */
export function ordered(names) {
  return Object.keys(ESTIMATORS).filter((name) => names.includes(name));
}

/** The name of an objective with its bend, as it is asked for anywhere. */
export function named({ objective, bend }) {
  const { objective: name, bends } = OBJECTIVES[objective];
  return bends ? `${name}:bend=${bend}` : name;
}

/**
 * What is measured, by the panels that show it: `subject` at the wanted bend and `control` without any, which is all that there
 * is where nothing bends. Of the supernet a control is made of the `losses` of its paths.
 */
export function specifications({ objective, bend, estimators, seed }, losses) {
  const { space, bends } = OBJECTIVES[objective];
  const rest = { space, estimators: estimators.split(","), temperatures: TEMPERATURES, seed };
  if (objective === "supernet") return { control: [{ ...rest, objective: "function" }, { values: losses }] };
  const at = (bend) => [{ ...rest, objective: named({ objective, bend }) }];
  return bends ? { subject: at(bend), control: at(0) } : { control: at(0) };
}

/**
 * The command that gives the numbers of the subject in a terminal, at so many draws. Of the supernet it gives those that were
 * measured at its mixtures.
 */
export function command({ objective, bend, estimators, seed }, draws) {
  const { space } = OBJECTIVES[objective];
  const kept = objective === "supernet" ? SUPERNET : { draws, seed };
  const warm = estimators.split(",").some((name) => ESTIMATORS[name].warm);
  const temperatures = warm ? ` --temperatures ${TEMPERATURES.join(",")}` : "";
  return `bilevel gradient --objective ${named({ objective, bend })} --space ${space} --estimators ${estimators}${temperatures} --samples ${kept.draws} --seed ${kept.seed}`;
}
