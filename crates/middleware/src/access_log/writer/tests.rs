use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::sync::Mutex;

use super::*;

/// What an output does next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Take(usize),
    Fail(ErrorKind),
}

/// An output that keeps each piece apart, and can be told to misbehave; afterwards it takes everything.
#[derive(Clone, Debug, Default)]
struct Output {
    pieces: Arc<Mutex<Vec<Vec<u8>>>>,
    steps: Arc<Mutex<VecDeque<Step>>>,
    delay: Duration,
}

impl Output {
    fn that(steps: impl IntoIterator<Item = Step>) -> Self {
        let output = Self::default();
        output.steps.lock().unwrap().extend(steps);
        output
    }

    fn text(&self) -> String {
        String::from_utf8(self.pieces.lock().unwrap().concat()).unwrap()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(self.delay);
        let step = self.steps.lock().unwrap().pop_front();
        let length = match step.unwrap_or(Step::Take(usize::MAX)) {
            Step::Take(most) => most.min(bytes.len()),
            Step::Fail(kind) => return Err(kind.into()),
        };
        self.pieces.lock().unwrap().push(bytes[..length].into());
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const ROOM: usize = 1 << 20;

fn writer(output: &Output) -> Writer {
    Writer::start(Sink::new(output.clone()), ROOM).unwrap()
}

/// Waits for what must come soon.
fn soon(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(5), "it did not come to be");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn lines_come_by_themselves_and_in_batches() {
    let output = Output::default();
    let writer = writer(&output);
    for round in 0..3 {
        (0..100).for_each(|_| writer.append(b"line\n"));
        soon(|| output.text() == "line\n".repeat(100 * (round + 1)));
        // Long enough for the thread to fall asleep.
        thread::sleep(Duration::from_millis(60));
    }
    let pieces = output.pieces.lock().unwrap().len();
    assert!(pieces <= 30, "{pieces} pieces of 300 lines");
}

#[test]
fn a_flush_does_not_wait_for_the_tick() {
    let output = Output::default();
    let writer = writer(&output);
    let start = Instant::now();
    for number in 0..200 {
        writer.append(format!("{number}\n").as_bytes());
        assert!(writer.flush());
        assert!(output.text().ends_with(&format!("{number}\n")));
    }
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(writer.flush());
}

#[test]
fn the_end_writes_what_is_left() {
    let output = Output::default();
    let writer = writer(&output);
    writer.append(b"last words\n");
    drop(writer);
    assert_eq!(output.text(), "last words\n");
}

#[test]
fn lines_of_many_threads_stay_whole() {
    let output = Output::default();
    let writer = writer(&output);
    let line = |thread: usize| format!("{}\n", thread.to_string().repeat(50));
    thread::scope(|scope| {
        for number in 0..4 {
            let (writer, line) = (&writer, line(number));
            scope.spawn(move || (0..1000).for_each(|_| writer.append(line.as_bytes())));
        }
    });
    drop(writer);
    let text = output.text();
    let mut seen: Vec<&str> = text.split_inclusive('\n').collect();
    seen.sort_unstable();
    let expected: Vec<String> = (0..4).flat_map(|number| vec![line(number); 1000]).collect();
    assert_eq!(seen, expected);
}

#[test]
fn an_output_that_would_block_is_tried_again() {
    let again = [ErrorKind::WouldBlock, ErrorKind::Interrupted, ErrorKind::WouldBlock].map(Step::Fail);
    let output = Output::that(again.into_iter().chain([Step::Take(3)]).chain(again));
    let writer = writer(&output);
    writer.append(b"one line\n");
    assert!(writer.flush());
    assert_eq!((output.text().as_str(), writer.dropped()), ("one line\n", 0));
}

#[test]
fn lines_that_cannot_be_written_are_counted_and_the_next_ones_are_whole() {
    let output = Output::that([Step::Take(6), Step::Fail(ErrorKind::StorageFull)]);
    let writer = writer(&output);
    writer.append(b"one\n");
    writer.append(b"two\n");
    writer.append(b"three\n");
    assert!(writer.flush());
    assert_eq!((output.text().as_str(), writer.dropped()), ("one\ntw", 2));
    writer.append(b"four\n");
    drop(writer);
    assert_eq!(output.text(), "one\ntw\nfour\n");
}

#[test]
fn a_closed_pipe_stops_nobody() {
    let output = Output::that([Step::Fail(ErrorKind::BrokenPipe); 3]);
    let writer = writer(&output);
    for lost in 1..=3 {
        writer.append(b"unheard\n");
        assert!(writer.flush());
        assert_eq!(writer.dropped(), lost);
    }
}

#[test]
fn what_waits_is_bounded() {
    let output = Output { delay: Duration::from_millis(30), ..Output::default() };
    let writer = Writer::start(Sink::new(output.clone()), 1000).unwrap();
    let line = [b"x".repeat(99), b"\n".to_vec()].concat();
    (0..50).for_each(|_| writer.append(&line));
    assert_eq!(writer.dropped(), 40);
    assert!(writer.flush());
    assert_eq!(output.text().len(), 1000);
    writer.append(&line);
    assert!(writer.flush() && writer.dropped() == 40);
}

#[test]
fn what_is_being_written_counts_as_waiting() {
    let output = Output { delay: Duration::from_millis(500), ..Output::default() };
    let writer = Writer::start(Sink::new(output), 1000).unwrap();
    let line = [b"x".repeat(99), b"\n".to_vec()].concat();
    (0..5).for_each(|_| writer.append(&line));
    // Long enough for the batch to be taken, and not for it to be written.
    thread::sleep(Duration::from_millis(150));
    (0..50).for_each(|_| writer.append(&line));
    assert_eq!(writer.dropped(), 45);
}

#[test]
fn an_output_that_never_takes_anything_does_not_hold_the_end() {
    let output = Output::that(std::iter::repeat_n(Step::Fail(ErrorKind::WouldBlock), 1_000_000));
    let writer = writer(&output);
    writer.append(b"unheard\n");
    let start = Instant::now();
    drop(writer);
    assert!(start.elapsed() < PATIENCE + Duration::from_secs(1));
}

#[test]
fn pieces_of_a_pipe_end_with_a_line() {
    let output = Output::default();
    let mut sink = Sink::new(output.clone());
    sink.narrow(64);
    let lines = format!("{}\n{}\n", "a".repeat(29), "b".repeat(29)).repeat(10) + &"c".repeat(100) + "\nd\n";
    sink.write(lines.as_bytes(), &|| false).unwrap();
    let pieces = output.pieces.lock().unwrap().clone();
    assert!(pieces.iter().all(|piece| piece.ends_with(b"\n")));
    let lengths: Vec<usize> = pieces.iter().map(Vec::len).collect();
    assert_eq!(lengths, [&[60; 10][..], &[101, 2]].concat());
}

#[test]
fn a_replaced_output_gets_what_comes_after() {
    let (before, after) = (Output::default(), Output::default());
    let writer = writer(&before);
    writer.append(b"before\n");
    assert!(writer.flush());
    writer.replace(Sink::new(after.clone()));
    writer.append(b"after\n");
    drop(writer);
    assert_eq!((before.text().as_str(), after.text().as_str()), ("before\n", "after\n"));
}
