use super::*;

fn new(pattern: &str) -> Option<String> {
    read(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"))
}

#[test]
fn takes_what_re2_takes() {
    for pattern in [
        "",
        "5..|0",
        "/api/v\\d+/.*",
        "/api/{id}/x",
        "a{,5}b{01}c{1,2,3}{",
        "(?i)a(?s-m:b)(?U)c(?)",
        "a{1000}b{0}c{1,5}?d*?e??f+",
        "(a{10}){100}",
        "((a{600}){0}){2}",
        "^*$+a(?i)*",
        "(|a)*()*a||",
        "\\x41\\x{1F600}\\x{000000041}\\0\\12\\777\\_\\-\\ \\\"",
        "\\pL\\p{Lu}\\p{Greek}\\P{^L}\\p{Old_Italic}\\p{Any}",
        "\\Qa(b\\E*c\\Q[\\E",
        "(?P<a_1>x)[[:alpha:]\\d\\x41-\\x42][]a-][^]][a-b-c][[:x][\\--a]",
        "\\A\\b\\B\\z\\a\\f\\n\\r\\t\\v",
        "é{2}",
    ] {
        assert_eq!(new(pattern), None, "{pattern}");
    }
}

#[test]
fn refuses_what_re2_refuses() {
    for pattern in [
        "5..)|(4..",
        "a)(b",
        "(a",
        "a**",
        "a++",
        "a*??",
        "a{2}{3}",
        "/{id}/x**",
        "*a",
        "(*a)",
        "a|*",
        "a{1001}",
        "a{1,1001}",
        "a{0,1001}",
        "a{1001,}",
        "a{99999999999}",
        "a{2,1}",
        "/{id}/a{1001}",
        "(a{100}){11}",
        "((a{10}){10}){11}",
        "((a{100})*){11}",
        "(?x) a",
        "/{id}/(?x)a",
        "(?u)a",
        "(?-u:a)",
        "(?-)",
        "(?i--s:a)",
        "(?i",
        "(?=a)",
        "(?<!a)",
        "(?P=a)",
        "(?P<é>x)",
        "(?P<a.b>x)",
        "(?P<>x)",
        "(?P<a",
        "\\",
        "\\u0041",
        "\\u{61}",
        "\\1",
        "\\8",
        "\\C",
        "\\Z",
        "\\é",
        "\\x4",
        "\\x{}",
        "\\x{110000}",
        "\\x{41",
        "[\\u0041]",
        "[a-\\u0062]",
        "[a--b]",
        "[b-a]",
        "[a-\\d]",
        "[a",
        "[",
        "[^]",
        "[[:alpah:]]",
        "\\p{IsGreek}",
        "\\p{Alphabetic}",
        "\\p{sc=Greek}",
        "\\p{Grek}",
        "\\p{greek}",
        "\\p{Letter}",
        "\\p{lu}",
        "\\p{",
        "\\p",
        "\\pX",
        "[\\p{Emoji}]",
    ] {
        assert!(read(pattern).is_err(), "{pattern}");
        assert!(check_pattern(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn what_only_newer_ones_take_is_named() {
    for (pattern, what) in [
        ("(?<a>x)", "(?<a>...) instead of (?P<a>...)"),
        ("\\p{LC}", "the class \\p{LC}"),
        ("[\\P{Cn}]", "the class \\p{Cn}"),
        ("\\p{Kawi}", "the class \\p{Kawi}"),
        ("a\\Qb(", "a \\Q without an \\E"),
    ] {
        assert_eq!(new(pattern).as_deref(), Some(what), "{pattern}");
    }
}

#[test]
fn long_patterns_are_cut_in_errors() {
    let said = check_pattern(&format!("{}(", "a".repeat(10_000))).unwrap_err();
    assert!(said.to_string().len() < 400, "{said}");
}
