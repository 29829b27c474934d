//! The app answers without a socket.

use std::process::Command;

#[test]
fn it_answers_in_process() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-desktop-shell")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "200 OK <h1>Inside the window</h1>\n200 OK HELLO\n");
}
