//! Reading scalars as they really arrive: numbers in strings, strings in numbers, `null` and `""`
//! for what is absent. The platform's pages and its answers disagree often enough.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// An integer, a string of one, or nothing, which is 0.
pub(crate) fn int<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Ok(from
        .deserialize_any(Scalar::<i64>(PhantomData))?
        .unwrap_or_default())
}

/// An integer, a string of one, or nothing.
pub(crate) fn opt_int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    from.deserialize_any(Scalar::<i64>(PhantomData))
}

/// A float, a string of one, or nothing, which is 0.
pub(crate) fn float<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(from
        .deserialize_any(Scalar::<f64>(PhantomData))?
        .unwrap_or_default())
}

/// A string, a number as one, or nothing, which is empty.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(from
        .deserialize_any(Scalar::<String>(PhantomData))?
        .unwrap_or_default())
}

/// A string, a number as one, or nothing; an empty string is nothing.
pub(crate) fn opt_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_any(Scalar::<String>(PhantomData))
}

/// `true`, 1, "1" or their opposites; nothing is false.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(int(from)? != 0)
}

/// A list; `null` is an empty one.
pub(crate) fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// What a scalar on the wire may become.
trait Target: Sized {
    const EXPECTED: &'static str;
    fn from_text(text: &str) -> Option<Self>;
    fn from_int(int: i64) -> Option<Self>;
    fn from_float(float: f64) -> Option<Self>;
}

impl Target for i64 {
    const EXPECTED: &'static str = "an integer";
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
    fn from_int(int: i64) -> Option<Self> {
        Some(int)
    }
    fn from_float(float: f64) -> Option<Self> {
        // Whole numbers within the range that a float holds exactly.
        (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64)
    }
}

impl Target for f64 {
    const EXPECTED: &'static str = "a number";
    fn from_text(text: &str) -> Option<Self> {
        text.trim()
            .parse()
            .ok()
            .filter(|float: &f64| float.is_finite())
    }
    fn from_int(int: i64) -> Option<Self> {
        Some(int as f64)
    }
    fn from_float(float: f64) -> Option<Self> {
        Some(float)
    }
}

impl Target for String {
    const EXPECTED: &'static str = "a string";
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
    fn from_int(int: i64) -> Option<Self> {
        Some(int.to_string())
    }
    fn from_float(float: f64) -> Option<Self> {
        Some(float.to_string())
    }
}

struct Scalar<T>(PhantomData<T>);

impl<'de, T: Target> Visitor<'de> for Scalar<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || E::invalid_value(serde::de::Unexpected::Str(text), &self);
        T::from_text(text).map(Some).ok_or_else(wrong)
    }

    fn visit_i64<E: Error>(self, int: i64) -> Result<Self::Value, E> {
        let wrong = || E::invalid_value(serde::de::Unexpected::Signed(int), &self);
        T::from_int(int).map(Some).ok_or_else(wrong)
    }

    fn visit_u64<E: Error>(self, int: u64) -> Result<Self::Value, E> {
        match i64::try_from(int) {
            Ok(int) => self.visit_i64(int),
            Err(_) => self.visit_str(&int.to_string()),
        }
    }

    fn visit_f64<E: Error>(self, float: f64) -> Result<Self::Value, E> {
        let wrong = || E::invalid_value(serde::de::Unexpected::Float(float), &self);
        T::from_float(float).map(Some).ok_or_else(wrong)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        self.visit_i64(i64::from(flag))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
