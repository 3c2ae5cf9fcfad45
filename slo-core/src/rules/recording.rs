//! The recording group: bad and total per bucket, and what remains of the budget.

use promql_client::Expr;

use super::{Group, Options, Rule, identity};
use crate::queries::{Queries, Recorded};
use crate::slo::Slo;

/// The metric that holds the objective, for dashboards.
const OBJECTIVE: &str = "slo:objective:ratio";
/// The metric that holds what remains of the budget.
pub(super) const REMAINING: &str = "slo:error_budget_remaining:ratio";

pub(super) fn group(slo: &Slo, options: &Options) -> Group {
    let queries = Queries::with(slo, options.extrapolation);
    let recorded = Recorded::new(slo);
    let record = |metric: &str, expr: Expr| Rule::Record {
        metric: metric.to_owned(),
        expr,
        labels: identity(slo),
    };
    let name = |selector: &promql_client::Selector| selector.metric.clone().unwrap_or_default();
    let mut rules = vec![
        record(&name(recorded.bad()), queries.bucket_bad()),
        record(&name(recorded.total()), queries.bucket_total()),
        record(
            OBJECTIVE,
            promql_client::expr::call(
                promql_client::expr::Function::Vector,
                [Expr::from(slo.objective.ratio())],
            ),
        ),
    ];
    if slo.window.is_rolling() {
        rules.push(record(REMAINING, remaining(slo, &recorded)));
    }
    Group {
        name: format!("slo:{}:{}:recordings", slo.service, slo.name),
        interval: slo.sli.bucket(),
        rules,
    }
}

/// `1 - (B / N) / e` over the whole window, from the recordings: some 8,640 samples a leg for 30 days.
fn remaining(slo: &Slo, recorded: &Recorded) -> Expr {
    let window = slo.window.nominal();
    let ratio = recorded.bad_over(window) / recorded.total_over(window).gt(0.0);
    Expr::from(1.0) - ratio / slo.objective.error_ratio()
}
