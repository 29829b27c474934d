//! Catching a panic together with where it began, which only a panic hook gets to know.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;
use std::thread;

/// A panic that was caught.
#[derive(Debug)]
pub(super) struct Panic {
    pub(super) message: Box<str>,
    /// Unknown for what another thread's panic left behind, and when the hook was replaced.
    pub(super) origin: Option<Box<Origin>>,
}

#[derive(Debug)]
pub(super) struct Origin {
    message: Box<str>,
    pub(super) location: Box<str>,
    pub(super) backtrace: Option<Backtrace>,
}

/// What the hook is to take down on this thread.
#[derive(Clone, Copy)]
enum Watch {
    Nothing,
    Location,
    Backtrace,
}

thread_local! {
    static WATCH: Cell<Watch> = const { Cell::new(Watch::Nothing) };
    static LATEST: Cell<Option<Box<Origin>>> = const { Cell::new(None) };
}

/// Puts the hook in front of the present one, once in the life of the process.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    // A thread that panics may not change the hook.
    if thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            take_down(info);
            before(info);
        }));
    });
}

fn take_down(info: &PanicHookInfo<'_>) {
    // A thread that ends has no such values any more.
    let backtrace = match WATCH.try_with(Cell::get) {
        Ok(Watch::Location) => None,
        Ok(Watch::Backtrace) => Some(Backtrace::force_capture()),
        Ok(Watch::Nothing) | Err(_) => return,
    };
    let location = info.location().map(ToString::to_string).unwrap_or_default().into();
    let origin = Origin { message: text(info.payload()).into(), location, backtrace };
    let _ = LATEST.try_with(|latest| latest.set(Some(Box::new(origin))));
}

/// Runs what may panic. Whatever it leaves behind is not used again, but dropped.
pub(super) fn catch<T>(backtraces: bool, run: impl FnOnce() -> T) -> Result<T, Panic> {
    let watch = if backtraces { Watch::Backtrace } else { Watch::Location };
    let outer = WATCH.replace(watch);
    let result = catch_unwind(AssertUnwindSafe(run));
    WATCH.set(outer);
    result.map_err(|payload| Panic::new(&*payload))
}

/// Runs what follows a panic, which may panic as well: destructors of what was left half-done, and who is told of it.
pub(super) fn contain(run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        tracing::error!(target: "hyperserve_middleware::recovery", "what follows a panic panicked as well");
    }
}

impl Panic {
    /// The latest origin is another panic's when this one was resumed, which runs no hook.
    fn new(payload: &(dyn Any + Send)) -> Self {
        let message = text(payload);
        let origin = LATEST.take().filter(|origin| &*origin.message == message);
        Self { message: message.into(), origin }
    }
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a value that is no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_with_its_origin() {
        install();
        let panic = catch(true, || panic!("number {}", 7)).unwrap_err();
        let origin = panic.origin.unwrap();
        assert_eq!(&*panic.message, "number 7");
        assert!(origin.location.contains("hook.rs:"), "{}", origin.location);
        assert!(origin.backtrace.unwrap().to_string().contains("a_panic_is_caught"));
        assert!(catch(false, || panic!("again")).unwrap_err().origin.unwrap().backtrace.is_none());
    }

    #[test]
    fn another_panics_origin_is_not_taken() {
        install();
        let panic = catch(false, || {
            drop(catch_unwind(|| panic!("swallowed")));
            panic::resume_unwind(Box::new("resumed"))
        });
        let panic = panic.unwrap_err();
        assert_eq!((&*panic.message, panic.origin.is_none()), ("resumed", true));
    }

    #[test]
    fn a_value_that_is_no_text_is_said_to_be_one() {
        install();
        let panic = catch(false, || panic::panic_any(7)).unwrap_err();
        assert_eq!((&*panic.message, panic.origin.is_some()), ("a value that is no text", true));
    }

    #[test]
    fn nothing_is_taken_down_outside() {
        install();
        drop(catch(true, || catch(false, || ())));
        drop(catch_unwind(|| panic!("not watched")));
        assert!(LATEST.take().is_none());
    }

    #[test]
    fn a_destructor_may_panic_too() {
        contain(|| panic!("in a destructor"));
    }
}
