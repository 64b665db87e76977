"""The pages of calibrations, plans and thresholds: one HTML file each with its plots inside, to be opened anywhere."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from lightwing.core.clause import Spec
from lightwing.core.statistics import Rate
from lightwing.lab.enough import floors
from lightwing.lab.measure import Estimate, Measured
from lightwing.lab.plan import Offer, blamed
from lightwing.lab.threshold import Curve
from lightwing.plots import Line, lines, page, reliability, require_plots, rows, svg, table

__all__ = ["page_of", "plan_page", "rate", "threshold_page"]

_BINS = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0)
_UNIT = "% (bar: 95 % credible interval)"
_JUDGE_RATES = ("false_pass", "blind", "false_fail", "deaf")
_WORDS = {
    "false_pass": "false pass: one reading passes a violation",
    "blind": "blind: every reading passes it",
    "false_fail": "false fail: one reading fails what is kept",
    "deaf": "deaf: every reading fails it",
}


def page_of(measured: Measured, spec: Spec, pairs: Sequence[tuple[float, bool]] = ()) -> str:
    """Lapse rates and judges' error rates by clause with 95 % intervals, and, where truths are known, how well P(broken) agrees with them (`pairs`)."""
    require_plots()
    errors = measured.errors
    names = [c.id for c in spec.clauses if any(c.id in found for found in measured.lapses.values())]
    judged = [c.id for c in spec.judged if c.id in names]
    parts = [
        f"<p>Error model {errors.id[:12]}, spec {errors.spec[:12]}, traces: {errors.traces}. Judges' rates rest on: {errors.basis}.</p>"
    ]
    if measured.lapses:
        found = {m: [of[c] for c in names] for m, of in measured.lapses.items()}
        parts += ["<h2>Lapse rate of a fresh answer</h2>", _rates(found, names, spec, "Lapse rate by clause and model")]
    for judge, readers in measured.judges.items():
        if judged:
            found = {_WORDS[n]: [readers[c][n] for c in judged] for n in _JUDGE_RATES}
            parts += [
                f"<h2>Judge {html.escape(judge)}</h2>",
                _rates(found, judged, spec, f"Error rates of {judge} by clause"),
            ]
    if pairs:
        parts += ["<h2>Reliability, on clauses whose truth is known</h2>", _reliability(pairs)]
    if left := floors(errors, spec):
        body = [[f.clause, _short(spec, f.clause, 90), f.judge or "no judge", _percent(f.wrong)] for f in left]
        parts += [
            "<h2>What stays wrong where every reading passes</h2>",
            table(["clause", "text", "least blind judge", "wrong and unseen (careful)"], body),
        ]
    return page(f"Calibration {errors.id[:12]}", "".join(parts))


def plan_page(offers: Sequence[Offer], spec: Spec, *, tokens: str) -> str:
    """For each target: share delivered, calls, tokens, price; what cannot be reached is said and drawn as missing. `tokens`: what the tokens rest on."""
    require_plots()
    places = [f"{100 * o.target:g} %" + ("" if o.reachable else "\nunreachable") for o in offers]
    x = "asked for: wrong of delivered"

    def drawn(y: str, series: Sequence[Line], top: float | None = None) -> str:
        alt = f"{y} against the target; the figures stand in the table."
        return svg(lines(places, series, x=x, y=y, top=top), alt=alt)

    def reached(values: Sequence[float | None]) -> list[float | None]:
        return [v if o.reachable else None for o, v in zip(offers, values, strict=True)]

    plots = [
        drawn("delivered, % of all", [_share("delivered", [o.delivered for o in offers])], 105),
        drawn(
            "per case",
            [
                Line(label="answers and repairs", y=reached([o.calls for o in offers])),
                Line(label="readings by judges", y=reached([o.readings for o in offers])),
            ],
        ),
        drawn("tokens per case", [Line(label="tokens", y=reached([o.tokens for o in offers]))]),
    ]
    if any(o.price is not None for o in offers):
        three = [o.price or (0.0, 0.0, 0.0) for o in offers]
        price = Line(
            label="price", y=reached([p[0] for p in three]), low=[p[1] for p in three], high=[p[2] for p in three]
        )
        plots.append(drawn("price per case", [price]))
    body = [
        [
            f"{100 * o.target:g} %",
            _percent(o.delivered.value) + ("" if o.reachable else " (unreachable)"),
            rate(o.wrong),
            f"{o.calls:.2f}",
            f"{o.readings:.2f}",
            f"{o.tokens:,.0f}",
            "unknown" if o.price is None else f"{o.price[0]:.4g}",
        ]
        for o in offers
    ]
    head = ["target", "delivered", "wrong of delivered", "calls", "readings", "tokens", "price"]
    why = "".join(f"<li>{html.escape(line)}</li>" for line in blamed(offers, spec))
    return page(
        "Plan",
        f'<p>Means per case, simulated by the error model; {html.escape(tokens)}. Bars are 95 % intervals.</p><div class="side">{"".join(plots)}</div>'
        + table(head, body)
        + (f"<h2>What stands in the way</h2><ul>{why}</ul>" if why else ""),
    )


def threshold_page(
    curves: Sequence[Curve],
    *,
    axis: str,
    said: str,
    place: tuple[float, float] | None,
    settings: tuple[str, Sequence[str]] | None = None,
) -> str:
    """The curves with their 95 % intervals; `said` is what they show, in words, `place` where they cross. `settings`: of a real model, the dial and what it stood at."""
    require_plots()
    at = [100 * p for p in curves[0].points]
    band = None if place is None else (100 * place[0], 100 * place[1])
    plots = []
    drawn = [("wrong of delivered, %", "wrong", None), ("delivered, % of all", "delivered", 105.0)]
    if all(r.hits == r.n for c in curves for r in c.delivered):
        drawn.pop()  # everything is delivered: there is nothing to see
    for y, of, top in drawn:
        series = [_share(c.name, getattr(c, of)) for c in curves]
        alt = f"{y} against {axis}, a line for each level. {said}. The figures stand in the table."
        plots.append(svg(lines(at, series, x=f"{axis}, %", y=y, top=top, band=band, width=7.0), alt=alt))
    head = [*((settings[0],) if settings else ()), axis, *(f"{c.name}: wrong of delivered" for c in curves)]
    body = [
        [*((settings[1][i],) if settings else ()), f"{a:.3g} %", *(rate(c.wrong[i]) for c in curves)]
        for i, a in enumerate(at)
    ]
    return page(
        "Threshold",
        f"<p><strong>{html.escape(said)}</strong>. Bars are 95 % intervals.</p>{''.join(plots)}" + table(head, body),
    )


def rate(r: Rate) -> str:
    """A rate with its 95 % interval and its number, in few letters.

    >>> rate(Rate(hits=3, n=4)), rate(Rate(hits=0, n=0))
    ('75.0 % (30.1 to 95.4), n 4', 'none')
    """
    low, high = (100 * bound for bound in r.interval)
    return "none" if r.value is None else f"{100 * r.value:.1f} % ({low:.1f} to {high:.1f}), n {r.n}"


def _share(label: str, rates: Sequence[Rate]) -> Line:
    return Line(
        label=label,
        y=[None if r.value is None else 100 * r.value for r in rates],
        low=[100 * r.interval[0] for r in rates],
        high=[100 * r.interval[1] for r in rates],
    )


def _rates(found: Mapping[str, Sequence[Estimate]], names: Sequence[str], spec: Spec, about: str) -> str:
    """The plot and, folded, its figures."""
    values = {label: [(e.mean, e.low, e.high) for e in row] for label, row in found.items()}
    labels = [f"{c}  {_short(spec, c, 36)}" for c in names]
    body = [
        [
            c,
            *(
                f"{_percent(row[i].mean)} ({_percent(row[i].low)} to {_percent(row[i].high)}), n {row[i].n}"
                for row in found.values()
            ),
        ]
        for i, c in enumerate(names)
    ]
    picture = svg(rows(values, labels, unit=_UNIT), alt=f"{about}; the figures stand in the table below.")
    return picture + table(["clause", *found], body, folded="the figures")


def _reliability(pairs: Sequence[tuple[float, bool]]) -> str:
    drawn = reliability(
        {"": [(p, float(t)) for p, t in pairs]},
        edges=_BINS,
        x="P(broken) after two readings, %",
        y="broken in truth, % (number: readings)",
    )
    return svg(drawn, alt=f"Share broken in truth against P(broken) after two readings, {len(pairs)} readings in bins.")


def _short(spec: Spec, clause: str, most: int) -> str:
    text = " ".join(spec.clause(clause).text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.3g} %"
