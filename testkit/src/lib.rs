//! Seeded histories with their truth, shared by the tests of this workspace.
