//! All captures of a route as a serde value: a single value, a sequence or a map.

use hyperserve_core::RouteMatch;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::error::PathError;
use super::value::{Element, Value};

/// Reads straight from the route: nothing is collected before.
pub(super) struct Captured<'de> {
    route: &'de RouteMatch,
}

impl<'de> Captured<'de> {
    pub(super) const fn new(route: &'de RouteMatch) -> Self {
        Self { route }
    }

    /// The only capture, for a type that holds one value.
    fn only(&self) -> Result<Value<'de>, PathError> {
        self.must_have(1)?;
        Value::decoded(self.route.texts().next().unwrap_or_default())
    }

    /// Names are looked up for errors alone: they lie where nothing else of a request is.
    fn of_only(&self, error: PathError) -> PathError {
        error.of(self.route.name(0).unwrap_or_default())
    }

    fn must_have(&self, asked: usize) -> Result<(), PathError> {
        let captures = self.route.count();
        if captures == asked {
            return Ok(());
        }
        let pattern = self.route.pattern();
        let cause = format!("captures of the route `{pattern}`: {captures}, and `Path` is to hold {asked}");
        Err(PathError::misuse(cause))
    }

    fn sequence<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_seq(Sequence(self.route.captures()))
    }
}

/// Types that hold one value.
macro_rules! single {
    ($($method:ident($($argument:ident: $type:ty),*);)+) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, PathError> {
            let outcome = self.only().and_then(|value| value.$method($($argument,)* visitor));
            outcome.map_err(|error| self.of_only(error))
        }
    )+};
}

impl<'de> Deserializer<'de> for Captured<'de> {
    type Error = PathError;

    single! {
        deserialize_bool(); deserialize_char();
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64(); deserialize_i128();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_f32(); deserialize_f64();
        deserialize_str(); deserialize_string(); deserialize_bytes(); deserialize_byte_buf();
        deserialize_identifier();
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        if self.route.count() == 0 { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
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

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        self.sequence(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, PathError> {
        self.must_have(len)?;
        self.sequence(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_map(Named { captures: self.route.captures(), current: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.deserialize_map(visitor)
    }
}

struct Sequence<I>(I);

impl<'de, I: Iterator<Item = (&'de str, &'de str)>> SeqAccess<'de> for Sequence<I> {
    type Error = PathError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, PathError> {
        let Some((name, text)) = self.0.next() else { return Ok(None) };
        let element = Value::decoded(text).and_then(|value| seed.deserialize(Element { name, value }));
        element.map(Some).map_err(|error| error.of(name))
    }
}

struct Named<'de, I> {
    captures: I,
    /// The capture whose name was read and whose value was not.
    current: Option<(&'de str, &'de str)>,
}

impl<'de, I: Iterator<Item = (&'de str, &'de str)>> MapAccess<'de> for Named<'de, I> {
    type Error = PathError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, PathError> {
        self.current = self.captures.next();
        self.current.map(|(name, _)| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, PathError> {
        let (name, text) = self.current.take().unwrap_or_default();
        Value::decoded(text).and_then(|value| seed.deserialize(value)).map_err(|error| error.of(name))
    }
}
