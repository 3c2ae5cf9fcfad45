//! What recordings save: thirty days from them touch a twentieth of the samples, and their history is
//! made by promtool as [`slo_core::rules::backfill`] says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use e2e::{END, Generation, Options, Prometheus, post_form, promtool, run_dir, say};
use promql_client::expr::{increase, sum};
use promql_client::{Expr, Labels, Selector, Series, Timestamp};
use slo_core::queries::Recorded;
use slo_core::rules::{self, Rule, RuleSet};
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, Window};
use testkit::DayNight;

const SCRAPE: Duration = Duration::from_secs(15);
const DAYS: u32 = 30;
const DAY: Duration = Duration::from_secs(86_400);
const BUCKET: Duration = Duration::from_secs(300);

#[test]
fn thirty_days_from_recordings_touch_a_twentieth_of_the_samples() {
    let traffic = DayNight::new(DAYS, SCRAPE);
    let start = END.minus(traffic.length());
    let work = tempfile::tempdir_in(run_dir().unwrap()).unwrap();
    let text = work.path().join("history.txt");
    write_history(&text, &traffic, start);
    let slo = slo();
    let mut set = rules::generate(std::slice::from_ref(&slo), &rules::Options::default());
    // The alerts' burn rates need no past.
    set.groups.retain(|g| g.name.ends_with(":recordings"));
    let file = work.path().join("rules.yaml");
    fs::write(&file, set.to_prometheus_yaml()).unwrap();

    std::thread::scope(|scope| {
        for generation in Generation::ALL {
            let (work, text, file) = (work.path(), &text, &file);
            let (slo, set, traffic) = (&slo, &set, &traffic);
            scope.spawn(move || {
                let data = work.join(format!("{generation:?}"));
                promtool::create_blocks(generation, text, &data).unwrap();
                // The last recording is up to a bucket late.
                let now = END.plus(BUCKET);
                for from in [start, now.minus(DAY)] {
                    // The second time what remains of the budget is read from the first.
                    let server = serve(generation, &data);
                    let url = server.url();
                    promtool::backfill(generation, &url, (from, now), &data, file).unwrap();
                }
                let server = serve(generation, &data);
                let remaining = expr_of(set, "slo:error_budget_remaining:ratio");
                compare(&server, slo, traffic, now, &remaining);
            });
        }
    });
}

fn compare(server: &Prometheus, slo: &Slo, traffic: &DayNight, now: Timestamp, remaining: &Expr) {
    let generation = server.generation();
    let recorded = Recorded::new(slo);
    let length = traffic.length();
    for (leg, truth) in [
        (recorded.bad_over(length + DAY), traffic.bad()),
        (recorded.total_over(length + DAY), traffic.total()),
    ] {
        let counted = ask(server, &leg, now).value / truth as f64;
        assert!(
            (counted - 1.0).abs() < 1e-4,
            "{generation:?} {leg}: {counted}"
        );
    }

    let buckets = length.as_secs() / BUCKET.as_secs();
    let scrapes = length.as_secs() / SCRAPE.as_secs();
    // 2.x counts a sample on the window's start, too.
    let is = |samples: u64, expected: u64| (expected - 2..=expected + 1).contains(&samples);

    let raw = |metric: &str| sum(increase(Selector::metric(metric).range(length)));
    for (recorded, raw) in [
        (recorded.bad_over(length), raw("errors_total")),
        (recorded.total_over(length), raw("requests_total")),
    ] {
        // The raw history ends at END, the recordings one bucket later.
        let (recorded, raw) = (ask(server, &recorded, now), ask(server, &raw, END));
        say(format_args!(
            "{generation:?} one leg: recorded {recorded:?}, raw {raw:?}"
        ));
        assert!(is(recorded.samples, buckets), "{generation:?} {recorded:?}");
        assert!(is(raw.samples, scrapes), "{generation:?} {raw:?}");
    }

    let budget = slo.objective.error_ratio();
    let ratio = raw("errors_total") / raw("requests_total").gt(0.0);
    let raw = ask(server, &(Expr::from(1.0) - ratio / budget), END);
    let recorded = ask(server, remaining, now);
    say(format_args!(
        "{generation:?} what remains: recorded {recorded:?}, raw {raw:?}"
    ));
    assert!(
        is(recorded.samples / 2, buckets),
        "{generation:?} {recorded:?}"
    );
    assert!(is(raw.samples / 2, scrapes), "{generation:?} {raw:?}");
    let truth = 1.0 - traffic.bad() as f64 / traffic.total() as f64 / budget;
    for answer in [&recorded, &raw] {
        assert!(
            (answer.value / truth - 1.0).abs() < 1e-3,
            "{answer:?} {truth}"
        );
    }
    // And it was recorded.
    let metric = Selector::metric("slo:error_budget_remaining:ratio").instant();
    let written = ask(server, &metric, now).value;
    assert!((written / truth - 1.0).abs() < 1e-3, "{written} {truth}");
}

#[derive(Debug)]
struct Cost {
    value: f64,
    samples: u64,
    /// For a person; the server's own figure.
    #[allow(dead_code, reason = "printed")]
    seconds: f64,
}

fn ask(server: &Prometheus, expr: &Expr, at: Timestamp) -> Cost {
    let (query, time) = (expr.to_string(), at.as_secs_f64().to_string());
    let fields = [("query", &*query), ("time", &*time), ("stats", "all")];
    let reply = post_form(server.address(), "/api/v1/query", &fields).unwrap();
    let json = reply.json().unwrap();
    let at = |path: &str| {
        json.pointer(path)
            .unwrap_or_else(|| panic!("{query}: {json}"))
    };
    assert_eq!(at("/data/result").as_array().unwrap().len(), 1, "{query}");
    Cost {
        value: at("/data/result/0/value/1")
            .as_str()
            .unwrap()
            .parse()
            .unwrap(),
        samples: at("/data/stats/samples/totalQueryableSamples")
            .as_u64()
            .unwrap(),
        seconds: at("/data/stats/timings/evalTotalTime").as_f64().unwrap(),
    }
}

fn serve(generation: Generation, data: &Path) -> Prometheus {
    let options = Options {
        data: Some(data.to_owned()),
        ..Options::default()
    };
    Prometheus::start(generation, &options).unwrap()
}

fn expr_of(set: &RuleSet, name: &str) -> Expr {
    let mut rules = set.groups.iter().flat_map(|group| &group.rules);
    let found = rules.find_map(|rule| match rule {
        Rule::Record { metric, expr, .. } if metric == name => Some(expr.clone()),
        _ => None,
    });
    found.unwrap()
}

fn slo() -> Slo {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad = Selector::metric("errors_total").eq("job", "api");
    let bad = Counter::new(bad).witnessed_by(total.clone());
    let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
    Slo::new(
        Name::new("api").unwrap(),
        Name::new("availability").unwrap(),
        "99".parse().unwrap(),
        Window::days(DAYS).unwrap(),
        Sli::Events(sli),
    )
}

fn write_history(path: &Path, traffic: &DayNight, start: Timestamp) {
    let labels = |name| Labels::from_pairs([("__name__", name), ("job", "api"), ("instance", "a")]);
    let series = traffic.series(start, labels("requests_total"), labels("errors_total"));
    let mut out = BufWriter::new(File::create(path).unwrap());
    for (family, Series { labels, points, .. }) in ["requests", "errors"].iter().zip(&series) {
        writeln!(out, "# TYPE {family} counter").unwrap();
        for point in points {
            let time = point.timestamp.as_millis() / 1000;
            writeln!(out, "{labels} {} {time}", point.value).unwrap();
        }
    }
    writeln!(out, "# EOF").unwrap();
    out.flush().unwrap();
}
