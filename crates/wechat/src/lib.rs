//! Placeholder until its first line of work lands.
