/* A forest of relative effects: a row for each, its interval on a scale that all share.

   The scale is one of ratios: doubling lies as far from zero as halving, as in the intervals. */

/* In pixels: half the height of an interval's end, the size of an arrow, the edge of a plot. */
const FOREST = { cap: 4, arrow: 5, dot: 4.5, edge: 7, labelGap: 10, tickGap: 64 };
/* Effects further out are not drawn to scale: an arrow says that they go on. */
const FARTHEST = [-0.98, 49];
const WIDE_TICKS = [-0.95, -0.9, -0.75, -0.5, 0, 1, 3, 9, 19, 49];

function ratio(effect) {
  return Math.log1p(Math.max(effect, -0.9999));
}

/* The scale that covers what rows show: {low, high} in relative effects. */
function forestRange(rows) {
  const values = rows.flatMap(({ margin, main, other }) => [
    margin,
    ...[main, other].flatMap((row) =>
      row ? [row.relative_effect, row.relative_effect_ci_lower, row.relative_effect_ci_upper] : [],
    ),
  ]);
  const known = [0, ...values.filter((value) => value !== null)];
  const low = Math.max(FARTHEST[0], Math.min(-0.02, ...known));
  const high = Math.min(FARTHEST[1], Math.max(0.02, ...known));
  const room = 0.04 * (ratio(high) - ratio(low));
  return { low: Math.expm1(ratio(low) - room), high: Math.expm1(ratio(high) + room) };
}

function forestTicks({ low, high }, width) {
  const isNarrow = low > -0.6 && high < 1.2;
  const ticks = isNarrow
    ? valueTicks(low, high, width / FOREST.tickGap, "share")
    : WIDE_TICKS.map((value) => ({ value, text: fixed(value, 0, "percent") }));
  return ticks
    .filter(({ value }) => value >= low && value <= high)
    .map(({ value, text }) => ({ value, text: value > 0 ? `+${text}` : text }));
}

/* groups: {name, meaning, rows}; a row: {label (nodes), note, number, detail, verdict (a node),
   missing: why there is no interval, margin, main, other: readouts}; label: in a sentence */
function forest(groups, label) {
  const rows = groups.flatMap((group) => group.rows);
  const host = element("div", { class: "forest" });
  const drawing = svg("svg", { class: "forest-drawing", role: "img", "aria-label": label });
  const axis = element("div", { class: "forest-row forest-axis", "aria-hidden": "true" });
  axis.append(element("div", { class: "forest-plot" }));
  for (const { name, meaning, rows: ofGroup } of groups) {
    const title = element("h4", {}, name, " ");
    if (meaning) title.append(small(meaning));
    host.append(title, element("ul", {}, ...ofGroup.map(forestRow)));
  }
  host.append(axis, drawing);
  return drawWhenNear(host, () => drawForest(host, drawing, rows));
}

function forestRow({ label, note, number: value, detail, verdict, missing }) {
  const numbers = element("div", { class: "forest-numbers" });
  if (value) numbers.append(element("span", { class: "forest-number" }, value), " ");
  if (detail) numbers.append(small(detail));
  const plot = element("div", { class: "forest-plot" });
  if (missing) plot.append(element("p", { class: "forest-missing" }, missing));
  const name = element("div", { class: "forest-label" }, element("span", {}, ...label));
  if (note) name.append(" ", small(note));
  const verdicts = element("ul", { class: "forest-verdict" }, ...(verdict ? [verdict] : []));
  return element("li", { class: "forest-row" }, name, plot, numbers, verdicts);
}

function drawForest(host, drawing, rows) {
  const edges = host.getBoundingClientRect();
  const cells = [...host.querySelectorAll(".forest-plot")].map((plot) => {
    const box = plot.getBoundingClientRect();
    const top = box.top - edges.top;
    return { left: box.left - edges.left, width: box.width, top, bottom: top + box.height };
  });
  const axis = cells.pop();
  const range = forestRange(rows);
  const span = ratio(range.high) - ratio(range.low);
  const scale = {
    left: axis.left,
    right: axis.left + axis.width,
    x: (effect) => {
      const share = (ratio(effect) - ratio(range.low)) / span;
      return axis.left + FOREST.edge + share * (axis.width - 2 * FOREST.edge);
    },
    range,
  };
  drawing.setAttribute("width", edges.width);
  drawing.setAttribute("height", edges.height);
  const ticks = forestTicks(range, axis.width);
  const marks = [];
  for (const { top, bottom } of cells) {
    for (const { value } of ticks) {
      const x = scale.x(value);
      marks.push(
        svg("line", { class: value ? "grid" : "zero", x1: x, x2: x, y1: top, y2: bottom }),
      );
    }
  }
  marks.push(...tickLabels(ticks, scale, axis.top + 15));
  rows.forEach((row, place) => marks.push(...rowMarks(row, cells[place], scale)));
  drawing.replaceChildren(...marks);
}

/* Labels from zero outwards, as many as have room. */
function tickLabels(ticks, { x, left, right }, y) {
  const drawn = [];
  const byDistance = [...ticks].sort((one, other) => Math.abs(one.value) - Math.abs(other.value));
  for (const { value, text } of byDistance) {
    const half = textWidth(text) / 2;
    const middle = Math.max(left + half, Math.min(right - half, x(value)));
    const isFree = drawn.every(
      (other) => Math.abs(other.middle - middle) >= other.half + half + FOREST.labelGap,
    );
    if (isFree) drawn.push({ middle, half, text });
  }
  return drawn.map(({ middle, text }) =>
    svg("text", { class: "tick", x: middle, y, "text-anchor": "middle" }, text),
  );
}

function rowMarks({ margin, main, other }, { top, bottom }, scale) {
  const middle = (top + bottom) / 2;
  const marks = [];
  if (margin !== null && margin > scale.range.low && margin < scale.range.high) {
    const x = scale.x(margin);
    const [from, to] = margin < 0 ? [scale.left, x] : [x, scale.right];
    marks.push(
      svg("rect", { class: "out", x: from, width: to - from, y: top, height: bottom - top }),
      svg("line", { class: "margin", x1: x, x2: x, y1: top, y2: bottom }),
    );
  }
  if (hasInterval(other)) marks.push(...interval(other, middle + 8, scale, "lighter"));
  if (hasInterval(main)) marks.push(...interval(main, middle - (other ? 4 : 0), scale, ""));
  return marks;
}

function hasInterval(row) {
  return Boolean(row) && row.relative_effect !== null && row.relative_effect_ci_lower !== null;
}

/* A point with its interval; an arrow where the interval goes on beyond the scale. */
function interval(row, y, { x, range }, kind) {
  const { relative_effect: effect } = row;
  const [low, high] = [row.relative_effect_ci_lower, row.relative_effect_ci_upper];
  const end = (value) => Math.max(range.low, Math.min(range.high, value));
  const [from, to] = [x(end(low)), x(end(high))];
  const [top, bottom] = [y - FOREST.cap, y + FOREST.cap];
  const tip = (at, bound, side) => {
    const back = at - side * FOREST.arrow;
    if (bound === end(bound)) return `M${at} ${top}V${bottom}`;
    return `M${back} ${top}L${at} ${y}L${back} ${bottom}`;
  };
  const path = `M${from} ${y}H${to}${tip(from, low, -1)}${tip(to, high, 1)}`;
  const marks = [svg("path", { class: `interval ${kind}`, d: path })];
  if (effect === end(effect)) {
    const r = kind ? FOREST.dot - 1.5 : FOREST.dot;
    marks.push(svg("circle", { class: kind ? "dot lighter" : "dot", cx: x(effect), cy: y, r }));
  }
  return marks;
}
