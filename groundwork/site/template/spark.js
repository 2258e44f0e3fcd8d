/* A line without axes: whole periods, the target dashed, the latest as a point. */

const SPARK = { height: 34, edge: 5 };

/* line: {periods, values, unfinished}; label: what it shows, in a sentence */
function drawSpark(host, { values, unfinished }, target, label) {
  const width = host.clientWidth;
  const whole = values.flatMap((value, place) =>
    value === null || unfinished.has(place) ? [] : [[place, value]],
  );
  const all = [...whole.map(([, value]) => value), ...(target === null ? [] : [target])];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const last = Math.max(1, values.length - 1);
  const room = SPARK.height - 2 * SPARK.edge;
  const plot = {
    x: (place) => SPARK.edge + (place / last) * (width - 2 * SPARK.edge),
    y: (value) => SPARK.edge + (high > low ? (high - value) / (high - low) : 0.5) * room,
  };
  const drawing = svg("svg", {
    viewBox: `0 0 ${width} ${SPARK.height}`,
    width,
    height: SPARK.height,
    role: "img",
    "aria-label": label,
  });
  if (target !== null) {
    const y = plot.y(target);
    drawing.append(svg("line", { class: "target", x1: 0, x2: width, y1: y, y2: y }));
  }
  const shown = values.map((value, place) => (unfinished.has(place) ? null : value));
  drawLine(drawing, { values: shown, unfinished: new Set() }, plot);
  host.replaceChildren(drawing);
}

function spark(line, target, label) {
  const host = element("div", { class: "spark" });
  return drawWhenNear(host, () => drawSpark(host, line, target, label));
}
