//! Errors of definitions: values that cannot be a promise.

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a definition was refused. Evaluation has its own type, [`crate::evaluate::Failure`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not an objective.
    #[error(
        "`{text}` is no objective: it must be above 0 % and below 100 %, with at most nine decimal places as a ratio"
    )]
    Objective {
        /// What was given.
        text: String,
    },
    /// Not a window.
    #[error("`{text}` is no window: {why}")]
    Window {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// An SLI that cannot be measured.
    #[error("the SLI cannot be measured: {why}")]
    Sli {
        /// What is wrong with it.
        why: String,
    },
    /// A name that Prometheus or a file could not carry.
    #[error("`{text}` is no name: {why}")]
    Name {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// An alerting policy that cannot work.
    #[error("the alerting policy cannot work: {why}")]
    Policy {
        /// What is wrong with it.
        why: String,
    },
    /// Not a share of a window's buckets.
    #[error("{percent} % is not a coverage: expected above 0 % and at most 100 %")]
    Coverage {
        /// What was given.
        percent: f64,
    },
}
