//! What the command line asks for.

use anyhow::{Context, Result, bail};

use crate::mutants::modules::{CORE, Module, SAMPLED};

const USAGE: &str =
    "usage: cargo xtask mutants [core | sample] [--seed N] [--shard K/N] [--only TEXT]";
const SAMPLE_SIZE: usize = 60;

/// A set of mutants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// All of what decides.
    Core,
    /// Some of the rest.
    Sample {
        /// The same draw for the same seed and code.
        seed: u64,
        /// How many.
        size: usize,
    },
}

/// The arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) sets: Vec<Set>,
    /// `K/N`, from `0/N` on.
    pub(crate) shard: Option<String>,
    /// Only modules with this in their path.
    pub(crate) only: Option<String>,
}

impl Set {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Sample { .. } => "sample",
        }
    }

    pub(crate) fn modules(&self, only: Option<&str>) -> Vec<Module> {
        let all = match self {
            Self::Core => CORE,
            Self::Sample { .. } => SAMPLED,
        };
        let wanted = |module: &&Module| only.is_none_or(|only| module.path.contains(only));
        all.iter().filter(wanted).copied().collect()
    }
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let mut set = None;
        let mut seed = 1;
        let (mut shard, mut only) = (None, None);
        let mut args = args.iter().map(String::as_str);
        while let Some(arg) = args.next() {
            let mut value = || {
                args.next()
                    .with_context(|| format!("{arg} needs a value\n{USAGE}"))
            };
            match arg {
                "core" | "sample" => set = Some(arg),
                "--seed" => seed = value()?.parse().context("--seed is a whole number")?,
                "--shard" => shard = Some(is_shard(value()?)?.to_owned()),
                "--only" => only = Some(value()?.to_owned()),
                _ => bail!("{arg} is unknown\n{USAGE}"),
            }
        }
        let size = SAMPLE_SIZE;
        let mut sets = vec![Set::Core, Set::Sample { seed, size }];
        sets.retain(|one| set.is_none_or(|set| set == one.name()));
        Ok(Self { sets, shard, only })
    }

    /// Where a set's results go: shards do not overwrite each other.
    pub(crate) fn folder(&self, set: &Set) -> String {
        match &self.shard {
            Some(shard) => format!("{}-{}", set.name(), shard.replace('/', "-of-")),
            None => set.name().to_owned(),
        }
    }
}

fn is_shard(text: &str) -> Result<&str> {
    let numbers = text.split_once('/').and_then(|(k, n)| {
        let k: u32 = k.parse().ok()?;
        let n: u32 = n.parse().ok()?;
        Some((k, n))
    });
    match numbers {
        Some((k, n)) if k < n => Ok(text),
        _ => bail!("--shard {text}: of four shards, the first is 0/4 and the last 3/4"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Options> {
        let args: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn without_arguments_everything_is_tried() {
        let options = parse("").unwrap();
        let names: Vec<&str> = options.sets.iter().map(Set::name).collect();
        assert_eq!(names, ["core", "sample"]);
        assert_eq!(Set::Core.modules(None), CORE);
        assert_eq!(options.folder(&Set::Core), "core");
    }

    #[test]
    fn a_set_a_seed_a_shard_and_a_part_are_read() {
        let options = parse("sample --seed 7 --shard 3/4 --only wire").unwrap();
        let [set @ Set::Sample { seed: 7, size: 60 }] = options.sets.as_slice() else {
            panic!("{options:?}");
        };
        assert_eq!(options.folder(set), "sample-3-of-4");
        assert_eq!(set.modules(options.only.as_deref()).len(), 1);
        assert!(Set::Core.modules(Some("nowhere")).is_empty());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("--shard 4/4", "the last 3/4"),
            ("--shard 1", "0/4"),
            ("--seed x", "whole number"),
            ("--seed", "needs a value"),
            ("all", "all is unknown"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
