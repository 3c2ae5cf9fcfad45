//! How a new rule gets a past.

use promql_client::expr::format_duration;

use super::RuleSet;
use crate::slo::Slo;

/// The commands that give new recordings their history, for a person to read and run.
///
/// A new recording starts empty, so for its first window every figure from it says too little. What
/// was scraped is still there: `promtool` evaluates the recording rules over the past and writes
/// blocks that Prometheus takes in.
#[must_use]
pub fn backfill(set: &RuleSet, slos: &[Slo], rule_file: &str) -> String {
    let longest = slos
        .iter()
        .map(|slo| slo.window.nominal())
        .max()
        .unwrap_or_default();
    let recordings = set
        .groups
        .iter()
        .filter(|g| g.name.ends_with(":recordings"))
        .count();
    format!(
        "# {recordings} recording groups, {longest} of history. START: now - {longest} (or the oldest \
         sample); END: when the rules were\n# loaded, at least 3 h ago (the head block must not overlap).\n\
         # RULES: a copy of {rule_file} with only its :recordings groups; promtool evaluates every recording \
         rule of a\n# file, and the alerts' burn rates need no past.\n\
         promtool tsdb create-blocks-from rules --start START --end END \\\n  --url http://PROMETHEUS:9090 --output-dir DATA RULES\n\
         # What remains of the budget is read from the first recordings, so once these are in place \
         (Prometheus\n# compacts them within its retention; start it with --storage.tsdb.allow-overlapping-blocks \
         on 2.38 and older), run the command again.\n",
        longest = format_duration(longest),
    )
}
