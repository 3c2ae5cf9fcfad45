//! Record what a backend answers, and answer it again without the backend.
//!
//! [`Recorder`] goes around any backend and keeps every request with its answer or error;
//! [`Recording`] is what it kept, in memory or as a file of JSON lines that people can read and edit;
//! [`Replay`] is a backend that answers from it. Answers are kept as the API's own JSON
//! (see [`crate::wire`]), so a body that was saved with `curl` can be pasted in.
//!
//! ```
//! use promql_client::replay::{Recorder, Recording, Replay};
//! use promql_client::{InstantOptions, MemoryBackend, PromQl, Timestamp};
//!
//! # futures::executor::block_on(async {
//! let at = InstantOptions::at(Timestamp::from_secs(1_700_000_000));
//! let recorder = Recorder::new(MemoryBackend::new());
//! let live = recorder.instant("vector(1)", &at).await;
//!
//! let lines = recorder.recording().to_json_lines();
//! let replay = Replay::new(Recording::from_json_lines(&lines)?);
//! let again = replay.instant("vector(1)", &at).await;
//! assert_eq!(format!("{live:?}"), format!("{again:?}"));
//! # Ok::<(), promql_client::replay::RecordingError>(())
//! # }).unwrap();
//! ```
//!
//! Requests match when query and options are equal, times included: pin the evaluation time, or two
//! runs never ask the same. What was asked several times with different outcomes is answered in the
//! order it was recorded; the last outcome then stays.

mod backend;
mod failure;
mod recorder;
mod recording;
mod request;

pub use backend::Replay;
pub use recorder::Recorder;
pub use recording::{Recording, RecordingError};
