use proptest::prelude::*;

use super::*;

fn secrets(add: impl FnOnce(&mut Secrets)) -> Secrets {
    let mut secrets = Secrets::default();
    add(&mut secrets);
    secrets.ready().unwrap()
}

fn one(secret: &str) -> Secrets {
    secrets(|s| s.add(secret, true))
}

#[test]
fn every_spelling_is_cut_out() {
    let known = one("p/Ä+sS \"w\"&<'>");
    for text in [
        "p/Ä+sS \"w\"&<'>",
        "p%2F%C3%84%2BsS%20%22w%22%26%3C%27%3E",
        "p%2f%c3%84%2bsS%20%22w%22%26%3c%27%3e",
        "p%2F%C3%84%2BsS+%22w%22%26%3C%27%3E",
        // As Go's and Python's JSON write it, and others.
        r#"p/Ä+sS \"w\"\u0026\u003c'\u003e"#,
        r#"p/\u00c4+sS \"w\"&<'>"#,
        r#"p\/\u00C4+sS \"w\"\u0026\u003C\u0027\u003E"#,
        // As Go's and Python's HTML write it, and others.
        "p/Ä&#43;sS &#34;w&#34;&amp;&lt;&#39;&gt;",
        "p/Ä+sS &quot;w&quot;&amp;&lt;&#x27;&gt;",
        "p&#x2F;&#xC4;&#x2b;sS &quot;w&quot;&amp;&lt;&#039;&gt;",
        // Twice.
        "p%252F%25C3%2584%252BsS%2520%2522w%2522%2526%253C%2527%253E",
        r#"p/Ä+sS \\\"w\\\"\\u0026\\u003c'\\u003e"#,
        "cC/DhCtzUyAidyImPCc+",
        "cC_DhCtzUyAidyImPCc-",
        "cC%2FDhCtzUyAidyImPCc%2B",
        r"cC\/DhCtzUyAidyImPCc+",
    ] {
        assert_eq!(known.cut_out(&format!("a {text} b")), "a [secret] b");
        assert_eq!(known.data(text), "[secret]");
    }
}

#[test]
fn base64_of_a_text_around_a_secret_has_nothing_of_it() {
    for secret in ["hunter2-s3cret", "Zß~?>>?>>", "s3cretABC1"] {
        let known = one(secret);
        for (before, after) in [
            ("", "ab"),
            ("a", ""),
            ("ann:", "!"),
            ("Bearer ", "???"),
            ("xy", ""),
        ] {
            let encoded = base64::encode(format!("{before}{secret}{after}").as_bytes());
            for text in [encoded.clone(), encoded.replace('+', "-").replace('/', "_")] {
                let cut = known.cut_out(&text).into_owned();
                let (left, right) = cut.split_once(INSTEAD).unwrap();
                let most = |text: &str| (text.len() * 4).div_ceil(3) + 1;
                assert!(left.len() <= most(before), "{text}: {cut}");
                assert!(right.len() <= most(after) + 2, "{text}: {cut}");
            }
        }
        let alone = base64::encode(secret.as_bytes());
        assert_eq!(known.cut_out(&format!("<{alone}>")), "<[secret]>");
    }
}

#[test]
fn basic_and_bearer_are_known_however_they_are_given() {
    // ann:hunter2-s3cret
    for known in [
        secrets(|s| s.add_basic("ann", "hunter2-s3cret")),
        secrets(|s| s.add_header("Authorization", "Basic YW5uOmh1bnRlcjItczNjcmV0")),
    ] {
        for text in [
            "hunter2-s3cret",
            "ann:hunter2-s3cret",
            "YW5uOmh1bnRlcjItczNjcmV0",
        ] {
            assert_eq!(known.cut_out(text), "[secret]");
            assert_eq!(known.data(text), "[secret]");
        }
        assert_eq!(known.cut_out("who is ann?"), "who is ann?");
    }
    let bearer =
        |token: &str| secrets(|s| s.add_header("authorization", &format!("Bearer {token}")));
    assert_eq!(
        bearer("abcdefghij").cut_out("Bearer: abcdefghij"),
        "Bearer: [secret]"
    );
    assert_eq!(bearer("t0k3").cut_out("what is t0k3?"), "what is [secret]?");
    let user = secrets(|s| s.add_basic("the-token", ""));
    assert_eq!(user.cut_out("no user the-token"), "no user [secret]");
}

#[test]
fn credentials_are_known_without_their_scheme_and_their_quotes() {
    for (name, value, echoed) in [
        (
            "Authorization",
            "Token token=\"s3cr3tvalue99\"",
            "s3cr3tvalue99",
        ),
        ("Authorization", "Token abc1234", "abc1234"),
        ("Authorization", "ApiKey s3cr3t7", "s3cr3t7"),
        (
            "Authorization",
            "Digest username=\"ann\", response=\"6629fae4\", qop=auth",
            "6629fae4",
        ),
        ("Authorization", "OAuth oauth_token='abcdef'", "abcdef"),
        (
            "Authorization",
            "Bearer eyJhbGci.eyJzdWIi.SflKxwRJ",
            "SflKxwRJ",
        ),
        ("Cookie", "theme=dark; sid=abc1234", "abc1234"),
        ("Cookie", "sid=\"abcdefgh1234\"", "abcdefgh1234"),
        ("X-Api-Key", "team:0123456789", "0123456789"),
    ] {
        let known = secrets(|s| s.add_header(name, value));
        let said = known.cut_out(&format!("no auth: {echoed}.")).into_owned();
        assert_eq!(said, "no auth: [secret].", "{name}: {value}");
    }
}

#[test]
fn data_keep_tenants_and_short_words() {
    let known = secrets(|s| {
        s.add_header("X-Scope-OrgID", "team-checkout");
        s.add_header("X-Other-OrgID", "inference.production:blue");
        s.add_header("X-Api-Key", "4pik3y-of-ours");
        s.add_basic("x", "admin");
    });
    for (text, in_data) in [
        ("team-checkout", "team-checkout"),
        ("admin", "admin"),
        ("4pik3y-of-ours", INSTEAD),
        ("x:admin", "x:admin"),
    ] {
        assert_eq!(known.cut_out(text), INSTEAD);
        assert_eq!(known.data(text), in_data);
    }
    assert_eq!(known.cut_out("in production"), "in production");
}

#[test]
fn short_ones_shred_no_text_and_nothing_is_left_of_long_ones() {
    let short = secrets(|s| {
        s.add_header("X", "a");
        s.add_header("X", "1 2");
    });
    assert_eq!(short.cut_out("a banana, 1 2 3"), "a banana, 1 2 3");
    let nested = secrets(|s| {
        s.add("abcd", true);
        s.add("abcdefgh", true);
    });
    assert_eq!(nested.cut_out("abcdefgh abcd"), "[secret] [secret]");
    assert_eq!(one("$1${x}.*").cut_out("<$1${x}.*>"), "<[secret]>");
}

#[test]
fn tokens_of_kilobytes_are_found() {
    let token: String = ('!'..='~').cycle().take(16 << 10).collect();
    let known = one(&token);
    assert_eq!(
        known.cut_out(&format!("no {token} here")),
        "no [secret] here"
    );
}

#[test]
fn nothing_is_shown_of_a_secret_that_is_cut_in_two() {
    let token: String = ('a'..='z').chain('0'..='9').cycle().take(3000).collect();
    let known = one(&token);
    // Many secrets make a long text short; the last one is cut where the look ends.
    for start in [0, 1, 500, 1023, 2999] {
        for count in [1, 20, 21, 22, 23, 24, 100] {
            let text = format!("{}{}", "-".repeat(start), token.repeat(count));
            let words = known.words(&text, 1024);
            assert!(words.len() <= 1024, "{start} {count}");
            let left = words.replace(INSTEAD, "").replace(['-', '…'], "");
            assert!(!left.contains("abc"), "{start} {count}: {left}");
        }
    }
    let text = format!("{} {token}", "x".repeat(1020));
    let words = known.words(&text, 1024);
    assert!(!words.contains("abc"), "{words}");
    assert_eq!(known.words("four five", 8), "four …");
    assert_eq!(known.words(&token, 8), INSTEAD);
}

proptest! {
    #[test]
    fn no_secret_is_left(secret in "\\PC{4,20}", before in "[a-c ]{0,8}", after in "[a-c ]{0,8}") {
        let known = one(&secret);
        let text = format!("{before}{secret}{after}");
        let cut = known.cut_out(&text).into_owned();
        prop_assert!(!cut.replace(INSTEAD, "\u{0}").contains(&secret), "{}", cut);
    }

    #[test]
    fn no_match_is_longer_than_the_longest(secret in "\\PC{4,20}") {
        let known = one(&secret);
        let escaped: String = secret.chars().map(|c| format!("&#x00000{:x};", u32::from(c))).collect();
        for text in [secret.clone(), escaped, base64::encode(secret.as_bytes())] {
            for found in known.words.iter().flat_map(|any| any.find_iter(&text)) {
                prop_assert!(found.len() <= known.longest);
            }
        }
    }
}
