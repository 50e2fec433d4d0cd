//! How answers are printed: a line of JSON, or a table for people.

use std::io::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// One JSON object on one line, or a table of the same fields for people.
pub(super) fn print(report: &impl Serialize, json: bool) -> Result<()> {
    let value = serde_json::to_value(report)
        .map_err(|error| Error::Protocol(format!("the report is no JSON: {error}")))?;
    let mut text = if json {
        value.to_string()
    } else {
        table(&value)
    };
    text.push('\n');
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(Error::io("print the report"))
}

fn table(value: &Value) -> String {
    let mut lines = Vec::new();
    rows("", value, &mut lines);
    let width = lines
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = lines
        .into_iter()
        .map(|(name, value)| format!("{name:<width$}  {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn rows(prefix: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let named = |name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        }
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                rows(&named(name), value, lines);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (number, value) in items.iter().enumerate() {
                rows(&named(&number.to_string()), value, lines);
            }
        }
        Value::Null => {}
        Value::String(text) => lines.push((prefix.into(), text.clone())),
        Value::Number(number) if number.is_f64() => {
            lines.push((
                prefix.into(),
                format!("{:.3}", number.as_f64().unwrap_or(0.0)),
            ));
        }
        other => lines.push((prefix.into(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_what_the_json_holds() {
        let value =
            serde_json::json!({ "lost": 0, "p50_ms": 1.23456, "errors": { "a": 2 }, "x": null });
        let table = table(&value);
        let mut lines: Vec<&str> = table.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["errors.a  2", "lost      0", "p50_ms    1.235"]);
    }
}
