"use strict";
// Draws each chart from its figures, in the colours of the page, and again where those change.
(() => {
  const names = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6", "series-7", "series-8"];

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
        xaxis: { type: "date", tickformat: "%m-%d", nticks: 8, ...grid },
        yaxis: { ...figure.y, ...grid },
      };
      window.Plotly.react(place, figure.data, layout, { displayModeBar: false, responsive: true });
    }
  }

  if (!window.Plotly) return;
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
