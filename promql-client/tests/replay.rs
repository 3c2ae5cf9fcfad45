//! What is recorded comes back from a file exactly, errors included, and nothing else does.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::replay::{Recorder, Recording, RecordingError, Replay};
use promql_client::{
    Answer, Error, InstantOptions, Labels, MemoryBackend, PromQl, RangeOptions, Timestamp, Value,
};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn recorder() -> Recorder<MemoryBackend> {
    let backend = MemoryBackend::new();
    for i in 0..20i32 {
        let labels = Labels::from_pairs([("__name__", "up"), ("job", &format!("j\"{i}"))]);
        backend.push(&labels, NOW, f64::from(i) / 7.0);
    }
    backend.push(&Labels::from_pairs([("__name__", "odd")]), NOW, f64::NAN);
    Recorder::new(backend)
}

fn replayed(recording: &Recording) -> Replay {
    let again = Recording::from_json_lines(&recording.to_json_lines()).unwrap();
    assert_eq!(&again, recording);
    Replay::new(again)
}

#[test]
#[cfg(feature = "conformance")]
fn recorder_and_replay_pass_the_suite() {
    use promql_client::conformance;
    let end = Timestamp::from_secs(1_700_000_025);
    let backend = MemoryBackend::new();
    for series in conformance::dataset(end) {
        backend.push_series(&series);
    }
    let recorder = Recorder::new(backend);
    let live = block_on(conformance::check(&recorder, end)).unwrap();
    let replay = replayed(&recorder.recording());
    let again = block_on(conformance::check(&replay, end)).unwrap();
    assert!(!live.passed.is_empty());
    assert_eq!(live.passed, again.passed);
}

#[test]
fn a_file_keeps_answers_remarks_and_info() {
    let recorder = recorder();
    let at = InstantOptions::at(NOW);
    let range = RangeOptions::new(NOW, NOW, Duration::from_secs(15));
    let mut scripted = Answer::new(Value::String(NOW, "a\nb".to_owned()));
    scripted.warnings.push("a store said\u{7} no".to_owned());
    let inner = MemoryBackend::new();
    inner.script("scripted", scripted);
    let remarks = Recorder::new(inner);

    let path = std::env::temp_dir().join(format!("recording-{}.jsonl", std::process::id()));
    let ask = |backend: &dyn PromQl| {
        block_on(async {
            let odd = backend.instant("odd", &at).await;
            let up = backend.range("up", &range).await;
            format!("{odd:?} {up:?} {:?}", backend.server_info().await)
        })
    };
    let live = ask(&recorder);
    recorder.recording().save(&path).unwrap();
    let replay = Replay::new(Recording::load(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    assert!(live.contains("NaN"), "{live}");
    assert_eq!(ask(&replay), live);

    let live = block_on(remarks.instant("scripted", &at)).unwrap();
    let again = block_on(replayed(&remarks.recording()).instant("scripted", &at)).unwrap();
    assert_eq!(live, again);
    assert_eq!(again.warnings.len(), 1);
}

#[test]
fn every_error_comes_back() {
    let message = || "1:2: \"no\"".to_owned();
    let retry_after = Some(Duration::from_millis(1500));
    let errors = || {
        vec![
            Error::BadQuery { message: message() },
            Error::Execution { message: message() },
            Error::Timeout { message: message() },
            Error::NoAnswer { message: message() },
            Error::Canceled { message: message() },
            Error::Unavailable {
                status: 503,
                message: message(),
                retry_after,
            },
            Error::RateLimited {
                message: message(),
                retry_after,
            },
            Error::Unauthorized { status: 401 },
            Error::Api {
                error_type: "odd".to_owned(),
                status: 418,
                message: message(),
            },
            Error::NotPrometheus {
                status: 200,
                content_type: "text/html".to_owned(),
                snippet: message(),
            },
            Error::Redirected {
                status: 302,
                target: "https://x.example/login".to_owned(),
            },
            Error::Decode {
                offset: 7,
                message: message(),
            },
            Error::WrongTime {
                asked: message(),
                got: NOW,
            },
            Error::Tls { message: message() },
            Error::NoRuntime { message: message() },
            Error::TooLarge {
                limit_bytes: 1 << 40,
            },
            Error::Transport {
                message: message(),
                source: "refused".into(),
            },
            Error::Partial {
                warnings: vec![message()],
            },
            Error::Unsplittable { steps: 20_000 },
            Error::InvalidRequest { message: message() },
            Error::Unsupported { what: message() },
        ]
    };
    let backend = MemoryBackend::new();
    errors()
        .into_iter()
        .for_each(|error| backend.fail_next(error));
    let recorder = Recorder::new(backend);
    let at = InstantOptions::at(NOW);
    for error in errors() {
        let live = block_on(recorder.instant("up", &at)).unwrap_err();
        assert_eq!(live.to_string(), error.to_string());
    }
    // The same request with other outcomes: they come back in their order, and the last one stays.
    let replay = replayed(&recorder.recording());
    let last = errors().pop();
    for error in errors().into_iter().chain(last) {
        let again = block_on(replay.instant("up", &at)).unwrap_err();
        assert_eq!(again.to_string(), error.to_string());
        assert_eq!(again.kind(), error.kind());
        assert_eq!(again.class(), error.class());
        assert_eq!(again.retry_after(), error.retry_after());
    }
}

#[test]
fn what_was_not_recorded_is_refused_by_name() {
    let recorder = recorder();
    block_on(recorder.instant("up", &InstantOptions::at(NOW))).unwrap();
    let replay = replayed(&recorder.recording());
    let later = InstantOptions::at(NOW.plus(Duration::from_secs(1)));
    for (query, hint) in [("up", true), ("down", false)] {
        let error = block_on(replay.instant(query, &later)).unwrap_err();
        assert_eq!(error.kind(), "unsupported");
        let text = error.to_string();
        assert!(
            text.contains(&format!("instant `{query}` at 2023-11-14T22:13:21Z")),
            "{text}"
        );
        assert_eq!(text.contains("at other times"), hint, "{text}");
    }
    assert_eq!(
        block_on(replay.server_info()).unwrap_err().kind(),
        "unsupported"
    );
}

#[test]
fn the_order_of_concurrent_answers_does_not_show() {
    let queries: Vec<String> = (0..20).map(|i| format!("up{{job=\"j\\\"{i}\"}}")).collect();
    let ask = |recorder: &Recorder<MemoryBackend>, query: &String| {
        block_on(recorder.instant(query, &InstantOptions::at(NOW))).unwrap();
    };
    let together = Arc::new(recorder());
    std::thread::scope(|scope| {
        for query in &queries {
            let together = Arc::clone(&together);
            scope.spawn(move || ask(&together, query));
        }
    });
    let in_turn = recorder();
    queries.iter().rev().for_each(|query| ask(&in_turn, query));
    assert_eq!(together.recording().len(), queries.len());
    assert_eq!(
        together.recording().to_json_lines(),
        in_turn.recording().to_json_lines()
    );
}

#[test]
fn lines_are_the_api_s_json_and_may_be_written_by_hand() {
    let body = r#"{"status":"success","data":{"result":[1.5,"2"],"resultType":"scalar"}}"#;
    let lines = format!(
        "\n{}\n",
        format_args!(
            r#"{{"request":{{"call":"instant","of":"x","time_ms":1500}},"answer":{body}}}"#
        )
    );
    let recording = Recording::from_json_lines(&lines).unwrap();
    assert!(recording.to_json_lines().contains(body));
    let at = InstantOptions::at(Timestamp::from_millis(1500));
    let answer = block_on(Replay::new(recording).instant("x", &at)).unwrap();
    assert!(matches!(answer.data, Value::Scalar(point) if point.value == 2.0));

    for bad in [
        "{",
        r#"{"request":{"call":"instant"}}"#,
        r#"{"request":{"call":"instant","tiem_ms":1},"answer":{}}"#,
        r#"{"request":{"call":"instant"},"error":{"kind":"unheard_of"}}"#,
    ] {
        let text = format!("{}{bad}", lines.trim_start());
        let error = Recording::from_json_lines(&text).unwrap_err();
        assert!(
            matches!(error, RecordingError::Line { line: 2, .. }),
            "{bad}: {error}"
        );
    }
    let missing = Recording::load("/no/such/file").unwrap_err();
    assert!(missing.to_string().contains("/no/such/file"), "{missing}");
}
