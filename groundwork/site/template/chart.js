/* One line chart in SVG: values by period, target, alert bounds, unfinished periods.

   Lines start at zero where all values are positive, so that a slope is never larger than it is. */

const SVG = "http://www.w3.org/2000/svg";
/* In pixels: margins of the plot, the least distance of ticks and of labels under the axis. */
const CHART = { top: 14, right: 8, bottom: 24, tickGap: 38, labelGap: 8 };
/* The text beside a target or a bound, in pixels; values beyond `enough` do not disturb it. */
const NOTE = { height: 12, above: 5, below: 12, enough: 14, places: 9 };
/* An alert bound beyond this share of the axis would flatten the line: it is not drawn. */
const BOUND_REACH = 0.2;
/* Below this distance in pixels, hollow points would run into each other. */
const POINT_GAP = 7;

/* The size is that of the class .tick. */
const ruler = document.createElement("canvas").getContext("2d");
ruler.font = `11px ${getComputedStyle(document.body).fontFamily}`;

function textWidth(text) {
  return ruler.measureText(text).width;
}

function svg(name, attributes = {}, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

/* The range of values that charts of the same scale share. */
function valueRange(lines, target) {
  const values = lines.flatMap((line) => line.values).filter((value) => value !== null);
  if (target !== null) values.push(target);
  return [Math.min(0, ...values), Math.max(0, ...values)];
}

/* Draws into `host`, which has a width.

   spec: {grain, unit, label, periods, values, unfinished (a Set of places), range, height,
          reference: {target, low, high} or null, hasKeys: whether arrow keys move over it,
          odd: the places that get a ring, where there are any,
          tip: what takes the place of tipTexts} */
function drawChart(host, spec) {
  const { values } = spec;
  const { drawing, plot } = drawFrame(host, spec, withBounds(spec.range, spec.reference));
  const notes = drawReference(drawing, spec, plot);
  drawLine(drawing, spec, plot);
  const points = values.flatMap((value, place) =>
    value === null ? [] : [[plot.x(place), plot.y(value)]],
  );
  for (const place of spec.odd ?? []) {
    const centre = { cx: plot.x(place), cy: plot.y(values[place]) };
    drawing.append(svg("circle", { class: "odd", ...centre, r: 6 }));
  }
  for (const note of notes) drawing.append(placedNote(note, plot, points));
  host.replaceChildren(drawing);
  addPointer(host, drawing, spec, plot);
}

/* The axes of a chart by period: {drawing, plot}; the plot knows its edges and places. */
function drawFrame(host, { grain, height, label, periods, unit }, [low, high]) {
  const width = host.clientWidth;
  const bottom = height - CHART.bottom;
  const right = width - CHART.right;
  const ticks = valueTicks(low, high, (bottom - CHART.top) / CHART.tickGap, unit);
  const left = Math.ceil(Math.max(...ticks.map(({ text }) => textWidth(text)))) + 9;
  const [floor, ceiling] = [ticks[0].value, ticks.at(-1).value];
  const last = Math.max(1, periods.length - 1);
  const plot = {
    left,
    right,
    top: CHART.top,
    bottom,
    floor,
    ceiling,
    x: (place) => left + (place / last) * (right - left),
    y: (value) => bottom - ((value - floor) / (ceiling - floor)) * (bottom - CHART.top),
  };

  const drawing = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": label,
  });
  for (const { value, text } of ticks) {
    const y = plot.y(value);
    drawing.append(
      svg("line", { class: value === 0 ? "axis" : "grid", x1: left, x2: right, y1: y, y2: y }),
      svg("text", { class: "tick", x: left - 8, y: y + 4, "text-anchor": "end" }, text),
    );
  }
  for (const { x, middle, text } of periodTicks(periods, grain, plot, width)) {
    drawing.append(
      svg("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
      svg("text", { class: "tick", x: middle, y: height - 5, "text-anchor": "middle" }, text),
    );
  }
  return { drawing, plot };
}

/* Charts are drawn when they come near the screen, and again when their width changes. */

const drawings = new WeakMap();
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const drawing = drawings.get(target);
    if (target.clientWidth && target.clientWidth !== drawing.width) {
      drawing.width = target.clientWidth;
      drawing.draw(target);
    }
  }
});
const nearScreen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      nearScreen.unobserve(target);
      widths.observe(target);
    }
  },
  { rootMargin: "500px" },
);

/* draw: a function that fills the host, which then has a width */
function drawWhenNear(host, draw) {
  drawings.set(host, { width: 0, draw });
  nearScreen.observe(host);
  return host;
}

/* spec: a function that returns what drawChart takes; it is called when the chart is drawn */
function chart(host, height, spec) {
  host.style.height = `${height}px`;
  return drawWhenNear(host, () => drawChart(host, { ...spec(), height }));
}

/* Axes -------------------------------------------------------------------------------------- */

/* Widens a range to alert bounds that are near. */
function withBounds([low, high], reference) {
  const reach = (high - low) * BOUND_REACH;
  const near = [reference?.low ?? null, reference?.high ?? null].filter(
    (bound) => bound !== null && bound >= low - reach && bound <= high + reach,
  );
  return [Math.min(low, ...near), Math.max(high, ...near)];
}

/* About `count` round values that cover [low, high]: {value, text}. */
function valueTicks(low, high, count, unit) {
  const rough = (high - low || 1) / Math.max(2, Math.round(count));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const largest = Math.max(Math.abs(first), Math.abs(last)) * step;
  return Array.from({ length: last - first + 1 }, (_, place) => {
    const value = (first + place) * step;
    return { value, text: formatTick(value, step, largest, unit) };
  });
}

/* Labels under the axis, {x, middle, text}: month starts where they have room, else both ends. */
function periodTicks(periods, grain, { x, left }, width) {
  const label = (place, nameOf) => {
    const text = nameOf(periods[place]);
    const half = textWidth(text) / 2;
    const middle = Math.max(left - 8 + half, Math.min(width - half, x(place)));
    return { x: x(place), middle, from: middle - half, to: middle + half, text };
  };
  const fits = (labels) =>
    labels.every(({ from }, place) => !place || from >= labels[place - 1].to + CHART.labelGap);
  const month = (place) => Number(periods[place].slice(5, 7)) - 1;
  const day = (place) => Number(periods[place].slice(8));
  const lastStart = { day: 1, week: 7, month: 31 }[grain];
  const starts = [...periods.keys()].filter((place) => day(place) <= lastStart);
  for (const stride of [1, 2, 3, 6, 12]) {
    const labels = starts
      .filter((place) => month(place) % stride === 0)
      .map((place, index) => {
        const later = month(place) === 0 ? yearName : shortMonthName;
        return label(place, index === 0 ? monthAndYear : later);
      });
    if (labels.length > 1 && fits(labels)) return labels;
  }
  const nameOf = grain === "month" ? monthAndYear : dayName;
  const ends = [...new Set([0, periods.length - 1])].map((place) => label(place, nameOf));
  return fits(ends) ? ends : ends.slice(0, 1);
}

/* Marks ------------------------------------------------------------------------------------- */

/* Draws target and bounds and returns their notes: {kind, text, y}. */
function drawReference(drawing, { reference, unit }, { left, right, top, bottom, y }) {
  if (!reference) return [];
  const { target, low, high } = reference;
  const notes = [];
  const isInside = (value) => value !== null && y(value) >= top - 1 && y(value) <= bottom - 1;
  const shade = (from, to) =>
    drawing.append(
      svg("rect", { class: "out", x: left, width: right - left, y: from, height: to - from }),
    );
  const rule = (kind, value, name) => {
    const height = y(value);
    drawing.append(svg("line", { class: kind, x1: left, x2: right, y1: height, y2: height }));
    notes.push({ kind, text: `${name} ${formatBound(value, unit)}`, y: height });
  };
  if (isInside(high) && y(high) > top) shade(top, y(high));
  if (isInside(low)) shade(y(low), bottom);
  if (isInside(high)) rule("bound", high, "alert above");
  if (isInside(low)) rule("bound", low, "alert below");
  if (target !== null) rule("target", target, "target");
  return notes;
}

/* A note above or below its line, at the place along it where the values are furthest away, and as
   far left as that allows. */
function placedNote({ kind, text, y: height }, { left, right, bottom }, points) {
  const width = textWidth(text);
  const along = points.flatMap(([x, y], place) => {
    const [nextX, nextY] = points[place + 1] ?? [x, y];
    return [0, 0.25, 0.5, 0.75].map((part) => [x + part * (nextX - x), y + part * (nextY - y)]);
  });
  const freedom = ({ x, baseline }) => {
    const middle = baseline - NOTE.height / 2 + 2;
    if (middle < NOTE.height / 2 || middle > bottom - NOTE.height / 2) return -1;
    const near = along.filter(([pointX]) => pointX >= x - 4 && pointX <= x + width + 4);
    return Math.min(NOTE.enough, ...near.map(([, pointY]) => Math.abs(pointY - middle)));
  };
  const spots = Array.from({ length: NOTE.places }, (_, place) => {
    const x = left + 4 + (place / (NOTE.places - 1)) * (right - left - width - 8);
    return [height - NOTE.above, height + NOTE.below].map((baseline) => ({ x, baseline }));
  }).flat();
  const best = spots.reduce((one, other) => (freedom(other) > freedom(one) ? other : one));
  return svg("text", { class: `${kind}-label`, x: best.x, y: best.baseline }, text);
}

/* Solid between whole periods, dashed to and from unfinished ones, broken at a missing value. */
function drawLine(drawing, { values, unfinished }, { x, y }) {
  const paths = { solid: "", dashed: "" };
  const dots = [];
  const hasRoom = x(1) - x(0) >= POINT_GAP;
  const isWhole = (place) => values[place] !== null && !unfinished.has(place);
  const lastWhole = [...values.keys()].findLast(isWhole);
  const point = (place) => `${x(place).toFixed(1)} ${y(values[place]).toFixed(1)}`;
  values.forEach((value, place) => {
    if (value === null) return;
    const hasBefore = (values[place - 1] ?? null) !== null;
    const hasAfter = (values[place + 1] ?? null) !== null;
    if (hasBefore) {
      const kind = isWhole(place) && isWhole(place - 1) ? "solid" : "dashed";
      paths[kind] += `M${point(place - 1)}L${point(place)}`;
    }
    const centre = { cx: x(place), cy: y(value) };
    const isEnd = !hasAfter || isWhole(place - 1) || isWhole(place + 1);
    if (!isWhole(place)) {
      if (hasRoom || isEnd) dots.push(svg("circle", { class: "hollow", ...centre, r: 3 }));
    } else if (place === lastWhole) {
      dots.push(svg("circle", { class: "dot", ...centre, r: 4 }));
    } else if (!hasBefore && !hasAfter) {
      dots.push(svg("circle", { class: "dot", ...centre, r: 1.8 }));
    }
  });
  for (const [kind, path] of Object.entries(paths)) {
    if (path) drawing.append(svg("path", { class: `line ${kind}`, d: path }));
  }
  drawing.append(...dots);
}

/* Pointer ----------------------------------------------------------------------------------- */

/* The period under the pointer, or where the arrow keys went: a rule, a point, its value. */
function addPointer(host, drawing, spec, { left, right, top, bottom, x, y }) {
  const rule = svg("line", { class: "rule", y1: top, y2: bottom });
  const dot = svg("circle", { class: "dot", r: 4 });
  const marks = svg("g", { class: "pointer", visibility: "hidden" });
  marks.append(rule, dot);
  drawing.append(marks);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  host.append(tip);
  const last = spec.values.length - 1;
  let shown = null;

  function show(place) {
    shown = Math.max(0, Math.min(last, place));
    const value = spec.values[shown];
    const middle = x(shown);
    marks.setAttribute("visibility", "visible");
    rule.setAttribute("x1", middle);
    rule.setAttribute("x2", middle);
    dot.setAttribute("visibility", value === null ? "hidden" : "inherit");
    dot.setAttribute("cx", middle);
    dot.setAttribute("cy", y(value ?? 0));
    tip.replaceChildren(...tipNodes((spec.tip ?? tipTexts)(spec, shown)));
    tip.hidden = false;
    const room = host.clientWidth - tip.offsetWidth;
    const side = middle + 12 <= room ? middle + 12 : middle - tip.offsetWidth - 12;
    tip.style.left = `${Math.max(0, side)}px`;
    tip.style.top = `${top}px`;
  }

  function hide() {
    shown = null;
    marks.setAttribute("visibility", "hidden");
    tip.hidden = true;
  }

  function follow(event) {
    const offset = event.clientX - drawing.getBoundingClientRect().left;
    show(Math.round(((offset - left) / (right - left)) * last));
  }

  drawing.addEventListener("pointermove", follow);
  drawing.addEventListener("pointerdown", follow);
  drawing.addEventListener("pointerleave", hide);
  if (!spec.hasKeys) return;
  drawing.setAttribute("tabindex", "0");
  drawing.addEventListener("focus", () => show(shown ?? last));
  drawing.addEventListener("blur", hide);
  drawing.addEventListener("keydown", (event) => {
    const place = shown ?? last;
    const moves = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: last };
    if (!(event.key in moves)) return;
    event.preventDefault();
    show(moves[event.key]);
  });
}

/* Texts of the tip by class. */
function tipTexts({ grain, unit, periods, values, unfinished }, place) {
  const value = values[place];
  return {
    "tip-period": capitalised(periodName(grain, periods[place])),
    "tip-value": value === null ? "no value" : formatWithUnit(value, unit),
    "tip-note": unfinished.has(place) ? "period not complete" : "",
  };
}

function tipNodes(texts) {
  return Object.entries(texts).map(([name, text]) => {
    const line = document.createElement("span");
    line.className = name;
    line.textContent = text;
    return line;
  });
}
