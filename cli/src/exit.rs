//! Exit codes.

use std::fmt;
use std::process::ExitCode;

use slo_core::report::Report;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: every SLO is met.
    Met,
    /// 1: at least one is not (or is at risk, with `--fail-on at-risk`).
    NotMet,
    /// 2: the arguments or a spec are wrong. Nothing was evaluated.
    Usage,
    /// 3: of at least one there is no verdict (no data, data that are too old, no backend), and none
    /// that has one is not met.
    NotEvaluated,
    /// 4: the result could not be written. It outweighs the verdict, which nobody has read.
    NotWritten,
}

impl Exit {
    /// What a report earns. A broken promise outweighs one that nothing is known of.
    #[must_use]
    pub fn of(report: &Report, fail_on_at_risk: bool) -> Self {
        let summary = &report.summary;
        if summary.non_compliant > 0 || (fail_on_at_risk && summary.at_risk > 0) {
            Self::NotMet
        } else if summary.stale > 0
            || summary.no_data > 0
            || summary.failed > 0
            || summary.total_slos == 0
        {
            Self::NotEvaluated
        } else {
            Self::Met
        }
    }

    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Met => 0,
            Self::NotMet => 1,
            Self::Usage => 2,
            Self::NotEvaluated => 3,
            Self::NotWritten => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why there is no report: a message with the exit code it ends in.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) exit: Exit,
    message: String,
}

impl Stop {
    /// The user can put it right: arguments, specs, files.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }

    /// Nothing is known.
    pub(crate) fn not_evaluated(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::NotEvaluated,
            message: message.to_string(),
        }
    }

    /// The result is not where it should be. An empty message where nobody needs to be told.
    pub(crate) fn not_written(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::NotWritten,
            message: message.to_string(),
        }
    }

    /// Whether there is something to say.
    pub(crate) fn speaks(&self) -> bool {
        !self.message.is_empty()
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use promql_client::Timestamp;

    use super::*;

    fn report(ok: usize, at_risk: usize, breached: usize, no_data: usize, failed: usize) -> Report {
        let mut report = Report::new(Timestamp::from_secs(0), &[]);
        report.summary.total_slos = ok + at_risk + breached + no_data + failed;
        report.summary.compliant = ok + at_risk;
        report.summary.at_risk = at_risk;
        report.summary.non_compliant = breached;
        report.summary.no_data = no_data;
        report.summary.failed = failed;
        report
    }

    #[test]
    fn the_worst_that_is_known_decides() {
        let code = |report, strict| Exit::of(&report, strict).code();
        assert_eq!(code(report(2, 0, 0, 0, 0), false), 0);
        assert_eq!(code(report(1, 1, 0, 0, 0), false), 0);
        assert_eq!(code(report(1, 1, 0, 0, 0), true), 1);
        assert_eq!(code(report(1, 0, 1, 0, 0), false), 1);
        assert_eq!(code(report(1, 0, 0, 1, 0), false), 3);
        assert_eq!(code(report(1, 0, 0, 0, 1), true), 3);
        assert_eq!(code(report(0, 0, 1, 1, 1), false), 1);
        assert_eq!(code(report(0, 1, 0, 1, 1), true), 1);
        assert_eq!(code(report(0, 1, 0, 1, 1), false), 3);
        // No verdict is no broken promise, however strictly it is asked; a broken one outweighs it.
        let stale = |ok, breached| {
            let mut report = report(ok, 0, breached, 0, 0);
            report.summary.total_slos += 1;
            report.summary.stale = 1;
            report
        };
        assert_eq!(code(stale(1, 0), false), 3);
        assert_eq!(code(stale(1, 0), true), 3);
        assert_eq!(code(stale(1, 1), false), 1);
        // Nothing evaluated is nothing proven.
        assert_eq!(code(report(0, 0, 0, 0, 0), false), 3);
    }
}
