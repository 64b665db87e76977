"""Plots and pages that stand alone: SVG inside one HTML file, readable in light and in dark and with words for those who do not see them; or figures to be saved."""

from __future__ import annotations

import html
import importlib.util
import io
import itertools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightwing.core.errors import MissingExtra
from lightwing.core.statistics import wilson

__all__ = ["Line", "figure", "lines", "page", "reliability", "require_plots", "rows", "svg", "table"]

_COLOURS = ("#1b6ca8", "#c2571a", "#3b8c4a", "#7a4fa3", "#8a6d1f")
_DARK = ("#6db3e8", "#f0955c", "#7cc98a", "#c3a1e6", "#d9bb62")
_MARKS = "os^Dv"
"""Lines differ in shape too: colour alone is lost on some eyes and on paper."""
_GRID = "#dddddd"
_FAINT = "#999999"
_NAMES = {c: f"var(--c{i})" for i, c in enumerate(_COLOURS)} | {
    _GRID: "var(--grid)",
    _FAINT: "var(--faint)",
    "#000000": "currentColor",
}
_STYLE = (
    f":root{{color-scheme:light dark;--grid:#ddd;--faint:#999;{';'.join(f'--c{i}:{c}' for i, c in enumerate(_COLOURS))}}}"
    f"@media(prefers-color-scheme:dark){{:root{{--grid:#3a3f45;--faint:#888;{';'.join(f'--c{i}:{c}' for i, c in enumerate(_DARK))}}}body{{background:#15181c;color:#e6e6e6}}}}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "figure{margin:1rem 0;overflow-x:auto}svg{max-width:100%;min-width:20rem;height:auto}svg text{fill:currentColor}"
    ".side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 1rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse}td,th{padding:.25em .8em;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}"
    "details{margin:0 0 1.5rem}summary{cursor:pointer}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a plot. `y` with `low` and `high` at each place; None where there is no value."""

    label: str
    y: Sequence[float | None]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


def require_plots() -> None:
    """Raises MissingExtra where the plotting package is not installed: before anything is paid for."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtra("matplotlib", extra="plots", need="The page of plots")


def figure(*, width: float, height: float, across: int = 1) -> tuple[Any, Any]:
    """A figure of so many inches with `across` panels, and its panels."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    panels = made.subplots(1, across, sharey=True, squeeze=False)[0]
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        axes.grid(color=_GRID, lw=0.6)
    return made, panels


def rows(values: Mapping[str, Sequence[tuple[float, float, float]]], names: Sequence[str], *, unit: str) -> Any:
    """One row for each name: (mean, low, high) of each series, as shares, drawn in per cent."""
    made, (axes,) = figure(width=9.0, height=0.9 + 0.24 * len(names) * (len(values) + 0.5))
    step = 0.8 / max(1, len(values))
    for i, (label, estimates) in enumerate(values.items()):
        at = [n + i * step - 0.4 + step / 2 for n in range(len(names))]
        mean = [100 * m for m, _, _ in estimates]
        # A mean of a skew posterior may lie outside its middle 95 %.
        reach = [
            [max(0.0, 100 * (m - low)) for m, low, _ in estimates],
            [max(0.0, 100 * (high - m)) for m, _, high in estimates],
        ]
        axes.errorbar(mean, at, xerr=reach, fmt=_MARKS[i % 5], color=_COLOURS[i % 5], ms=5, capsize=3, label=label)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, min(100.0, axes.get_xlim()[1]) + 0.5)
    axes.grid(visible=False, axis="y")
    for border in range(1, len(names)):
        axes.axhline(border - 0.5, color=_GRID, lw=0.6)
    axes.set_xlabel(unit)
    if len(values) > 1:
        _legend(axes, made)
    return made


def lines(
    places: Sequence[str] | Sequence[float],
    series: Sequence[Line],
    *,
    x: str,
    y: str,
    top: float | None = None,
    band: tuple[float, float] | None = None,
    width: float = 5.0,
) -> Any:
    """Lines over `places`: names stand at even distances, numbers where they lie. `band`: a stretch of x that is marked."""
    made, (axes,) = figure(width=width, height=0.66 * width)
    named = isinstance(places[0], str)
    at = list(range(len(places))) if named else [float(p) for p in places]
    if band is not None:
        axes.axvspan(*band, color=_GRID, alpha=0.6, lw=0)
    for i, line in enumerate(series):
        values = [float("nan") if v is None else v for v in line.y]
        style = {"fmt": f"{_MARKS[i % 5]}-", "color": _COLOURS[i % 5], "ms": 5, "capsize": 3, "label": line.label}
        if line.low is None or line.high is None:
            axes.errorbar(at, values, **style)
            continue
        reach = [
            [0.0 if v is None else max(0.0, v - low) for v, low in zip(line.y, line.low, strict=True)],
            [0.0 if v is None else max(0.0, high - v) for v, high in zip(line.y, line.high, strict=True)],
        ]
        axes.errorbar(at, values, yerr=reach, **style)
    if named:
        axes.set_xticks(at, [str(p) for p in places], parse_math=False)
        axes.set_xlim(-0.4, len(places) - 0.6)
    reached = [v for line in series for v in (*(line.high or ()), *(v for v in line.y if v is not None))]
    axes.set(xlabel=x, ylabel=y, ylim=(0, top or 1.06 * max(reached, default=0.0) or 1.0))
    if all(v is None for line in series for v in line.y):
        axes.set_yticks([])
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center")
    if len(series) > 1:
        _legend(axes, made)
    return made


def reliability(panels: Mapping[str, Sequence[tuple[float, float]]], *, edges: Sequence[float], x: str, y: str) -> Any:
    """The reliability diagram: for each bin of stated chances the share that came true, with its 95 % interval and its number. `panels`: (stated, came true: 0 to 1) of each."""
    width = 5.6 if len(panels) == 1 else 4.6 * len(panels)
    made, drawn = figure(width=width, height=4.6, across=len(panels))
    for axes, (title, pairs) in zip(drawn, panels.items(), strict=True):
        axes.plot([100 * edges[0], 100 * edges[-1]], [100 * edges[0], 100 * edges[-1]], color=_FAINT, lw=1, ls="--")
        for low, high in itertools.pairwise(edges):
            inside = [(p, t) for p, t in pairs if low <= p < high or (high == edges[-1] and p == high)]
            if not inside:
                continue
            n, hits = len(inside), sum(t for _, t in inside)
            stated, came = 100 * sum(p for p, _ in inside) / n, 100 * hits / n
            bottom, top = (100 * bound for bound in wilson(int(hits), n))
            reach = [[max(0.0, came - bottom)], [max(0.0, top - came)]]
            axes.errorbar([stated], [came], yerr=reach, fmt="o", color=_COLOURS[0], ms=5, capsize=3)
            axes.annotate(str(n), (stated, came), textcoords="offset points", xytext=(6, -3), fontsize=8)
        margin = 4 * (edges[-1] - edges[0])
        axes.set(xlim=(100 * edges[0] - margin, 100 * edges[-1] + 2 * margin), ylim=(-4, 104), xlabel=x)
        axes.set_title(title, parse_math=False, fontsize=10)
    drawn[0].set_ylabel(y)
    return made


def svg(figure: Any, *, alt: str) -> str:
    """The picture for a page: its text stays text, its colours follow the page's. The same figure gives the same text."""
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "lightwing", "svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph", category=UserWarning
        )  # the reader's browser has its own fonts
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    for colour, name in _NAMES.items():
        text = text.replace(colour, name)
    return f'<figure role="img" aria-label="{html.escape(alt)}">{text}</figure>'


def table(head: Sequence[str], body: Sequence[Sequence[str]], *, folded: str = "") -> str:
    """A table of texts; `folded`: shown when its title is opened."""
    cells = "".join(f"<th scope=col>{html.escape(h)}</th>" for h in head)
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in body)
    made = f'<div class="wide"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'
    return f"<details><summary>{html.escape(folded)}</summary>{made}</details>" if folded else made


def page(title: str, body: str) -> str:
    """A whole page, to be opened anywhere."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1>{body}</body></html>\n"
    )


def _legend(axes: Any, made: Any) -> None:
    """Above the plot, where it covers no point."""
    handles, labels = axes.get_legend_handles_labels()
    across = 4 if max(map(len, labels)) < 24 else 2
    legend = made.legend(handles, labels, loc="outside upper left", ncols=min(across, len(labels)), frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)
