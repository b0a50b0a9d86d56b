"""The plan editor's forms as one: filled from a plan, read back into a plan."""

from collections.abc import Mapping
from typing import Any

from django import forms

from campaigns.planning.forms import ColumnForm, FiguresForm, OutcomeForm, RetryForm, WindowForm
from campaigns.planning.hours import Window
from campaigns.planning.plan import ColumnRule, Outcome, Plan
from campaigns.planning.scripttext import format_script

_SPARE_ROWS = 2
_FIGURES = ("max_attempts", "min_ring_s", "max_ring_s", "preview_s", "wrap_up_s", "verify_needed")

_Windows = forms.formset_factory(WindowForm, extra=_SPARE_ROWS, max_num=60)
_Outcomes = forms.formset_factory(OutcomeForm, extra=_SPARE_ROWS, max_num=60)
_Retries = forms.formset_factory(RetryForm, extra=0, max_num=20)
_Columns = forms.formset_factory(ColumnForm, extra=0, max_num=600)


class PlanForms:
    """Every form of the editor. `version` is the plan's version the manager looked at."""

    def __init__(self, plan: Plan, data: Mapping[str, Any] | None = None) -> None:
        self._before = plan
        self.figures = FiguresForm(data, initial=_figures(plan), prefix="plan")
        self.windows = _Windows(data, initial=_windows(plan), prefix="hours")
        self.outcomes = _Outcomes(data, initial=_outcomes(plan), prefix="outcomes")
        self.retries = _Retries(data, initial=_retries(plan), prefix="retries")
        self.columns = _Columns(data, initial=_columns(plan), prefix="columns")

    def is_valid(self) -> bool:
        """Say whether every form can be read; each is checked, so that all errors show at once."""
        parts = (self.figures, self.windows, self.outcomes, self.retries, self.columns)
        answers = [part.is_valid() for part in parts]
        return all(answers)

    def problems(self) -> list[str]:
        """Return the errors of the table rows, which have no field of their own in the summary."""
        sets = (self.windows, self.outcomes, self.retries, self.columns)
        found = [
            str(error)
            for rows in sets
            if rows.is_bound
            for form in rows.forms
            for errors in form.errors.values()
            for error in errors
        ]
        return list(dict.fromkeys(found))

    def plan(self) -> Plan:
        """Return the plan as typed; call it after `is_valid`."""
        data = self.figures.cleaned_data
        return Plan(
            **{name: data[name] for name in _FIGURES},
            hours=tuple(
                sorted(
                    Window(row["weekday"], row["opens"], row["closes"])
                    for row in _rows(self.windows)
                    if row.get("opens")
                )
            ),
            closed_days=data["closed_days"],
            outcomes=tuple(
                Outcome(row.get("outcome_id"), row["label"], row["kind"], (row.get("retry_min") or 0) * 60)
                for row in _rows(self.outcomes)
                if row.get("label")
            ),
            retries=tuple(
                (row["result"], None if row.get("retry_min") is None else row["retry_min"] * 60)
                for row in _rows(self.retries)
            ),
            columns=self._column_rules(),
            script=data["script"],
        )

    def _column_rules(self) -> tuple[ColumnRule, ...]:
        given = {row["name"]: row for row in _rows(self.columns)}
        return tuple(
            ColumnRule(rule.name, row["label"], row["visible"], row["question"])
            if (row := given.get(rule.name))
            else rule
            for rule in self._before.columns
        )


def _rows(formset: Any) -> list[dict[str, Any]]:
    return [form.cleaned_data for form in formset.forms if form.cleaned_data]


def _figures(plan: Plan) -> dict[str, Any]:
    return {
        **{name: getattr(plan, name) for name in _FIGURES},
        "closed_days": "\n".join(f"{day.isoformat()} {name}".strip() for day, name in plan.closed_days),
        "script": format_script(plan.script),
    }


def _windows(plan: Plan) -> list[dict[str, Any]]:
    return [{"weekday": item.weekday, "opens": item.opens, "closes": item.closes} for item in plan.hours]


def _outcomes(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "outcome_id": item.outcome_id,
            "label": item.label,
            "kind": item.kind,
            "retry_min": item.retry_s // 60,
        }
        for item in plan.outcomes
    ]


def _retries(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"result": result, "retry_min": None if wait is None else wait // 60} for result, wait in plan.retries
    ]


def _columns(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"name": item.name, "label": item.label, "visible": item.visible, "question": item.question}
        for item in plan.columns
    ]
