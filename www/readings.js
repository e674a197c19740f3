// What the rows of a bench say: as lines over the temperature, in words, and as a table. The first frame is drawn with it too.
import { colours } from "./scenes.js";

/** How wide figures are drawn where there is room. */
export const WIDTH = 400;
const HEIGHT = 220;
/** What is smaller is the rounding of 0. */
const ROUNDING = 1e-14;

/** What the loss of a panel is, in one word. */
const WORDS = { subject: "bent", control: "straight" };

const norm = (gradient) => Math.hypot(...gradient);

/** What is drawn of each row: a value with its interval, and the level that it is read against. */
export const QUANTITIES = {
  bias: {
    title: "bias",
    // Of an estimator that is unbiased all of it is noise.
    read: ({ bias_norm, bias_ci: [low, high], claims_bias }) => [bias_norm, claims_bias === null ? 0 : low, high],
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
 * give, bias² + variance / draws; of one at least. mse − variance is bias² without the noise of the mean, and may come out
 * below 0.
 */
function error({ mse, mse_ci, variance, variance_ci, bias_ci, claims_bias, evaluations }, step) {
  if (step === "draw") return [mse, ...mse_ci];
  const share = Math.min(evaluations / Number(step), 1);
  const [bias, low, high] = claims_bias === null ? [0, 0, 0] : [Math.max(mse - variance, 0), ...bias_ci.map((bias) => bias ** 2)];
  return [bias + share * variance, low + share * variance_ci[0], high + share * variance_ci[1]];
}

/** What a step is, in words. */
const stepOf = (step) => (step === "draw" ? "One draw" : `A step of ${Number(step).toLocaleString("en")} evaluations`);

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
 * A quantity in every panel, by its name; `panels` have `rows` and the `exact` gradient, and are those of `estimators`. All have
 * the same axes.
 */
export function pictures(figures, panels, quantity, { estimators, temperature, step }, width = WIDTH) {
  const { title, least, level } = QUANTITIES[quantity];
  const series = colours(estimators.split(","));
  const lines = ({ rows }) => curves(rows, quantity, step).map((curve) => ({ ...curve, series: series.get(curve.name) }));
  const shown = Object.entries(panels).map(([name, panel]) => [name, lines(panel), panel.exact]);
  const covers = shown.flatMap(([, lines, exact]) => [...lines.flatMap(({ points }) => points.map(({ value }) => value)), ...(level ? [level(exact).value] : [])]);
  const view = { width, height: HEIGHT, temperature, covers, least: least === true };
  const draw = ([name, lines, exact]) => [name, figures.temperature(`${title}, ${WORDS[name]}`, lines, level ? { ...view, level: level(exact) } : view)];
  return Object.fromEntries(shown.map(draw));
}

/** The row of an estimator, at a temperature where it has one. */
export function rowOf(rows, estimator, temperature) {
  return rows.find((row) => row.estimator === estimator && (row.temperature === null || row.temperature === temperature));
}

/** A number in two to five digits; the rounding of 0 is 0. */
export function digits(number) {
  if (Math.abs(number) <= ROUNDING) return "0";
  return Math.abs(number) < 1e-3 || Math.abs(number) >= 1e5 ? number.toExponential(1) : String(Math.abs(number) >= 100 ? Math.round(number) : Number(number.toPrecision(3)));
}

const percent = (share) => (share < 0.005 ? "less than 1 %" : `${Math.round(100 * share)} %`);

/** How far off an estimator is, in words; what is noise is called so. */
function off({ bias_norm, bias_ci, claims_bias }, exact) {
  const size = norm(exact);
  if (bias_norm <= ROUNDING * size) return "exact";
  const share = size > 0 ? `, ${percent(bias_norm / size)} of the exact gradient` : "";
  if (claims_bias === null) return `unbiased: the mean of its draws is off by ${digits(bias_norm)}${share}, by noise`;
  return `off by ${digits(bias_norm)}${share}${bias_ci[0] === 0 ? ", which may be noise" : ""}`;
}

/** What is seen of an estimator at a temperature, in words. */
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
  const best = mine.length > 1 ? ` ${stepOf(step)} errs least at ${least.temperature}.` : "";
  return `After ${row.draws.toLocaleString("en")} draws ${follow}${at} is ${off(row, shown.exact)}; one draw varies by ${digits(row.variance)}.${best}${straight}`;
}

export const HEADS = ["estimator", "bias", "its interval", "variance", "error of a draw", "evaluations", "bias, straight"];

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

/** All rows as CSV, panel by panel. */
export function csv(panels) {
  const heads = ["panel", "estimator", "temperature", "draws", "bias_norm", "bias_low", "bias_high", "variance", "mse", "cosine", "evaluations", "soft_evaluations"];
  const lines = Object.entries(panels).flatMap(([panel, { rows }]) =>
    rows.map(({ estimator, temperature, draws, bias_norm, bias_ci: [low, high], variance, mse, cosine, evaluations, soft_evaluations }) =>
      [panel, estimator, temperature ?? "", draws, bias_norm, low, high, variance, mse, cosine ?? "", evaluations, soft_evaluations].join(","),
    ),
  );
  return `${[heads.join(","), ...lines].join("\n")}\n`;
}
