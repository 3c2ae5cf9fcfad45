//! Regular expressions of matchers: what we refuse is what promtool refuses, of twenty thousand random ones.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use e2e::{Generation, promtool};
use promql_client::expr::{Needs, check_pattern};
use promql_client::{Expr, Selector};
use testkit::Rng;

const PATTERNS: usize = 20_000;
/// What patterns are put together from: whatever means something, to one engine or another.
const PIECES: &str = r"a b é 5.. /api - _ ( ( ) ) | | * + ? *? {2} {0} {2,} {1,3} {,5} {01} {3,2} {1001} {500} {4} {id}
    { } ^ $ . [ ] [^ [a-c] [a--b] [c-a] []a] [^]] [[:alpha:]] [[:^word:]] [[:what:]] [\d-z] [a-\d] [a&&b] [[a]b]
    \ \d \W \b \B \A \z \Z \C \Q \E \0 \1 \12 \777 \x41 \x4 \x{1F600} \x{110000} \x{} \u0041 \- \< \é \n \a \e
    \pL \pX \p{Greek} \P{^Lu} \p{IsGreek} \p{lu} \p{LC} \p{Kawi} \p{Letter} \p{Any} \p{Grek} \p{
    (?i) (?i: (?x) (?-s: (?P<n> (?P<é> (?<n> (?=";

#[test]
fn are_refused_where_promtool_refuses_them() {
    let pieces: Vec<&str> = PIECES.split_whitespace().collect();
    let mut rng = Rng::seeded(7);
    let mut pattern = || {
        let length = 1 + rng.below(5);
        let piece = |_| pieces[rng.below(pieces.len() as u64) as usize];
        (0..length).map(piece).collect::<String>()
    };
    let patterns: Vec<String> = (0..PATTERNS).map(|_| pattern()).collect();
    for generation in Generation::ALL {
        let refused = refused_by_promtool(generation, &patterns);
        let ours = |pattern: &str| check_pattern(pattern).is_err() || is_new(generation, pattern);
        let mut other: Vec<&str> = Vec::new();
        for (i, pattern) in patterns.iter().enumerate() {
            if ours(pattern) != refused.contains(&i) {
                other.push(pattern);
            }
        }
        other.truncate(20);
        assert_eq!(other, [""; 0], "{generation:?}");
        let share = refused.len() as f64 / patterns.len() as f64;
        assert!((0.2..0.85).contains(&share), "{generation:?}: {share}");
    }
}

/// Whether Prometheus 2 refuses what 3 takes.
fn is_new(generation: Generation, pattern: &str) -> bool {
    let query = Expr::from(Selector::metric("x").re("a", pattern));
    generation == Generation::Two && Needs::of(&query).prometheus_3.is_some()
}

/// Which of the patterns promtool refuses: it names every rule that it cannot read.
fn refused_by_promtool(generation: Generation, patterns: &[String]) -> BTreeSet<usize> {
    let mut text = "groups:\n- name: g\n  rules:\n".to_owned();
    for (i, pattern) in patterns.iter().enumerate() {
        let query = Selector::metric("x").re("a", pattern.as_str()).instant();
        let query = serde_json::to_string(&query.to_string()).unwrap();
        writeln!(text, "  - {{record: 'p:{i}:x', expr: {query}}}").unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.yaml");
    std::fs::write(&file, text).unwrap();
    let said = promtool::check_rules(generation, &file).unwrap_err();
    let said = format!("{said:#}");
    let numbers = said.split("\"p:").skip(1);
    let number = |rest: &str| rest.split(':').next()?.parse().ok();
    numbers.filter_map(number).collect()
}
