//! Writing one of several kinds: one member tells its name, and the content stands under that name.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// `{tag: name, name: body}`.
pub(crate) fn named<S: Serializer, T: Serialize>(
    to: S,
    tag: &'static str,
    name: &'static str,
    body: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(2))?;
    map.serialize_entry(tag, name)?;
    map.serialize_entry(name, body)?;
    map.end()
}
