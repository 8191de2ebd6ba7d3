// A plot, as app/src/pages/analytics/plot.rs describes it, in ECharts' words. Colours are the
// variables of the style sheet, which SVG understands: when the theme changes, or on paper, nothing
// has to be drawn anew.
import { tip } from "./tip.js";
import { brief } from "./units.js";

const token = (name) => `var(--color-${name})`;
const tones = {
  soft: `color-mix(in oklab, ${token("accent")} 45%, transparent)`,
  muted: `color-mix(in oklab, ${token("muted")} 60%, transparent)`,
  target: token("text"),
};

/** An agent's own colour, with its hue in it: it is for whoever carries that agent's name. */
function hueOf(agent, host) {
  const probe = document.createElement("span");
  probe.dataset.agent = agent;
  host.append(probe);
  const colour = getComputedStyle(probe).getPropertyValue("--agent").trim();
  probe.remove();
  return colour;
}

/** The colour of a column, row by row. */
function palette(plot, host) {
  const agents = plot.agents.map((agent) => hueOf(agent, host));
  return ({ tone }, row) =>
    tone === "agent" ? agents[row] || token("accent") : (tones[tone] ?? token(tone));
}

export function optionOf(plot, host) {
  const colour = palette(plot, host);
  const narrow = host.clientWidth < 480;
  const lies = plot.shape === "bars" || plot.shape === "spans";
  const [names, values] = [nameAxis(plot, lies, host.clientWidth), valueAxis(plot, narrow)];
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(host).fontFamily, fontSize: 12 },
    // Half of the topmost label and of the last one reach beyond their axis.
    grid: {
      left: 0,
      right: 14,
      top: 12,
      bottom: 0,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: lies ? values : names,
    yAxis: lies ? names : values,
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      padding: 0,
      borderWidth: 0,
      backgroundColor: "transparent",
      extraCssText: "box-shadow:none",
      axisPointer: {
        axis: lies ? "y" : "x",
        type: plot.shape === "line" ? "line" : "shadow",
        triggerEmphasis: false,
        animation: false,
        lineStyle: { color: token("muted"), type: "solid", width: 1 },
        shadowStyle: { color: token("line"), opacity: 0.4 },
      },
      formatter: ([{ axisValue }]) => tip(plot, Number(axisValue), colour),
    },
    series: { line: lines, spans }[plot.shape]?.(plot, colour) ?? bars(plot, colour, lies),
  };
}

/** Rows are told apart by their numbers, because two of them may have the same name. */
function nameAxis(plot, lies, room) {
  return {
    type: "category",
    data: plot.labels.map((_, row) => String(row)),
    inverse: lies,
    boundaryGap: plot.shape !== "line" || plot.labels.length === 1,
    axisLine: { show: !lies, lineStyle: { color: token("line") } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      color: token(lies ? "text" : "muted"),
      formatter: (row) => plot.labels[Number(row)] ?? "",
      margin: lies ? 16 : 10,
      ...(lies
        ? { interval: 0, width: Math.min(200, Math.round(room * 0.38)), overflow: "truncate" }
        : { hideOverlap: true }),
    },
  };
}

function valueAxis(plot, narrow) {
  const scale =
    plot.shape === "spans"
      ? decades(plot)
      : { type: "value", min: 0, max: plot.top, minInterval: plot.unit === "count" ? 1 : 0 };
  // Fifths of ten points, quarters of a whole.
  const interval = { 10: 2, 1: 0.25 }[plot.top];
  return {
    ...scale,
    splitNumber: narrow ? 3 : 4,
    interval,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: token("line") } },
    axisLabel: {
      color: token("muted"),
      formatter: (value) => brief(plot.unit, value),
      hideOverlap: true,
    },
  };
}

/** From one power of ten to another: what takes a hundred times as long still fits in. */
function decades(plot) {
  const all = plot.columns.flatMap(({ values }) => values).filter((value) => value > 0);
  const power = (value, round) => 10 ** round(Math.log10(value));
  const min = power(Math.min(...all), Math.floor);
  return { type: "log", min, max: Math.max(power(Math.max(...all), Math.ceil), min * 10) };
}

const still = { emphasis: { disabled: true }, cursor: "default" };

function bars(plot, colour, lies) {
  return plot.columns.map((column) => ({
    ...still,
    type: "bar",
    stack: lies ? undefined : "all",
    barMaxWidth: lies ? 12 : 28,
    barGap: "25%",
    barCategoryGap: "32%",
    data: column.values.map((value, row) => ({ value, itemStyle: { color: colour(column, row) } })),
  }));
}

/** A line for each stretch between two breaks: nothing leads across. */
function lines(plot, colour) {
  const starts = [0, ...plot.breaks.map(({ at }) => at), plot.labels.length];
  const pieces = plot.columns.flatMap((column) =>
    starts.slice(1).map((end, piece) => ({
      ...still,
      type: "line",
      symbol: "circle",
      symbolSize: plot.labels.length > 45 ? 3 : 5,
      showAllSymbol: true,
      connectNulls: true,
      lineStyle: { color: colour(column), width: 2 },
      itemStyle: { color: colour(column) },
      data: column.values.map((value, row) => (row >= starts[piece] && row < end ? value : null)),
    })),
  );
  pieces[0].markLine = {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: token("muted"), type: "dashed", width: 1 },
    data: plot.breaks.map(({ at, text }) => ({
      xAxis: at,
      label: {
        formatter: text,
        color: token("muted"),
        position: "insideStartTop",
        rotate: 0,
        align: at > plot.labels.length / 2 ? "right" : "left",
        padding: [0, 6],
      },
    })),
  };
  return pieces;
}

/** In each row a mark for every value, and a band from the first to the last; what they are held
 * against stands across it. */
function spans(plot, colour) {
  const targets = plot.columns.filter(({ tone }) => tone === "target");
  const values = plot.columns.filter(({ tone }) => tone !== "target");
  const { min } = decades(plot);
  // Nothing is as short as zero there.
  const place = (value) => (value === null ? "-" : Math.max(value, min));
  const marks = (column, symbol, symbolSize) => ({
    ...still,
    type: "line",
    lineStyle: { width: 0 },
    symbol,
    symbolSize,
    showAllSymbol: true,
    itemStyle: { color: colour(column) },
    data: column.values.map((value, row) => [place(value), row]),
  });
  const band = plot.labels.flatMap((_, row) => [
    ...values.map((column) => [place(column.values[row]), row]),
    ["-", row],
  ]);
  return [
    ...targets.map((column) => marks(column, "rect", [2, 20])),
    ...values.map((column) => marks(column, "circle", 10)),
    { ...still, type: "line", symbol: "none", lineStyle: { color: token("line"), width: 4 }, data: band, z: 1 },
  ];
}
