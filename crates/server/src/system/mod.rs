//! What the server asks of the operating system around it: the service manager, descriptor limits, CPU cores.

mod cores;
mod descriptors;
mod notify;

pub use cores::{allowed_cpus, available_cores, pin_current_thread};
pub use descriptors::{DescriptorLimit, raise_descriptor_limit};
pub use notify::Notifier;
