/* Lines by chunk with what they are held against: a band, a threshold, a reference, alarms. */

/* In pixels: half the size of an alarm's mark, how far above a zone its text is, what it needs. */
const TREND = { mark: 6, zoneText: 4, zoneRoom: 4 };

/* The range that covers lists of values; zero where they have none. */
function trendRange(...lists) {
  const values = lists.flat().filter((value) => value !== null);
  return values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
}

/* spec: what drawFrame takes, and
   range: what the axis covers at least
   lines: {kind, values, unfinished (a Set of places)}; the pointer follows the first
   bands: {kind: "band" or "once", low, high}, each a list by chunk or the same for all
   thresholds: a value by chunk, or null
   zones: {kind, from, to (places), text}
   marks: {kind, place, value}: alarms
   since: {place, text}, or null
   hasKeys, tip: as drawChart takes them */
function drawTrend(host, spec) {
  const { drawing, plot } = drawFrame(host, spec, spec.range);
  const [main] = spec.lines;
  for (const zone of spec.zones) drawZone(drawing, zone, spec.periods, plot);
  for (const { kind, low, high } of spec.bands) {
    const [lows, highs] = [low, high].map((bound) =>
      Array.isArray(bound) ? bound : spec.periods.map(() => bound),
    );
    const pathOf = kind === "once" ? edgePath : areaPath;
    const group = svg("g", { class: kind === "once" ? "estimated" : "" });
    group.append(svg("path", { class: kind, d: pathOf(lows, highs, plot) }));
    drawing.append(group);
  }
  if (spec.thresholds) {
    drawing.append(svg("path", { class: "limit", d: linePath(spec.thresholds, plot) }));
  }
  for (const { kind, ...line } of spec.lines.toReversed()) {
    const group = svg("g", { class: kind });
    drawLine(group, line, plot);
    drawing.append(group);
  }
  for (const mark of spec.marks) drawing.append(alarmMark(mark, plot));
  if (spec.since) drawDay(drawing, spec.since.place, "since", spec.since.text, plot);
  host.replaceChildren(drawing);
  addPointer(host, drawing, { ...spec, ...main }, plot);
}

function trend(host, height, spec) {
  host.style.height = `${height}px`;
  return drawWhenNear(host, () => drawTrend(host, { ...spec(), height }));
}

/* A stretch of chunks with its name, where that has room. */
function drawZone(drawing, { kind, from, to, text }, periods, { x, left, right, top, bottom }) {
  const half = periods.length > 1 ? (x(1) - x(0)) / 2 : right - left;
  const start = Math.max(left, x(from) - half);
  const width = Math.min(right, x(to) + half) - start;
  drawing.append(
    svg("rect", { class: `zone ${kind}`, x: start, width, y: top, height: bottom - top }),
  );
  if (textWidth(text) + TREND.zoneRoom > width) return;
  drawing.append(
    svg("text", { class: "zone-label", x: start, y: top - TREND.zoneText }, text),
  );
}

function alarmMark({ kind, place, value }, { x, y }) {
  const [middle, height, size] = [x(place), y(value), TREND.mark];
  const path =
    `M${middle} ${height - size}L${middle + size} ${height}` +
    `L${middle} ${height + size}L${middle - size} ${height}Z`;
  return svg("path", { class: `alarm-mark ${kind}`, d: path });
}

/* Consecutive places that hold, as zones. */
function zonesOf(kind, text, flags) {
  const zones = [];
  flags.forEach((holds, place) => {
    if (!holds) return;
    const last = zones.at(-1);
    if (last?.to === place - 1) last.to = place;
    else zones.push({ kind, text, from: place, to: place });
  });
  return zones;
}

/* The place of the chunk that holds a day, or null. */
function placeOf(periods, day) {
  const place = day === null ? -1 : periods.findLastIndex((start) => start <= day);
  return place < 0 ? null : place;
}
