//! The text of one capture as a serde value, and a capture with its name as a pair.

use std::borrow::Cow;
use std::str::FromStr;

use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};

use super::error::PathError;
use crate::extract::percent;

/// One decoded value.
pub(super) struct Value<'de>(Cow<'de, str>);

impl<'de> Value<'de> {
    /// Decodes the text of a capture.
    pub(super) fn decoded(text: &'de str) -> Result<Self, PathError> {
        percent::decode_text(text).map(Self).map_err(PathError::broken)
    }

    fn parsed<T: FromStr>(&self, expected: &str) -> Result<T, PathError> {
        self.0.parse().map_err(|_| PathError::unfit(&self.0, expected))
    }
}

/// Values that are parsed from the text; the error names the type.
macro_rules! parsed {
    ($($method:ident, $visit:ident, $type:ident;)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            visitor.$visit(self.parsed::<$type>(stringify!($type))?)
        }
    )+};
}

/// Types that a single text cannot fill, whatever it is.
macro_rules! refused {
    ($($method:ident($($argument:ty),*), $what:literal;)+) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _visitor: V) -> Result<V::Value, PathError> {
            Err(PathError::misuse(concat!("`Path` is to make ", $what, " of one capture").to_owned()))
        }
    )+};
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = PathError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        match self.0 {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        let text: CowStrDeserializer<'de, PathError> = self.0.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    parsed! {
        deserialize_bool, visit_bool, bool;
        deserialize_char, visit_char, char;
        deserialize_i8, visit_i8, i8;
        deserialize_i16, visit_i16, i16;
        deserialize_i32, visit_i32, i32;
        deserialize_i64, visit_i64, i64;
        deserialize_i128, visit_i128, i128;
        deserialize_u8, visit_u8, u8;
        deserialize_u16, visit_u16, u16;
        deserialize_u32, visit_u32, u32;
        deserialize_u64, visit_u64, u64;
        deserialize_u128, visit_u128, u128;
        deserialize_f32, visit_f32, f32;
        deserialize_f64, visit_f64, f64;
    }

    refused! {
        deserialize_seq(), "a list";
        deserialize_tuple(usize), "a tuple";
        deserialize_tuple_struct(&'static str, usize), "a tuple";
        deserialize_map(), "a map";
        deserialize_struct(&'static str, &'static [&'static str]), "a struct";
    }

    serde::forward_to_deserialize_any! {
        str string bytes byte_buf identifier ignored_any
    }
}

/// An element of a list of captures: a value, or where a pair is asked for, its name and the value.
pub(super) struct Element<'de> {
    pub(super) name: &'de str,
    pub(super) value: Value<'de>,
}

/// Methods that the value answers.
macro_rules! of_value {
    ($($method:ident($($argument:ident: $type:ty),*);)+) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, PathError> {
            self.value.$method($($argument,)* visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for Element<'de> {
    type Error = PathError;

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, PathError> {
        if len == 2 {
            visitor.visit_seq(Pair { name: Some(self.name), value: Some(self.value) })
        } else {
            self.value.deserialize_tuple(len, visitor)
        }
    }

    of_value! {
        deserialize_any(); deserialize_bool(); deserialize_char();
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64(); deserialize_i128();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_f32(); deserialize_f64();
        deserialize_str(); deserialize_string(); deserialize_bytes(); deserialize_byte_buf();
        deserialize_option(); deserialize_unit(); deserialize_seq(); deserialize_map();
        deserialize_identifier(); deserialize_ignored_any();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }
}

struct Pair<'de> {
    name: Option<&'de str>,
    value: Option<Value<'de>>,
}

impl<'de> SeqAccess<'de> for Pair<'de> {
    type Error = PathError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, PathError> {
        if let Some(name) = self.name.take() {
            return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
        }
        self.value.take().map(|value| seed.deserialize(value)).transpose()
    }
}
