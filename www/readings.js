// What the rows of a bench say: as lines over the temperature, in words, and as a table. The first frame is drawn with it too.

export const WIDTH = 400;
const HEIGHT = 220;

/** What the loss of a panel is, in one word. */
const WORDS = { subject: "bent", control: "straight" };

const norm = (gradient) => Math.hypot(...gradient);

/** What is drawn of each row: a value with its interval, and the level that it is read against. */
export const QUANTITIES = {
  bias: {
    title: "bias",
    read: ({ bias_norm, bias_ci }) => [bias_norm, ...bias_ci],
    level: (exact) => ({ name: "length of the exact gradient", value: norm(exact) }),
  },
  variance: { title: "variance", read: ({ variance, variance_ci }) => [variance, ...variance_ci] },
  error: {
    title: "error",
    least: true,
    read: error,
    level: (exact) => ({ name: "error of no step at all", value: norm(exact) ** 2 }),
  },
};

/**
 * The mean squared error of a step: of one draw as it was measured, or of the mean of as many draws as so many evaluations
 * give, bias² + variance / draws. mse − variance is bias² without the noise of the mean, and may come out below 0.
 */
function error({ mse, mse_ci, variance, bias_ci, evaluations }, step) {
  if (step === "draw") return [mse, ...mse_ci];
  const noise = (variance * evaluations) / Number(step);
  const [low, high] = bias_ci;
  return [Math.max(mse - variance, 0) + noise, low ** 2 + noise, high ** 2 + noise];
}

/** The lines of some rows, one an estimator. */
export function curves(rows, quantity, step) {
  const lines = new Map();
  for (const row of rows) {
    const [value, low, high] = QUANTITIES[quantity].read(row, step);
    const points = lines.get(row.estimator) ?? [];
    lines.set(row.estimator, [...points, { temperature: row.temperature, value, low, high }]);
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}

/**
 * A quantity in every panel, by its name; `panels` have `rows` and the `exact` gradient. All have the same axes.
 */
export function pictures(figures, panels, quantity, { temperature, step }) {
  const { title, least, level } = QUANTITIES[quantity];
  const shown = Object.entries(panels).map(([name, { rows, exact }]) => [name, curves(rows, quantity, step), exact]);
  const covers = shown.flatMap(([, lines, exact]) => [...lines.flatMap(({ points }) => points.map(({ value }) => value)), ...(level ? [level(exact).value] : [])]);
  const draw = ([name, lines, exact]) => [name, figures.temperature(`${title}, ${WORDS[name]}`, lines, { width: WIDTH, height: HEIGHT, temperature, covers, least: least === true, ...(level ? { level: level(exact) } : {}) })];
  return Object.fromEntries(shown.map(draw));
}

/** The row of an estimator, at a temperature where it has one. */
export function rowOf(rows, estimator, temperature) {
  return rows.find((row) => row.estimator === estimator && (row.temperature === null || row.temperature === temperature));
}

/** A number in two or three digits. */
export function digits(number) {
  if (number === 0) return "0";
  return Math.abs(number) < 1e-3 || Math.abs(number) >= 1e5 ? number.toExponential(1) : String(Number(number.toPrecision(3)));
}

const percent = (share) => (share < 0.005 ? "less than 1 %" : `${Math.round(100 * share)} %`);

/** How far off an estimator is, in words; what may be noise is called so. */
function off({ bias_norm, bias_ci }, exact) {
  if (bias_norm === 0) return "exact";
  const size = norm(exact);
  const share = size > 0 ? `, ${percent(bias_norm / size)} of the exact gradient` : "";
  return bias_ci[0] === 0 ? `off by ${digits(bias_norm)}${share}, which may be noise` : `off by ${digits(bias_norm)}${share}`;
}

/** What is seen, in words. */
export function inWords({ subject, control }, count, { follow, temperature, step }) {
  const shown = subject ?? control;
  const row = rowOf(shown.rows, follow, temperature);
  if (!row) return count === 0 ? "Nothing was drawn yet." : "One draw of each: from two on there is a variance.";
  const at = row.temperature === null ? "" : ` at temperature ${temperature}`;
  const beside = subject && rowOf(control.rows, follow, temperature);
  const straight = beside ? ` Where the loss is straight it is ${off(beside, control.exact)}.` : "";
  const mine = shown.rows.filter(({ estimator }) => estimator === follow);
  const errors = mine.map((row) => QUANTITIES.error.read(row, step)[0]);
  const least = mine[errors.indexOf(Math.min(...errors))];
  const best = mine.length > 1 ? ` It errs least at ${least.temperature}.` : "";
  return `After ${row.draws.toLocaleString("en")} draws ${follow}${at} is ${off(row, shown.exact)}, and one draw varies by ${digits(row.variance)}.${straight}${best}`;
}

export const HEADS = ["estimator", "bias", "its interval", "variance", "error", "evaluations", "bias, straight"];

/** The rows of a table: every estimator, at the temperature where it has one. */
export function table({ subject, control }, names, temperature) {
  const shown = subject ?? control;
  return names.flatMap((name) => {
    const row = rowOf(shown.rows, name, temperature);
    if (!row) return [];
    const { bias_norm, bias_ci, variance, mse, evaluations } = row;
    const beside = rowOf(control.rows, name, temperature);
    const numbers = [bias_norm, variance, mse, evaluations, beside?.bias_norm].map((number) => (number === undefined ? "" : digits(number)));
    const [bias, spread, error, asked, straight] = numbers;
    return [[row.temperature === null ? name : `${name} at ${row.temperature}`, bias, bias_ci.map(digits).join(" to "), spread, error, asked, straight]];
  });
}

/** All rows as CSV; `bend` by panel. */
export function csv(panels) {
  const heads = ["panel", "estimator", "temperature", "draws", "bias_norm", "bias_low", "bias_high", "variance", "mse", "cosine", "evaluations", "soft_evaluations"];
  const lines = Object.entries(panels).flatMap(([panel, { rows }]) =>
    rows.map(({ estimator, temperature, draws, bias_norm, bias_ci: [low, high], variance, mse, cosine, evaluations, soft_evaluations }) =>
      [panel, estimator, temperature ?? "", draws, bias_norm, low, high, variance, mse, cosine ?? "", evaluations, soft_evaluations].join(","),
    ),
  );
  return `${[heads.join(","), ...lines].join("\n")}\n`;
}
