//! Counters less other counters, as total less good.

use std::collections::BTreeSet;

use promql_client::Expr;
use promql_client::expr::{BinaryOp, Function, MatchOp, Matching, call};

use super::counted::Counted;
use super::legs::Scope;
use crate::sli::Counter;

impl<'a> Scope<'a> {
    /// What the whole counted and its part did not.
    pub(super) fn difference(&self, of: &'a [Counter], minus: &'a [Counter]) -> Expr {
        self.sum(of, Counted::events) - self.part(of, minus)
    }

    /// What the part counted; nothing is no reason to lose the whole.
    pub(super) fn part(&self, of: &'a [Counter], minus: &'a [Counter]) -> Expr {
        let none = || self.sum(of, Counted::last) * 0.0;
        let seen = self.sum(minus, Counted::seen).or(none());
        let first = self.compared(of, minus, |scope| scope.first_of_part(of, minus));
        seen + first.or(none())
    }

    /// First values of one side that are in doubt, beyond those of the other side.
    pub(super) fn difference_in_doubt(&self, of: &'a [Counter], minus: &'a [Counter]) -> Expr {
        self.compared(of, minus, |scope| {
            let all = || scope.sum(of, Counted::in_doubt);
            let part = || scope.sum(minus, Counted::in_doubt);
            let apart = all().or(part() * 0.0) - part().or(all() * 0.0);
            call(Function::Abs, [apart])
        })
    }

    /// How much of the part's first values counts: all that the whole's do not leave in doubt. Good
    /// requests of which nobody knows whether they are new must not count as bad ones. But where the
    /// part would be more than the whole, they are old.
    fn first_of_part(&self, of: &'a [Counter], minus: &'a [Counter]) -> Expr {
        let none = self.sum(of, Counted::last) * 0.0;
        let [part, whole] = [minus, of].map(|side| self.sum(side, Counted::at_most));
        let fits = part.binary(BinaryOp::LessOrEqual, Matching::default(), whole);
        let first = self.sum(minus, Counted::first_values).and(fits);
        (first - self.sum(of, Counted::in_doubt).or(none)).gt(0.0)
    }

    /// Compares the two sides target by target, because what is in doubt on one target says nothing of
    /// another one; by groups where they are on different targets.
    fn compared(
        &self,
        of: &'a [Counter],
        minus: &'a [Counter],
        compare: impl for<'b> Fn(&Scope<'b>) -> Expr,
    ) -> Expr {
        if self.on_other_targets(of, minus) {
            return compare(self);
        }
        let mut labels = self.groups.to_vec();
        let others = self.counting.target_labels.iter();
        labels.extend(others.filter(|label| !self.groups.contains(label)).cloned());
        let by_target = Scope {
            groups: &labels,
            ..*self
        };
        self.sum_by(compare(&by_target))
    }

    /// Whether the selectors say so, as when a gateway counts all requests and a service the good ones.
    fn on_other_targets(&self, of: &[Counter], minus: &[Counter]) -> bool {
        self.counting.target_labels.iter().any(|label| {
            let (of, minus) = (values(of, label), values(minus, label));
            matches!((of, minus), (Some(of), Some(minus)) if of.is_disjoint(&minus))
        })
    }
}

/// The values of a label that counters are asked for; `None` where one of them may have any.
fn values<'a>(counters: &'a [Counter], label: &str) -> Option<BTreeSet<&'a str>> {
    let value = |counter: &'a Counter| {
        let mut matchers = counter.selector.matchers.iter();
        let equal = matchers.find(|m| m.name == label && m.op == MatchOp::Equal)?;
        Some(equal.value.as_str())
    };
    counters.iter().map(value).collect()
}
