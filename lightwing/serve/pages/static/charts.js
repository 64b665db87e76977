"use strict";
// Draws each chart from its figures, in the colours of the page, and again where those change.
(() => {
  const names = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6", "series-7", "series-8"];

  // A mark for each day, or for every so many where there are more than eight: between two days there is nothing to mark.
  function days(data) {
    const known = [...new Set(data.flatMap((line) => line.x))].sort();
    const step = Math.max(1, Math.ceil(known.length / 8));
    return { tickmode: "array", tickvals: known.filter((_, i) => i % step === 0) };
  }

  function draw() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const grid = { gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line"), fixedrange: true };
    for (const place of document.querySelectorAll(".chart")) {
      const figure = JSON.parse(place.dataset.figure);
      const layout = {
        autosize: true,
        height: 300,
        margin: { l: 60, r: 15, t: 10, b: 40 },
        paper_bgcolor: "transparent",
        plot_bgcolor: "transparent",
        font: { color: colour("text"), family: getComputedStyle(document.body).fontFamily, size: 13 },
        colorway: names.map(colour),
        barmode: figure.stacked ? "stack" : "group",
        hovermode: "x unified",
        hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("line"), font: { color: colour("text") } },
        legend: { orientation: "h", y: -0.2, font: { color: colour("text") } },
        showlegend: figure.data.length > 1,
        xaxis: { type: "date", tickformat: "%m-%d", ...days(figure.data), ...grid },
        yaxis: { ...figure.y, ...grid },
      };
      window.Plotly.react(place, figure.data, layout, { displayModeBar: false, responsive: true });
    }
  }

  if (!window.Plotly) return;
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
