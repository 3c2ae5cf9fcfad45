//! The info series: what an SLO is called and labelled, for dashboards that group by a team.

use promql_client::Expr;
use promql_client::expr::{Function, call};

use super::{Rule, identity};
use crate::slo::Slo;

/// 1, with the SLO's own labels. Other series have `service` and `slo` alone, and get the rest by
/// `* on (service, slo) group_left (team) slo:info`.
pub(super) const INFO: &str = "slo:info";

pub(super) fn info(slo: &Slo) -> Rule {
    let mut labels = slo.labels.clone();
    // What an SLO that was made by hand calls `service` is not its service.
    labels.extend(identity(slo));
    Rule::Record {
        metric: INFO.to_owned(),
        expr: call(Function::Vector, [Expr::from(1.0)]),
        labels,
    }
}
