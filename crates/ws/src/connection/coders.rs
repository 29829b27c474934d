//! The two directions of compression, as one end of a connection has them.

use super::writer::Compressor;
use crate::deflate::{Agreed, Deflater, Inflater};
use crate::{Compression, Role, WebSocketConfig};

/// What this end inflates with, and what it compresses with.
pub(super) fn coders(agreed: Agreed, role: Role, config: &WebSocketConfig) -> (Inflater, Compressor) {
    let Compression { level, min_size, .. } = config.compression.unwrap_or_default();
    let (window, takeover, theirs) = match role {
        Role::Server => (agreed.server_window, agreed.server_takeover, agreed.client_takeover),
        Role::Client => (agreed.client_window, agreed.client_takeover, agreed.server_takeover),
    };
    let deflater = Deflater::new(takeover, window, level);
    (Inflater::new(theirs), Compressor { deflater, min_size, level, window, takeover })
}
