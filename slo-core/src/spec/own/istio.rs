//! `istio`: a service of the mesh, and what its errors are.

use promql_client::expr::check_pattern;

use super::Defaults;
use crate::sli::{ClientGone, ErrorClasses, IstioService, Protocol, Reporter};
use crate::spec::error::Problem;
use crate::spec::read::{Findings, Map, Value};

/// gRPC's status codes, by number.
const GRPC: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// `istio`, `istio:` with nothing, or a mapping that says more.
pub(super) fn service(
    value: Option<&Value<'_>>,
    at: &Value<'_>,
    defaults: &Defaults,
    findings: &mut Findings,
) -> Option<IstioService> {
    let mut map = match value.filter(|value| !value.is_null()) {
        Some(value) => Some(value.map(findings, "a mapping, or nothing")?),
        None => None,
    };
    let mut text = |field| super::text(map.as_mut()?, field, findings);
    let (service, workload, namespace) = (text("service"), text("workload"), text("namespace"));
    let default = defaults
        .service
        .as_ref()
        .map(|name| name.as_str().to_owned());
    let namespace = namespace.or_else(|| defaults.namespace.clone());
    if namespace.is_none() {
        let why = "which namespace? give `namespace` here or beside `service`";
        value.unwrap_or(at).invalid(findings, why);
    }
    if service.is_some() && workload.is_some() {
        at.invalid(findings, "either `service` or `workload`, not both");
        return None;
    }
    let named = service.or(default);
    let complete = namespace.is_some() && (workload.is_some() || named.is_some());
    let namespace = namespace.unwrap_or_default();
    let mut istio = match workload {
        Some(workload) => IstioService::workload(workload, namespace),
        None => IstioService::service(named.unwrap_or_default(), namespace),
    };
    if let Some(mut map) = map {
        details(&mut map, &mut istio, findings);
        map.deny_unknown(findings);
    }
    // Without its name, the details were read for their errors alone.
    complete.then_some(istio)
}

fn details(map: &mut Map<'_>, istio: &mut IstioService, findings: &mut Findings) {
    if let Some(value) = map.get("reporter") {
        let reporter = |text: &str| match text {
            "destination" => Some(Reporter::Destination),
            "source" => Some(Reporter::Source),
            "waypoint" => Some(Reporter::Waypoint),
            _ => None,
        };
        let read = value.read(findings, "destination, source or waypoint", reporter);
        istio.reporter = read.unwrap_or_default();
    }
    if let Some(value) = map.get("protocol") {
        let protocol = |text: &str| match text {
            "http" => Some(Protocol::Http),
            "grpc" => Some(Protocol::Grpc),
            _ => None,
        };
        istio.protocol = value
            .read(findings, "http or grpc", protocol)
            .unwrap_or_default();
    }
    let errors = &mut istio.errors;
    if let Some(value) = map.get("http_errors") {
        let pattern = value.parse(findings, "a pattern such as 5..|0", http_pattern);
        errors.http = pattern.unwrap_or_default();
    }
    if let Some(value) = map.get("grpc_errors") {
        errors.grpc = grpc_codes(&value, findings);
        if istio.protocol == Protocol::Http {
            value.invalid(findings, "gRPC's codes are read with `protocol: grpc` only");
        }
    }
    if let Some(value) = map.get("client_gone") {
        let gone = |text: &str| match text {
            "good" => Some(ClientGone::Good),
            "bad" => Some(ClientGone::Bad),
            _ => None,
        };
        errors.client_gone = value
            .read(findings, "good or bad", gone)
            .unwrap_or_default();
    }
}

/// Checked by itself, not in a query: it is put together with others.
fn http_pattern(text: &str) -> Result<String, Problem> {
    check_pattern(text).map_err(|error| Problem::Invalid(error.to_string()))?;
    Ok(text.to_owned())
}

/// Names or numbers of gRPC's codes.
pub(super) fn grpc_codes(value: &Value<'_>, findings: &mut Findings) -> Vec<u8> {
    let expected = "a list of gRPC status codes, such as [UNAVAILABLE, 13]";
    let items = value.list(findings, expected).unwrap_or_default();
    if items.is_empty() {
        value.expected(findings, expected);
    }
    let code = |text: &str| {
        let number = GRPC
            .iter()
            .position(|name| *name == text)
            .or_else(|| text.parse().ok());
        number
            .filter(|n| *n < GRPC.len())
            .and_then(|n| u8::try_from(n).ok())
    };
    let read = |item: &Value<'_>| item.read(findings, "a gRPC status code", code);
    items.iter().filter_map(read).collect()
}

/// The codes that are errors by default.
pub(super) fn default_grpc_codes() -> Vec<u8> {
    ErrorClasses::default().grpc
}

/// As the gRPC libraries' own metrics write a code: `DeadlineExceeded`. They write `Canceled`.
pub(super) fn camel(code: u8) -> Option<String> {
    if code == 1 {
        return Some("Canceled".to_owned());
    }
    let name = GRPC.get(usize::from(code))?;
    if *name == "OK" {
        return Some((*name).to_owned());
    }
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    Some(name.split('_').map(word).collect())
}
