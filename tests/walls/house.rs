//! The house as the walls see it: who needs whom, and what the code says.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// One source file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The folder of its crate, or its path for what stands in none.
    pub(crate) room: String,
    pub(crate) text: String,
}

/// All packages and sources.
#[derive(Debug, Clone)]
pub(crate) struct House {
    /// Normal dependencies of each package.
    pub(crate) needs: BTreeMap<String, Vec<String>>,
    pub(crate) sources: Vec<Source>,
}

impl House {
    /// This one.
    pub(crate) fn read() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Vec::new();
        for folder in ["crates", "src"] {
            gather(&root, &root.join(folder), &mut sources);
        }
        Self {
            needs: packages(&root),
            sources,
        }
    }

    /// Rooms whose code says one of these words.
    pub(crate) fn who_says(&self, words: &[&str]) -> Vec<&str> {
        let says = |source: &&Source| {
            code(&source.text).any(|line| words.iter().any(|word| line.contains(word)))
        };
        let mut rooms: Vec<&str> = self
            .sources
            .iter()
            .filter(says)
            .map(|source| source.room.as_str())
            .collect();
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    /// Calls of these macros of a crate.
    pub(crate) fn calls<'a>(&'a self, path: &str, words: &[&'a str]) -> Vec<Call<'a>> {
        let mut found = Vec::new();
        for source in &self.sources {
            let text = &source.text[..code_ends(&source.text)];
            for word in words {
                for (at, begun) in text.match_indices(&format!("{path}{word}!(")) {
                    let text = &text[at + begun.len()..];
                    let end = text.find(';').unwrap_or(text.len());
                    let text = &text[..end];
                    found.push(Call { word, text });
                }
            }
        }
        found
    }

    /// Packages that need another one.
    pub(crate) fn who_needs(&self, need: &str) -> Vec<&str> {
        self.needs
            .iter()
            .filter(|(_, needs)| needs.iter().any(|one| one == need))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

fn packages(root: &Path) -> BTreeMap<String, Vec<String>> {
    let out = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root)
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&out.stdout).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let name = package["name"].as_str().expect("a name").to_owned();
            let needs = package["dependencies"].as_array().expect("dependencies");
            let normal = needs.iter().filter(|one| one["kind"].is_null());
            (
                name,
                normal
                    .map(|one| one["name"].as_str().expect("a name").to_owned())
                    .collect(),
            )
        })
        .collect()
}

/// Rust sources below a folder, tests left out.
fn gather(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(
                name.as_str(),
                "target" | "node_modules" | "tests" | "examples" | "ui"
            ) {
                gather(root, &path, found);
            }
        } else if name.ends_with(".rs") && !name.contains("test") {
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let inside = inside.to_string_lossy().into_owned();
            let room = match inside.strip_prefix("crates/") {
                Some(rest) => rest.split('/').next().unwrap_or_default().to_owned(),
                None => inside,
            };
            let text = std::fs::read_to_string(&path).expect("text");
            found.push(Source { room, text });
        }
    }
}

/// A call of a macro, up to the end of its statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) word: &'a str,
    pub(crate) text: &'a str,
}

/// Where the test module begins.
fn code_ends(text: &str) -> usize {
    text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len())
}

/// Code lines, without comments and test modules.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text[..code_ends(text)]
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}
