//! The shape in which a content stands in the store and on our sockets.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{BadContent, Content};

impl Content {
    /// The name on the wire.
    #[must_use]
    pub fn msgtype(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Voice(_) => "voice",
            Self::Video(_) => "video",
            Self::File(_) => "file",
            Self::Location(_) => "location",
            Self::Link(_) => "link",
            Self::MiniProgram(_) => "miniprogram",
            Self::Menu(_) => "msgmenu",
            Self::Handoff(_) => "handoff",
            Self::Survey(_) => "survey",
            Self::Event(_) => "event",
            Self::Other { msgtype, .. } => msgtype,
        }
    }

    /// Reads the object of a `msgtype`. Unknown types are kept as [`Content::Other`].
    ///
    /// # Errors
    /// [`BadContent::Shape`] if a known type has another shape.
    pub fn from_parts(msgtype: &str, body: Value) -> Result<Self, BadContent> {
        fn read<T: serde::de::DeserializeOwned>(name: &str, body: Value) -> Result<T, BadContent> {
            serde_json::from_value(body).map_err(|_| BadContent::Shape(name.to_owned()))
        }
        Ok(match msgtype {
            "text" => Self::Text(read(msgtype, body)?),
            "image" => Self::Image(read(msgtype, body)?),
            "voice" => Self::Voice(read(msgtype, body)?),
            "video" => Self::Video(read(msgtype, body)?),
            "file" => Self::File(read(msgtype, body)?),
            "location" => Self::Location(read(msgtype, body)?),
            "link" => Self::Link(read(msgtype, body)?),
            "miniprogram" => Self::MiniProgram(read(msgtype, body)?),
            "msgmenu" => Self::Menu(read(msgtype, body)?),
            "handoff" => Self::Handoff(read(msgtype, body)?),
            "survey" => Self::Survey(read(msgtype, body)?),
            "event" => Self::Event(read(msgtype, body)?),
            _ => Self::Other {
                msgtype: msgtype.to_owned(),
                body,
            },
        })
    }

    /// Reads the stored JSON, `{"msgtype":…, …}`.
    ///
    /// # Errors
    /// [`BadContent::Shape`] if it is not what [`Content::to_json`] writes.
    pub fn from_json(json: &str) -> Result<Self, BadContent> {
        let whole = || BadContent::Shape("content".to_owned());
        let Ok(Value::Object(mut map)) = serde_json::from_str(json) else {
            return Err(whole());
        };
        let Some(Value::String(msgtype)) = map.remove("msgtype") else {
            return Err(whole());
        };
        let body = map.remove(&msgtype).unwrap_or(Value::Null);
        Self::from_parts(&msgtype, body)
    }

    /// Writes the stored JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Serialising plain data into a string cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Content {
    /// Writes `msgtype` and the object it names into an open map, for frames that carry more.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("msgtype", self.msgtype())?;
        match self {
            Self::Text(body) => map.serialize_entry("text", body),
            Self::Image(body) => map.serialize_entry("image", body),
            Self::Voice(body) => map.serialize_entry("voice", body),
            Self::Video(body) => map.serialize_entry("video", body),
            Self::File(body) => map.serialize_entry("file", body),
            Self::Location(body) => map.serialize_entry("location", body),
            Self::Link(body) => map.serialize_entry("link", body),
            Self::MiniProgram(body) => map.serialize_entry("miniprogram", body),
            Self::Menu(body) => map.serialize_entry("msgmenu", body),
            Self::Handoff(body) => map.serialize_entry("handoff", body),
            Self::Survey(body) => map.serialize_entry("survey", body),
            Self::Event(body) => map.serialize_entry("event", body),
            Self::Other { msgtype, body } => map.serialize_entry(msgtype, body),
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(2))?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}
