//! From bytes to messages: frames, fragments, compression, limits. Reads nothing itself.

use super::assembly::{Assembly, whole};
use crate::deflate::{InflateError, Inflater};
use crate::frame::{Head, MAX_HEAD, Mask, Opcode};
use crate::{CloseFrame, Error, Message, Role, WebSocketConfig};
use bytes::Bytes;

/// Room that is made for a payload before it has come.
const FORESIGHT: usize = 64 * 1024;

/// What the peer said.
#[derive(Debug)]
pub(crate) enum Event {
    Message(Message),
    Ping(Bytes),
    Pong(Bytes),
    Close(CloseFrame),
}

/// The data frame that is under way.
#[derive(Debug)]
struct Frame {
    fin: bool,
    mask: Mask,
    remaining: u64,
}

#[derive(Debug)]
pub(crate) struct Reader {
    role: Role,
    max_frame: u64,
    max_message: usize,
    inflater: Option<Inflater>,
    frame: Option<Frame>,
    message: Option<Assembly>,
    /// Bytes of the last data frame.
    last: u64,
}

/// Bytes that have come, of which those before `at` are used.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) at: usize,
}

impl Input<'_> {
    #[inline]
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// The next `len` bytes, unmasked.
    #[inline]
    fn take(&mut self, len: usize, mask: &mut Mask) -> &[u8] {
        let taken = &mut self.bytes[self.at..self.at + len];
        self.at += len;
        mask.apply(taken);
        taken
    }
}

impl Reader {
    pub(crate) const fn new(role: Role, config: &WebSocketConfig, inflater: Option<Inflater>) -> Self {
        let (max_frame, max_message) = (config.max_frame as u64, config.max_message);
        Self { role, max_frame, max_message, inflater, frame: None, message: None, last: 0 }
    }

    /// Reads on in `input` up to the next event. `None` when it is used up, but for the beginning of a frame that the
    /// caller keeps: at most a head and a control frame's payload.
    #[inline]
    pub(crate) fn next(&mut self, input: &mut Input<'_>) -> Result<Option<Event>, Error> {
        loop {
            if self.frame.is_some() {
                if let Some(message) = self.read_payload(input)? {
                    return Ok(Some(Event::Message(message)));
                }
                if self.frame.is_some() {
                    return Ok(None);
                }
            }
            let Some((head, len)) = Head::read(input.rest())? else { return Ok(None) };
            let mask = self.check_mask(&head)?;
            if head.opcode.is_control() {
                if input.rest().len() < len + head.len as usize {
                    return Ok(None);
                }
                input.at += len;
                return Self::control(head, mask, input).map(Some);
            }
            self.check_data(&head)?;
            self.last = head.len;
            input.at += len;
            if self.is_whole(&head, input) {
                let payload = input.take(head.len as usize, &mut mask.clone());
                return whole(head.opcode == Opcode::Text, payload)
                    .map(|message| Some(Event::Message(message)));
            }
            self.begin(&head, mask, input);
        }
    }

    /// Where the rest of the frame can be read to directly, and how much of it there is. The bytes that `read` adds are
    /// given to [`Reader::filled`].
    pub(crate) fn bulk(&mut self) -> Option<(&mut Vec<u8>, u64)> {
        let remaining = self.frame.as_ref()?.remaining;
        Some((self.message.as_mut()?.buffer()?, remaining))
    }

    /// Bytes of the last data frame: the next is likely of its kind.
    #[inline]
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// The bytes behind `from` were added to what [`Reader::bulk`] gave out.
    pub(crate) fn filled(&mut self, from: usize) -> Result<Option<Event>, Error> {
        let (Some(frame), Some(bytes)) = (&mut self.frame, self.message.as_mut().and_then(Assembly::buffer))
        else {
            return Ok(None);
        };
        frame.mask.apply(&mut bytes[from..]);
        frame.remaining -= (bytes.len() - from) as u64;
        Ok(self.end_of_frame()?.map(Event::Message))
    }

    fn check_mask(&self, head: &Head) -> Result<Mask, Error> {
        match (self.role, head.mask) {
            (Role::Server, Some(mask)) => Ok(mask),
            (Role::Client, None) => Ok(Mask::default()),
            (Role::Server, None) => Err(Error::Protocol("a frame of the client's without a mask")),
            (Role::Client, Some(_)) => Err(Error::Protocol("a frame of the server's with a mask")),
        }
    }

    /// What cannot be compressed grows a little when it is; the limits are those of the message itself.
    fn check_data(&self, head: &Head) -> Result<(), Error> {
        let continues = head.opcode == Opcode::Continuation;
        if continues != self.message.is_some() {
            return Err(Error::Protocol(if continues {
                "a continuation of nothing"
            } else {
                "a new message within another"
            }));
        }
        if head.compressed && (continues || self.inflater.is_none()) {
            return Err(Error::Protocol("a compressed frame where none may be"));
        }
        let compressed = head.compressed || self.message.as_ref().is_some_and(Assembly::is_compressed);
        let slack = |limit: u64| if compressed { limit.saturating_add(limit / 256 + 64) } else { limit };
        let before = self.message.as_ref().map_or(0, Assembly::len) as u64;
        if head.len > slack(self.max_frame)
            || before.saturating_add(head.len) > slack(self.max_message as u64)
        {
            return Err(Error::TooLarge);
        }
        Ok(())
    }

    /// Whether the frame is a whole message that has come to its end and can be taken as it is.
    #[inline]
    fn is_whole(&self, head: &Head, input: &Input<'_>) -> bool {
        head.fin && !head.compressed && self.message.is_none() && head.len <= input.rest().len() as u64
    }

    fn begin(&mut self, head: &Head, mask: Mask, input: &Input<'_>) {
        self.frame = Some(Frame { fin: head.fin, mask, remaining: head.len });
        let text = head.opcode == Opcode::Text;
        let message = self.message.get_or_insert_with(|| Assembly::new(text, head.compressed));
        // A read takes the next head along. What has come is room well spent; beyond it a peer that only claims a length gets little.
        let room = usize::try_from(head.len).unwrap_or(usize::MAX);
        message.reserve(room.min(input.rest().len().max(FORESIGHT)).saturating_add(MAX_HEAD));
    }

    /// Takes as much of the frame's payload as has come.
    fn read_payload(&mut self, input: &mut Input<'_>) -> Result<Option<Message>, Error> {
        let (Some(frame), Some(message)) = (&mut self.frame, &mut self.message) else { return Ok(None) };
        let len = frame.remaining.min(input.rest().len() as u64) as usize;
        frame.remaining -= len as u64;
        message.push(input.take(len, &mut frame.mask))?;
        self.end_of_frame()
    }

    /// The message, if its last frame has come to its end.
    fn end_of_frame(&mut self) -> Result<Option<Message>, Error> {
        let Some(frame) = self.frame.take_if(|frame| frame.remaining == 0) else { return Ok(None) };
        match self.message.take_if(|_| frame.fin) {
            None => Ok(None),
            Some(Assembly::Text(text)) => text.finish().map(Some),
            Some(Assembly::Binary(bytes)) => Ok(Some(Message::Binary(bytes.into()))),
            Some(Assembly::Compressed { text, bytes }) => self.inflate(text, &bytes).map(Some),
        }
    }

    fn inflate(&mut self, text: bool, bytes: &[u8]) -> Result<Message, Error> {
        let Some(inflater) = &mut self.inflater else { return Err(Error::Inflate) };
        let bytes = inflater.inflate(bytes, self.max_message).map_err(|error| match error {
            InflateError::TooLarge => Error::TooLarge,
            InflateError::Corrupt => Error::Inflate,
        })?;
        if text {
            let text = String::from_utf8(bytes).map_err(|_| Error::InvalidUtf8)?;
            return Ok(Message::Text(text.into()));
        }
        Ok(Message::Binary(bytes.into()))
    }

    fn control(head: Head, mut mask: Mask, input: &mut Input<'_>) -> Result<Event, Error> {
        let payload = input.take(head.len as usize, &mut mask);
        Ok(match head.opcode {
            Opcode::Ping => Event::Ping(Bytes::copy_from_slice(payload)),
            Opcode::Pong => Event::Pong(Bytes::copy_from_slice(payload)),
            _ => Event::Close(CloseFrame::read(payload)?),
        })
    }
}
