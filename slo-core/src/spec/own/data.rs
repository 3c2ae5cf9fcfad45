//! `data`: what must be known of the window before there is a verdict.

use crate::data::{Coverage, DataRequirements};
use crate::spec::Finding;
use crate::spec::read::{Findings, Value};
use crate::spec::scalar::{coverage, duration};

/// Reads over what the document said for all SLOs.
pub(super) fn read(value: &Value<'_>, data: &mut DataRequirements, findings: &mut Findings) {
    let Some(mut map) = value.map(findings, "`max_age` and `min_coverage`") else {
        return;
    };
    if let Some(value) = map.get("max_age") {
        data.max_age = value.read(findings, "a duration such as 1h", duration);
    }
    if let Some(value) = map.get("min_coverage") {
        let expected = "a percentage above 0 and up to 100, such as 95%";
        data.min_coverage = value.read(findings, expected, coverage);
        if let Some(what) = data.min_coverage.and_then(Coverage::doubt) {
            value.warn(findings, Finding::Doubtful { what });
        }
    }
    map.deny_unknown(findings);
}
