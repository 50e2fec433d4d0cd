//! Codes of an official account that carry a scene (带参数二维码).

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::lenient;
use crate::limits::{Unfit, required};
use crate::request::Request;

/// Longest scene, in bytes.
const MAX_SCENE: usize = 64;

/// How long a code lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// So many seconds, at most thirty days.
    Temporary(u32),
    /// For ever; an account has 100,000 of them.
    Permanent,
}

/// Makes a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCode {
    /// Comes back when it is scanned: 1 to 64 characters.
    pub scene: String,
    /// How long it lives.
    pub kind: CodeKind,
}

#[derive(Serialize)]
struct Action<'a> {
    scene: Scene<'a>,
}

#[derive(Serialize)]
struct Scene<'a> {
    scene_str: &'a str,
}

impl Serialize for CreateCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        let action = match self.kind {
            CodeKind::Temporary(seconds) => {
                map.serialize_entry("expire_seconds", &seconds)?;
                "QR_STR_SCENE"
            }
            CodeKind::Permanent => "QR_LIMIT_STR_SCENE",
        };
        map.serialize_entry("action_name", action)?;
        let scene = Scene {
            scene_str: &self.scene,
        };
        map.serialize_entry("action_info", &Action { scene })?;
        map.end()
    }
}

impl Request for CreateCode {
    const PATH: &'static str = "cgi-bin/qrcode/create";
    type Answer = Code;

    fn check(&self) -> Result<(), Unfit> {
        required("scene_str", &self.scene, MAX_SCENE)
    }
}

/// A code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Code {
    /// What its picture is fetched by.
    #[serde(default, deserialize_with = "lenient::text")]
    pub ticket: String,
    /// What its picture says.
    #[serde(default, deserialize_with = "lenient::text")]
    pub url: String,
}
