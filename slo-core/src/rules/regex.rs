//! Regular expressions and durations that the parser here takes and Prometheus doesn't: its language is
//! RE2's, and its durations are counted in nanoseconds.

use std::time::Duration;

use promql_client::Selector;
use promql_client::expr::{Expr, MatchOp};
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    Ast, ClassSetItem, ClassUnicode, ClassUnicodeKind, Flag, Flags, FlagsItemKind, GroupKind,
    HexLiteralKind, Literal, LiteralKind, RepetitionKind, RepetitionRange, Visitor, visit,
};

/// No duration of Prometheus is longer: about 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);
/// RE2 repeats nothing more often.
const REPEATED: u32 = 1000;

/// Why Prometheus refuses an expression that was read here.
pub(crate) fn refused(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Instant { selector, offset } => of_selector(selector).or_else(|| long(*offset)),
        Expr::Range(range) => of_selector(&range.selector)
            .or_else(|| long(range.range))
            .or_else(|| long(range.offset)),
        Expr::Subquery {
            expr,
            range,
            step,
            offset,
        } => refused(expr)
            .or_else(|| long(*range))
            .or_else(|| long(*offset))
            .or_else(|| step.and_then(long)),
        Expr::Call { args, .. } => args.iter().find_map(refused),
        Expr::Aggregate { expr, .. } | Expr::Negate(expr) => refused(expr),
        Expr::Binary { lhs, rhs, .. } => refused(lhs).or_else(|| refused(rhs)),
        _ => None,
    }
}

fn long(duration: Duration) -> Option<String> {
    (duration > LONGEST).then(|| "a duration is longer than 292 years".to_owned())
}

fn of_selector(selector: &Selector) -> Option<String> {
    let is_regex = |op| matches!(op, MatchOp::Regex | MatchOp::NotRegex);
    let patterns = selector.matchers.iter().filter(|m| is_regex(m.op));
    patterns.map(|m| &m.value).find_map(|pattern| {
        let why = pattern_refused(pattern)?;
        Some(format!("Prometheus refuses the pattern `{pattern}`: {why}"))
    })
}

/// Why RE2 refuses a pattern that is one here.
pub(crate) fn pattern_refused(pattern: &str) -> Option<&'static str> {
    // What is no pattern for Rust either was refused before.
    let ast = Parser::new().parse(pattern).ok()?;
    visit(&ast, Refusals { times: vec![1] }).err()
}

/// Walks along a pattern and stops where RE2 does.
struct Refusals {
    /// How often what stands here is repeated, by the repetitions around it.
    times: Vec<u32>,
}

impl Visitor for Refusals {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), &'static str> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), &'static str> {
        match ast {
            Ast::Repetition(repetition) => {
                if matches!(*repetition.ast, Ast::Repetition(_)) {
                    return Err("it repeats a repetition");
                }
                let around = self.times.last().copied().unwrap_or(1);
                let times = around.saturating_mul(times(&repetition.op.kind));
                self.times.push(times);
                if times > REPEATED {
                    return Err("it repeats something more than 1000 times");
                }
                Ok(())
            }
            Ast::Flags(set) => flags(&set.flags),
            Ast::Group(group) => match &group.kind {
                GroupKind::NonCapturing(set) => flags(set),
                _ => Ok(()),
            },
            Ast::Literal(literal) => is_literal(literal),
            Ast::ClassUnicode(class) => is_class(class),
            _ => Ok(()),
        }
    }

    fn visit_post(&mut self, ast: &Ast) -> Result<(), &'static str> {
        if matches!(ast, Ast::Repetition(_)) {
            self.times.pop();
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), &'static str> {
        match item {
            ClassSetItem::Literal(literal) => is_literal(literal),
            ClassSetItem::Range(range) => {
                is_literal(&range.start).and_then(|()| is_literal(&range.end))
            }
            ClassSetItem::Unicode(class) => is_class(class),
            _ => Ok(()),
        }
    }
}

fn times(kind: &RepetitionKind) -> u32 {
    match kind {
        RepetitionKind::Range(RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n)) => *n,
        RepetitionKind::Range(RepetitionRange::Bounded(_, n)) => *n,
        _ => 1,
    }
    .max(1)
}

fn flags(flags: &Flags) -> Result<(), &'static str> {
    let known = |flag: &Flag| {
        let known = [
            Flag::CaseInsensitive,
            Flag::MultiLine,
            Flag::DotMatchesNewLine,
            Flag::SwapGreed,
        ];
        known.contains(flag)
    };
    let unknown = flags.items.iter().any(|item| match &item.kind {
        FlagsItemKind::Flag(flag) => !known(flag),
        FlagsItemKind::Negation => false,
    });
    if unknown {
        return Err("RE2 has the flags i, m, s and U only");
    }
    Ok(())
}

fn is_literal(literal: &Literal) -> Result<(), &'static str> {
    let kind = match &literal.kind {
        LiteralKind::HexFixed(kind) | LiteralKind::HexBrace(kind) => kind,
        _ => return Ok(()),
    };
    match kind {
        HexLiteralKind::X => Ok(()),
        _ => Err("RE2 has no escapes \\u and \\U: write \\x{...}"),
    }
}

/// Categories by their short names, and scripts. Other properties are unknown to RE2.
fn is_class(class: &ClassUnicode) -> Result<(), &'static str> {
    const OTHERS: [&str; 12] = [
        "Alphabetic",
        "Uppercase",
        "Lowercase",
        "Emoji",
        "Letter",
        "Mark",
        "Number",
        "Punctuation",
        "Symbol",
        "Separator",
        "Other",
        "ASCII",
    ];
    let known = match &class.kind {
        ClassUnicodeKind::OneLetter(letter) => "LMNPSZC".contains(*letter),
        ClassUnicodeKind::Named(name) => {
            name.starts_with(|c: char| c.is_ascii_uppercase()) && !OTHERS.contains(&name.as_str())
        }
        ClassUnicodeKind::NamedValue { .. } => false,
    };
    if known {
        return Ok(());
    }
    Err("RE2 has no class of characters of such a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_re2_takes() {
        for pattern in [
            "5..|0",
            "/api/v\\d+/.*",
            "(?i)a(?s-m:b)(?U)c",
            "a{1000}b{0}c{1,5}?d*?e??f+",
            "(a{10}){100}",
            "\\x41\\x{1F600}\\pL\\p{Lu}\\p{Greek}\\P{L}",
            "(?P<a>x)[[:alpha:]\\d\\x41-\\x42]",
            "",
        ] {
            assert_eq!(pattern_refused(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_re2_refuses() {
        for pattern in [
            "a**",
            "a++",
            "a*??",
            "a{2}{3}",
            "a{1001}",
            "a{1,1001}",
            "(a{100}){11}",
            "((a{10}){10}){11}",
            "(?x) a",
            "(?u)a",
            "(?-u:a)",
            "(?R)a",
            "\\u0041",
            "\\u{61}",
            "[\\u0041]",
            "[a-\\u0062]",
            "\\p{Alphabetic}",
            "\\p{sc=Greek}",
            "\\p{lu}",
            "[\\p{Emoji}]",
        ] {
            assert!(pattern_refused(pattern).is_some(), "{pattern}");
        }
    }

    #[test]
    fn looks_everywhere_in_an_expression() {
        for (query, words) in [
            ("x{a=~\"b**\"}", "`b**`"),
            ("sum by (a) (rate(x{a!~\"b{2000}\"}[5m])) / 2", "1000 times"),
            ("1 - max_over_time(x{a=~\"(?x)\"}[5m:1m])", "flags"),
            ("-x offset 300y", "292 years"),
            ("rate(x[5m] offset 300y)", "292 years"),
            ("sum_over_time(x[300y])", "292 years"),
            ("sum_over_time(x[300y:1m])", "292 years"),
        ] {
            let why = refused(&Expr::parse(query).unwrap()).unwrap();
            assert!(why.contains(words), "{query}: {why}");
        }
        let fine = "sum(rate(x{a=~\"b.*\"}[5m] offset 1y)) / on (a) y{b!~\"c|d\"}";
        assert_eq!(refused(&Expr::parse(fine).unwrap()), None);
    }
}
