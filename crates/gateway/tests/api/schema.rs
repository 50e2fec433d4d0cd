//! Does an answer have the shape that the document promises?

use serde_json::{Map, Value};

/// The document as it is served.
pub(crate) fn document() -> Value {
    serde_json::from_str(&kefu_gateway::api::openapi_json()).unwrap()
}

fn resolve<'a>(doc: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => doc
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(&Value::Null),
        None => schema,
    }
}

/// Says what does not fit.
pub(crate) fn misfit(doc: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if schema["$ref"] == "#/components/schemas/Message" {
        // Its content stands under a name that another field tells.
        let name = value["msgtype"].as_str().unwrap_or_default().to_owned();
        let mut bare = value.clone();
        bare.as_object_mut()?.remove(&name);
        return misfit(doc, resolve(doc, schema), &bare, at);
    }
    let schema = resolve(doc, schema);
    if schema.is_null() {
        return Some(format!("{at}: no such schema"));
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(options) = schema[several].as_array() {
            let fits = options
                .iter()
                .any(|option| misfit(doc, option, value, at).is_none());
            return (!fits).then(|| format!("{at}: none of {several} fits {value}"));
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return (!words.contains(value)).then(|| format!("{at}: {value} is none of {words:?}"));
    }
    let (mut properties, mut required, mut open) = (Map::new(), Vec::new(), false);
    gather(doc, schema, &mut properties, &mut required, &mut open);
    match value {
        Value::Object(map) if !properties.is_empty() => {
            if let Some(missing) = required.iter().find(|name| !map.contains_key(*name)) {
                return Some(format!("{at}: {missing} is missing"));
            }
            map.iter()
                .find_map(|(name, inner)| match properties.get(name) {
                    Some(of) => misfit(doc, of, inner, &format!("{at}.{name}")),
                    None if open => None,
                    None => Some(format!("{at}: {name} is not described")),
                })
        }
        Value::Array(items) if schema["items"].is_object() => {
            let all = items.iter().enumerate();
            all.map(|(n, item)| misfit(doc, &schema["items"], item, &format!("{at}[{n}]")))
                .find_map(|bad| bad)
        }
        _ => wrong_type(&schema["type"], value, at),
    }
}

/// Properties of a schema and of all it is put together from.
fn gather(
    doc: &Value,
    schema: &Value,
    properties: &mut Map<String, Value>,
    required: &mut Vec<String>,
    open: &mut bool,
) {
    let schema = resolve(doc, schema);
    properties.extend(
        schema["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default(),
    );
    let names = schema["required"].as_array().into_iter().flatten();
    required.extend(names.filter_map(|name| name.as_str().map(str::to_owned)));
    *open |= schema["additionalProperties"].is_object();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        // Parts that may be missing altogether add nothing that is required.
        if let Some(options) = part["oneOf"].as_array() {
            let mut optional = Vec::new();
            options
                .iter()
                .for_each(|option| gather(doc, option, properties, &mut optional, open));
        } else {
            gather(doc, part, properties, required, open);
        }
    }
}

fn wrong_type(types: &Value, value: &Value, at: &str) -> Option<String> {
    let is = |word: &str| match word {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    let fits = match types {
        Value::Null => true,
        Value::String(word) => is(word),
        Value::Array(words) => words.iter().filter_map(Value::as_str).any(is),
        _ => false,
    };
    (!fits).then(|| format!("{at}: {value} is no {types}"))
}

/// The path of the document that a target is of.
pub(crate) fn template(doc: &Value, target: &str) -> Option<String> {
    let path = target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &&String| {
        let own: Vec<&str> = template.split('/').collect();
        own.len() == parts.len()
            && own
                .iter()
                .zip(&parts)
                .all(|(own, part)| own.starts_with('{') || own == part)
    };
    let paths = doc["paths"].as_object().unwrap();
    let literal = paths.keys().find(|path| *path == target);
    literal.or_else(|| paths.keys().find(fits)).cloned()
}

#[test]
fn what_does_not_fit_is_seen() {
    use serde_json::json;
    let doc = document();
    let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let stored =
        json!({ "media_id": "x", "name": "x", "size": 1, "mime": "x", "width": null, "height": 2 });
    assert_eq!(misfit(&doc, &of("Media"), &stored, "m"), None);
    let with = |name: &str, value: Value| {
        let mut other = stored.clone();
        other[name] = value;
        misfit(&doc, &of("Media"), &other, "m").unwrap()
    };
    assert_eq!(with("size", json!("1")), r#"m.size: "1" is no "integer""#);
    assert_eq!(with("more", json!(1)), "m: more is not described");
    let mut less = stored.clone();
    less.as_object_mut().unwrap().remove("mime");
    assert_eq!(
        misfit(&doc, &of("Media"), &less, "m").unwrap(),
        "m: mime is missing"
    );
    let agent = of("AgentRow");
    let bad = misfit(&doc, &agent, &json!({ "state": "asleep" }), "a");
    assert!(bad.is_some());
}
