//! Taking one member out of a JSON object whose name is known only at run time: kf messages put
//! their content beside `msgtype`, under the name that `msgtype` says.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The member `name` of an object, unread.
///
/// # Errors
/// When `raw` is no object or has two members of the name.
pub(crate) fn pick<'de>(
    raw: &'de RawValue,
    name: &str,
) -> Result<Option<&'de RawValue>, serde_json::Error> {
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(Pick(name))
}

struct Pick<'n>(&'n str);

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(wanted) = map.next_key_seed(Is(self.0))? {
            if !wanted {
                map.next_value::<IgnoredAny>()?;
            } else if found.replace(map.next_value()?).is_some() {
                return Err(A::Error::custom(format_args!(
                    "two members called {}",
                    self.0
                )));
            }
        }
        Ok(found)
    }
}

/// Whether a key is the one.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}
