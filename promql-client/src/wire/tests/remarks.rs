//! However much a server says, little is kept of it.

use std::time::{Duration, Instant};

use super::super::{decode, encode};
use crate::backend::{Answer, Completeness};
use crate::error::Error;

fn warned(warnings: &[String]) -> Answer<Vec<String>> {
    let quoted: Vec<_> = warnings.iter().map(|w| format!("{w:?}")).collect();
    let list = quoted.join(",");
    let body = format!(r#"{{"status":"success","warnings":[{list}],"infos":[{list}],"data":[]}}"#);
    decode(200, body.as_bytes()).unwrap()
}

#[test]
fn of_many_remarks_twenty_are_kept_and_the_others_counted() {
    for (count, kept, more) in [(0, 0, 0), (20, 20, 0), (21, 20, 1), (1000, 20, 980)] {
        let warnings: Vec<_> = (0..count).map(|i| format!("w{i}")).collect();
        let answer = warned(&warnings);
        for remarks in [&answer.warnings, &answer.infos] {
            assert_eq!(*remarks, warnings[..kept]);
        }
        assert_eq!(answer.remarks_left_out, 2 * more);
        // What was cut once is not cut again, and still counted.
        let again = decode::<Vec<String>>(200, encode(&answer).as_bytes()).unwrap();
        assert_eq!(again, answer);
        assert_eq!(again.map(drop).remarks_left_out, 2 * more);
    }
    // No other server's field of that name makes an answer unreadable.
    for other in ["-1", "1.5", "{}", "\"x\"", "99999999999999999999999"] {
        let body = format!(r#"{{"status":"success","remarksLeftOut":{other},"data":[]}}"#);
        let answer = decode::<Vec<String>>(200, body.as_bytes()).unwrap();
        assert_eq!(answer.remarks_left_out, 0, "{other}");
    }
}

#[test]
fn the_warning_that_data_is_missing_is_heard_wherever_it_stands() {
    let mut warnings: Vec<_> = (0..500).map(|i| format!("w{i}")).collect();
    assert_eq!(warned(&warnings).completeness, Completeness::Complete);
    warnings.push("results truncated due to limit".to_owned());
    assert_eq!(warned(&warnings).completeness, Completeness::Partial);
    let long = [format!("{} partial response", "x".repeat(5000))];
    assert_eq!(warned(&long).completeness, Completeness::Partial);
}

#[test]
fn a_hundred_thousand_remarks_take_little_time_and_memory() {
    let time = |count: usize| {
        let warnings: Vec<_> = (0..count).map(|i| format!("warning number {i}")).collect();
        let start = Instant::now();
        assert_eq!(warned(&warnings).warnings.len(), 20);
        start.elapsed()
    };
    // Generous: what grows with the square takes minutes.
    assert!(time(100_000) < Duration::from_secs(5));
}

#[test]
fn messages_are_cut_at_a_kilobyte() {
    for (length, cut) in [(1024, false), (1025, true), (300_000, true)] {
        let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
        let answer = warned(std::slice::from_ref(&text));
        let body = format!(r#"{{"status":"error","errorType":"{text}","error":"{text}"}}"#);
        let Err(Error::Api {
            error_type,
            message,
            ..
        }) = decode::<Vec<String>>(400, body.as_bytes())
        else {
            panic!("{length}");
        };
        for said in [&answer.warnings[0], &error_type, &message] {
            assert!(said.len() <= 1024, "{}", said.len());
            assert_eq!(said.ends_with('…'), cut, "{length}");
            assert!(text.starts_with(said.trim_end_matches('…')));
        }
    }
}
