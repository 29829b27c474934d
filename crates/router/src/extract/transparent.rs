//! The one impl that all wrapping extractors share: they read and write as what they wrap.

/// Implements `Deref` and `DerefMut` of a tuple struct of one field to that field.
macro_rules! transparent {
    ($wrapper:ident) => {
        impl<T> std::ops::Deref for $wrapper<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }

        impl<T> std::ops::DerefMut for $wrapper<T> {
            fn deref_mut(&mut self) -> &mut T {
                &mut self.0
            }
        }
    };
}

pub(super) use transparent;
