// The ways to learn a policy together with the weights of a supernet, and the specification of a search by one of them.

/**
 * By the name in the address: the searcher and its options, and what it is called in a sentence. `paths` are those that run no mixture, so
 * that no curvature is measured; `candidates` take the best of many cells at the end; `still` are those whose policy takes no steps of a
 * size that is chosen here: it stands still, or is an LSTM with a size of its own.
 */
export const METHODS = {
  "darts-v1": { searcher: "darts-v1", called: "DARTS of first order" },
  "darts-v2": { searcher: "darts-v2", called: "DARTS of second order" },
  idarts: { searcher: "idarts", called: "iDARTS" },
  "conjugate-gradient": { searcher: "darts-v1", options: { hypergradient: "conjugate-gradient" }, called: "DARTS by conjugate gradients" },
  "pc-darts": { searcher: "pc-darts", called: "PC-DARTS" },
  drnas: { searcher: "drnas", called: "DrNAS" },
  snas: { searcher: "snas", called: "SNAS" },
  gdas: { searcher: "gdas", called: "GDAS", paths: true },
  "reinforce-supernet": { searcher: "reinforce-supernet", called: "REINFORCE", paths: true },
  "rebar-supernet": { searcher: "rebar-supernet", called: "REBAR" },
  "relax-supernet": { searcher: "relax-supernet", called: "RELAX", paths: true },
  "muprop-supernet": { searcher: "muprop-supernet", called: "MuProp" },
  enas: { searcher: "enas", called: "ENAS", paths: true, candidates: true, still: true },
  rsps: { searcher: "rsps", called: "random paths", paths: true, candidates: true, still: true },
};

/** When a search ends: after its epochs, or by a rule before. */
export const ENDS = {
  epochs: {},
  alarm: { alarm: "stop" },
  skips: { early_stopping: "skips" },
  curvature: { early_stopping: "eigenvalue" },
};

/** The size of all networks here, and the epochs of one that is trained from fresh weights. */
export const [CHANNELS, FRESH_EPOCHS] = [4, 8];

/** What a visitor wants as the package and the terminal take it. */
export function specification({ method, ends, rate, epochs, seed, device }) {
  const { searcher, options = {}, still } = METHODS[method];
  const all = { ...options, ...ENDS[ends], ...(still ? {} : { learning_rate: rate }) };
  const objective = { name: "digits", channels: CHANNELS, epochs, ...(device === "webgpu" ? { device } : {}) };
  return { space: "nas-bench-201", objective, searcher: [searcher, words(all)].filter((text) => text !== "").join(":"), seed };
}

/** The same as a command of the terminal. */
export function command(wanted) {
  const { searcher, seed } = specification(wanted);
  return `bilevel search --objective digits:channels=${CHANNELS} --searcher ${searcher} --epochs ${wanted.epochs} --retrain-epochs ${FRESH_EPOCHS} --seed ${seed}`;
}

function words(options) {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
