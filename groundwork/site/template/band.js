/* The effect by day with two intervals: one that holds on all days together, and the one of a
   single look. */

/* Days whose always-valid interval is wider than on this share of days do not set the scale. */
const BAND_SHARE = 0.7;
const BAND_ROOM = 0.06;

/* spec: what drawFrame takes, and by day values (effects), lows and highs (of one look), validLows
   and validHighs (of all days together), decision and planned: their places or null */
function drawBand(host, spec) {
  const { drawing, plot } = drawFrame(host, spec, bandRange(spec));
  const { left, right, top, bottom, floor, ceiling, y } = plot;
  /* a drawing of its own cuts off what lies beyond the scale */
  const [width, height] = [right - left + 6, bottom - top];
  const inner = svg("svg", {
    x: left,
    y: top,
    width,
    height,
    viewBox: `${left} ${top} ${width} ${height}`,
  });
  inner.append(
    svg("path", { class: "band", d: areaPath(spec.validLows, spec.validHighs, plot) }),
    svg("path", { class: "once", d: edgePath(spec.lows, spec.highs, plot) }),
    svg("line", { class: "zero", x1: left, x2: right, y1: y(0), y2: y(0) }),
  );
  drawLine(inner, { values: spec.values, unfinished: new Set() }, plot);
  drawing.append(inner);
  drawDay(drawing, spec.planned, "planned", "planned", plot);
  drawDay(drawing, spec.decision, "decision", "decides", plot);
  host.replaceChildren(drawing);
  const inside = orNull((value) => Math.max(floor, Math.min(ceiling, value)));
  addPointer(host, drawing, { ...spec, values: spec.values.map(inside) }, plot);
}

function orNull(change) {
  return (value) => (value === null ? null : change(value));
}

/* What the scale covers: zero, all effects with their interval of one look where it is not the
   widest, and the always-valid one likewise. */
function bandRange({ values, lows, highs, validLows, validHighs, decision }) {
  const kept = (from, to) => {
    const widths = from.map((low, place) => (low === null ? null : to[place] - low));
    const known = widths.filter((width) => width !== null).sort((one, other) => one - other);
    const widest = known[Math.floor((known.length - 1) * BAND_SHARE)] ?? 0;
    return widths.flatMap((width, place) =>
      width !== null && (width <= widest || place === decision) ? [from[place], to[place]] : [],
    );
  };
  const all = [0, ...kept(validLows, validHighs), ...kept(lows, highs)];
  const size = Math.max(...all) - Math.min(...all);
  const near = values.filter(
    (value) =>
      value !== null && value > Math.min(...all) - size / 4 && value < Math.max(...all) + size / 4,
  );
  const [low, high] = [Math.min(...all, ...near), Math.max(...all, ...near)];
  /* what is cut off is cut off beyond zero, so that it never seems to end there */
  const goesOn = (bounds, isBeyond) => bounds.some((bound) => bound !== null && isBeyond(bound));
  return [
    goesOn(validLows, (bound) => bound < low) ? low - BAND_ROOM * size : low,
    goesOn(validHighs, (bound) => bound > high) ? high + BAND_ROOM * size : high,
  ];
}

/* The days that have numbers, as lists of places without a gap. */
function stretchesOf(lows, highs) {
  const stretches = [];
  lows.forEach((low, place) => {
    if (low === null || highs[place] === null) return;
    const last = stretches.at(-1);
    if (last?.at(-1) === place - 1) last.push(place);
    else stretches.push([place]);
  });
  return stretches;
}

function pointsOf(values, places, { x, y }) {
  return places.map((place) => `${x(place).toFixed(1)} ${y(values[place]).toFixed(1)}`);
}

function areaPath(lows, highs, plot) {
  return stretchesOf(lows, highs)
    .map((places) => [
      ...pointsOf(highs, places, plot),
      ...pointsOf(lows, places.toReversed(), plot),
    ])
    .map((points) => `M${points.join("L")}Z`)
    .join("");
}

/* One line through values, broken where one is missing. */
function linePath(values, plot) {
  return stretchesOf(values, values)
    .map((places) => `M${pointsOf(values, places, plot).join("L")}`)
    .join("");
}

function edgePath(lows, highs, plot) {
  return stretchesOf(lows, highs)
    .flatMap((places) => [highs, lows].map((values) => pointsOf(values, places, plot)))
    .map((points) => `M${points.join("L")}`)
    .join("");
}

/* A day as a line across, with its name at the top, on the side that has room. */
function drawDay(drawing, place, kind, text, { x, left, right, top, bottom }) {
  if (place === null) return;
  const at = x(place);
  const hasRoom = at - left > textWidth(text) + 10;
  drawing.append(
    svg("line", { class: `day ${kind}`, x1: at, x2: at, y1: top - 12, y2: bottom }),
    svg(
      "text",
      {
        class: `day-label ${kind}`,
        x: hasRoom ? at - 5 : Math.min(at + 5, right),
        y: top - 4,
        "text-anchor": hasRoom ? "end" : "start",
      },
      text,
    ),
  );
}
