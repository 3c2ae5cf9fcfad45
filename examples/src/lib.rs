//! Short programs, one idea each: see the README beside this package.
