//! Keys for a client's masks: unpredictable, as RFC 6455 §5.3 wants them.

use crate::frame::Mask;

/// Keys that one call to the system brings.
const KEYS: usize = 32;

/// Keys that nobody can foresee.
#[derive(Debug, Default)]
pub(super) struct Masks {
    keys: Vec<[u8; 4]>,
}

impl Masks {
    pub(super) fn next(&mut self) -> Mask {
        if self.keys.is_empty() {
            let mut bytes = [0; 4 * KEYS];
            // Without the system's randomness a key of zeros is still a valid mask: it protects old proxies, not the peer.
            if getrandom::fill(&mut bytes).is_err() {
                tracing::error!("the system gives no random bytes; a frame goes out with a mask of zeros");
            }
            self.keys.extend(bytes.as_chunks::<4>().0);
        }
        Mask::new(self.keys.pop().unwrap_or_default())
    }
}
