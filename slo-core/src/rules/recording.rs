//! The recording group: bad and total per bucket, and what remains of the budget.

use promql_client::Expr;
use promql_client::expr::{Function, call, count_over_time};

use super::{Group, Options, Rule, identity, own};
use crate::queries::{Queries, Recorded};
use crate::slo::Slo;

/// The metric that holds the objective, for dashboards.
pub(super) const OBJECTIVE: &str = "slo:objective:ratio";
/// The metric that holds what remains of the budget.
pub(super) const REMAINING: &str = "slo:error_budget_remaining:ratio";
/// The metric that holds the share of the window (of a calendar period, of its usual length) in which
/// the recordings ran.
pub(super) const RECORDED: &str = "slo:recorded:ratio";

pub(super) fn group(slo: &Slo, options: &Options) -> Group {
    let queries = Queries::new(slo)
        .extrapolated(options.extrapolation)
        .ending_before(options.recording_offset);
    let recorded = Recorded::new(slo);
    let record = |metric: &str, expr: Expr| Rule::Record {
        metric: metric.to_owned(),
        expr,
        labels: identity(slo),
    };
    let name = |selector: &promql_client::Selector| selector.metric.clone().unwrap_or_default();
    let present = queries
        .bucket_present()
        .map(|expr| record(&name(recorded.present()), expr));
    let in_doubt = queries
        .in_doubt(slo.sli.bucket())
        .map(|expr| record(&name(recorded.in_doubt()), expr.gt(0.0)));
    let mut rules: Vec<Rule> = present.into_iter().collect();
    rules.extend([
        record(&name(recorded.bad()), queries.bucket_bad()),
        record(&name(recorded.total()), queries.bucket_total()),
    ]);
    rules.extend(in_doubt);
    rules.push(record(
        OBJECTIVE,
        call(Function::Vector, [Expr::from(slo.objective.ratio())]),
    ));
    rules.push(super::info::info(slo));
    if slo.window.is_rolling() {
        rules.push(record(REMAINING, remaining(slo, &recorded)));
    }
    rules.push(record(RECORDED, ran(slo)));
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

/// How much of the window the group was evaluated in, 0 to 1.
fn ran(slo: &Slo) -> Expr {
    let window = slo.window.nominal();
    let evaluations = window.as_secs_f64() / slo.sli.bucket().as_secs_f64();
    let objective = own(slo, OBJECTIVE).range(window);
    let ratio = count_over_time(objective) / evaluations;
    // A range that is closed on both sides holds one more.
    call(Function::ClampMax, [ratio, Expr::from(1.0)])
}
