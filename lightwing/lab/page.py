"""The page of a calibration: one HTML file with its plots inside, to be opened anywhere."""

from __future__ import annotations

import html
import importlib.util
import io
import itertools
from collections.abc import Sequence
from typing import Any

from lightwing.core.clause import Spec
from lightwing.core.errors import MissingExtra
from lightwing.core.statistics import Rate, wilson
from lightwing.lab.enough import floors
from lightwing.lab.measure import Estimate, Measured
from lightwing.lab.plan import Offer
from lightwing.lab.threshold import Curve

__all__ = ["page_of", "plan_page", "require_plots", "threshold_page"]

_COLOURS = ("#1b6ca8", "#c2571a", "#3b8c4a", "#7a4fa3")
_STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#222}svg{max-width:100%;height:auto}td,th{padding:.2em .8em;text-align:left}"


def require_plots() -> None:
    """Raises MissingExtra where the plotting package is not installed: before anything is paid for."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtra("matplotlib", extra="plots", need="The page of plots")


def page_of(measured: Measured, spec: Spec, reliability: Sequence[tuple[float, bool]] = ()) -> str:
    """Lapse rates and judges' error rates by clause with 95 % intervals, and, where truths are known, how well P(broken) agrees with them."""
    require_plots()
    errors = measured.errors
    names = [c.id for c in spec.clauses if any(c.id in rows for rows in measured.lapses.values())]
    judged = [c.id for c in spec.judged if c.id in names]
    parts = [
        _bars(
            {m: [rows[c] for c in names] for m, rows in measured.lapses.items()}, names, "lapse rate of a fresh answer"
        )
    ]
    for judge, readers in measured.judges.items():
        if judged:
            rates = {n: [readers[c][n] for c in judged] for n in ("false_pass", "blind", "false_fail", "deaf")}
            words = {n.replace("_", " "): row for n, row in rates.items()}
            parts.append(_bars(words, judged, f"{judge}: error rates"))
    if reliability:
        parts.append(_reliability(reliability))
    rows = "".join(
        f"<tr><td>{html.escape(f.clause)}</td><td>{html.escape(spec.clause(f.clause).text[:90])}</td><td>{html.escape(f.judge or 'nobody reads it')}</td><td>{100 * f.wrong:.2f} %</td></tr>"
        for f in floors(errors, spec)
    )
    table = (
        "<h2>What stays where every reading passes</h2><table><tr><th>clause</th><th>text</th><th>least blind judge</th><th>wrong and unseen (careful)</th></tr>"
        f"{rows}</table>"
        if rows
        else ""
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Calibration {errors.id[:12]}</title><style>{_STYLE}</style>'
        f"<h1>Calibration</h1><p>Error model {errors.id[:12]}, spec {errors.spec[:12]}, {errors.traces} traces. Judges' rates rest on: {errors.basis}. "
        f"Bars are 95 % credible intervals.</p>{''.join(parts)}{table}</html>\n"
    )


def plan_page(offers: Sequence[Offer]) -> str:
    """Share delivered, and price or calls per case, against the target."""
    require_plots()
    at = [100 * o.target for o in offers]
    figure, axes = _figure(height=4.0)
    axes.errorbar(
        at,
        [100 * (o.delivered.value or 0) for o in offers],
        yerr=_bounds([o.delivered for o in offers]),
        fmt="o-",
        color=_COLOURS[0],
        capsize=3,
    )
    axes.set(xlabel="target, % wrong of delivered", ylabel="delivered, %", ylim=(0, 105), title="coverage")
    parts = [_svg(figure)]
    figure, axes = _figure(height=4.0)
    priced = all(o.price is not None for o in offers)
    axes.plot(at, [o.price[0] if o.price else o.calls + o.readings for o in offers], "o-", color=_COLOURS[1])
    name = "price per case" if priced else "calls per case, readings included"
    axes.set(xlabel="target, % wrong of delivered", ylabel=name, title=name)
    axes.set_ylim(bottom=0)
    return _page("Plan", "".join([*parts, _svg(figure)]))


def threshold_page(curves: Sequence[Curve], axis: str, said: str) -> str:
    """The curves with their 95 % intervals; `said` is what they show, in words."""
    require_plots()
    figure, axes = _figure(height=5.0)
    for curve, colour in zip(curves, _COLOURS * len(curves), strict=False):
        at = [100 * p for p in curve.points]
        y = [100 * (r.value or 0) for r in curve.wrong]
        axes.errorbar(
            at, y, yerr=_bounds(curve.wrong), fmt="o-", color=colour, capsize=3, label=f"{curve.level} readings"
        )
    axes.set(xlabel=f"{axis.replace('_', ' ')}, %", ylabel="wrong of delivered, %", title=said)
    axes.legend(frameon=False)
    return _page("Threshold", _svg(figure))


def _bounds(rates: Sequence[Rate]) -> list[list[float]]:
    """Distances of the 95 % interval's ends, in per cent."""
    values = [r.value or 0.0 for r in rates]
    return [
        [100 * max(0.0, v - r.interval[0]) for v, r in zip(values, rates, strict=True)],
        [100 * max(0.0, r.interval[1] - v) for v, r in zip(values, rates, strict=True)],
    ]


def _page(title: str, body: str) -> str:
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>{body}</html>\n'


def _bars(rows: dict[str, list[Estimate]], names: Sequence[str], title: str) -> str:
    figure, axes = _figure(height=1.2 + 0.22 * len(names) * max(1, len(rows)))
    step = 0.8 / max(1, len(rows))
    for i, (label, estimates) in enumerate(rows.items()):
        at = [n + i * step - 0.4 + step / 2 for n in range(len(names))]
        mean = [100 * e.mean for e in estimates]
        # A mean of a skew posterior may lie outside its middle 95 %.
        below = [max(0.0, 100 * (e.mean - e.low)) for e in estimates]
        above = [max(0.0, 100 * (e.high - e.mean)) for e in estimates]
        colour = _COLOURS[i % len(_COLOURS)]
        axes.errorbar(mean, at, xerr=[below, above], fmt="o", color=colour, ms=5, capsize=3, label=label)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel("%")
    axes.set_title(title)
    if len(rows) > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return _svg(figure)


def _reliability(pairs: Sequence[tuple[float, bool]]) -> str:
    figure, axes = _figure(height=5.0, width=6.0)
    edges = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0)
    axes.plot([0, 100], [0, 100], color="#999", lw=1)
    for low, high in itertools.pairwise(edges):
        inside = [(p, t) for p, t in pairs if low <= p < high or (high == 1.0 and p == 1.0)]
        if not inside:
            continue
        x, hits = sum(p for p, _ in inside) / len(inside), sum(t for _, t in inside)
        bottom, top = wilson(hits, len(inside))
        y = hits / len(inside)
        axes.errorbar(
            [100 * x], [100 * y], yerr=[[100 * (y - bottom)], [100 * (top - y)]], fmt="o", color=_COLOURS[0], capsize=3
        )
        axes.annotate(str(len(inside)), (100 * x, 100 * y), textcoords="offset points", xytext=(6, 4), fontsize=8)
    axes.set_xlabel("P(broken) after two readings, %")
    axes.set_ylabel("broken in truth, % (number: readings)")
    axes.set_title("reliability, on clauses whose truth is known")
    return _svg(figure)


def _figure(*, height: float, width: float = 8.0) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#ddd", lw=0.6)
    return figure, axes


def _svg(figure: Any) -> str:
    """The picture as SVG inside the page; its ids are fixed, so that the same measure gives the same page."""
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "lightwing"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return f"<figure>{text[text.index('<svg') :]}</figure>"
