//! The `asyncio.Task` of a request, which is initialised only when somebody needs it.
//!
//! Most handlers end in their first step: they never suspend, and never touch their task beyond its identity. A real task
//! costs about 7,000 instructions: parsing, the weak set of all tasks, the scheduling of the step. So the object that is
//! current during the first step is of a subclass of `asyncio.Task` and merely allocated. When the coroutine suspends, or
//! something calls a method of the task, it is initialised: the same object, before and after, so that whatever asked for
//! its identity (anyio's scopes, `asyncio.timeout`) stays right.

mod begin;
mod resume;

pub(crate) use self::begin::{Begun, Environment, begin, realize};
pub(crate) use self::resume::{End, Resume};
