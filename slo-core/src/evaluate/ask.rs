//! One run's questions: as many at once as are allowed, the same one only once.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use promql_client::{Expr, Hold, Selector, ServerInfo, Timestamp};

use super::grid::Grid;
use super::line::{Bounds, Line, Named, Numbers, Points};
use super::memo::Memo;
use super::turns::{Turn, Turns};

/// A backend for the length of one run.
pub(super) struct Run<'a> {
    line: Arc<Line<'a>>,
    turns: Arc<Turns>,
    instants: Memo<'a, String, Numbers>,
    ranges: Memo<'a, Range, Points>,
    series: Memo<'a, Range, Named>,
    bounds: Memo<'a, Selector, Bounds>,
}

/// A range query: text, start, step and steps.
type Range = (String, Timestamp, Duration, usize);

fn range(expr: &Expr, times: &Grid) -> Range {
    (expr.to_string(), times.start, times.step, times.steps)
}

impl<'a> Run<'a> {
    pub(super) fn new(line: Line<'a>) -> Self {
        Self {
            line: Arc::new(line),
            turns: Arc::default(),
            instants: Memo::default(),
            ranges: Memo::default(),
            series: Memo::default(),
            bounds: Memo::default(),
        }
    }

    /// Asks for one SLO, behind those that are being asked for.
    pub(super) fn asker(&self) -> Asker<'_, 'a> {
        Asker {
            run: self,
            turn: Turn::new(&self.turns),
        }
    }

    /// What the server says of itself; nothing depends on it but a remark.
    pub(super) async fn server_info(&self) -> Option<ServerInfo> {
        self.line.server_info().await
    }
}

/// Asks for one SLO, and holds the answers until it is dropped.
pub(super) struct Asker<'r, 'a> {
    run: &'r Run<'a>,
    turn: Turn,
}

impl Asker<'_, '_> {
    /// The numbers of an instant query at the pinned time.
    pub(super) async fn numbers(&self, what: &'static str, expr: &Expr) -> Numbers {
        let line = self.run.line.clone();
        let ask = |query: &String, hold: Arc<Hold>| {
            let query = query.clone();
            async move { line.numbers(what, &query, &hold).await }.boxed()
        };
        let memo = &self.run.instants;
        memo.get(expr.to_string(), &self.turn, ask).await
    }

    /// The values of a range query.
    pub(super) async fn points(&self, what: &'static str, expr: &Expr, times: Grid) -> Points {
        let line = self.run.line.clone();
        let ask = |(query, ..): &Range, hold: Arc<Hold>| {
            let query = query.clone();
            async move { line.points(what, &query, &times, &hold).await }.boxed()
        };
        let memo = &self.run.ranges;
        memo.get(range(expr, &times), &self.turn, ask).await
    }

    /// The label sets of a range query, in order.
    pub(super) async fn series(&self, what: &'static str, expr: &Expr, times: Grid) -> Named {
        let line = self.run.line.clone();
        let ask = |(query, ..): &Range, hold: Arc<Hold>| {
            let query = query.clone();
            async move { line.series(what, &query, &times, &hold).await }.boxed()
        };
        let memo = &self.run.series;
        memo.get(range(expr, &times), &self.turn, ask).await
    }

    /// The bounds of a classic histogram, ascending, `+Inf` included.
    pub(super) async fn bounds(&self, bucket: &Selector, since: Timestamp) -> Bounds {
        let line = self.run.line.clone();
        let ask = |bucket: &Selector, hold: Arc<Hold>| {
            let bucket = bucket.clone();
            async move { line.bounds(bucket, since, &hold).await }.boxed()
        };
        let memo = &self.run.bounds;
        memo.get(bucket.clone(), &self.turn, ask).await
    }
}
