//! Threads, where they run, and the log.

use std::fs;
use std::time::{Duration, Instant};

use crate::client::get;
use crate::process::Server;
use crate::start::started;

pub(crate) const COVERED: &[&str] = &["workers", "pin_workers", "log"];

/// For each worker thread, the cores it may use.
fn cores_of_workers(server: &Server) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.id())).unwrap().map(|task| task.unwrap().path());
    let is_worker = |name: &str| name.starts_with("worker-");
    let workers =
        tasks.filter(|task| fs::read_to_string(task.join("comm")).is_ok_and(|name| is_worker(&name)));
    workers.map(|task| cores(&fs::read_to_string(task.join("status")).unwrap())).collect()
}

fn cores(status: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    line.unwrap().trim().to_owned()
}

#[test]
fn there_are_as_many_workers_as_are_set() {
    let cores = std::thread::available_parallelism().unwrap().get();
    for (value, count) in [("1", 1), ("3", 3), ("off", cores)] {
        let server = started(&[("HS_WORKERS", value)]);
        assert!(server.is_ready(0));
        assert_eq!(settled(&server, count), count, "{value}");
    }
}

/// How many workers there are once they have had time to start.
fn settled(server: &Server, expected: usize) -> usize {
    let deadline = Instant::now() + Duration::from_secs(5);
    while cores_of_workers(server).len() < expected && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    cores_of_workers(server).len()
}

#[test]
fn a_pinned_worker_has_a_core_of_its_own() {
    let all = cores(&fs::read_to_string("/proc/self/status").unwrap());
    for (pinned, expected) in [("true", None), ("false", Some(&all))] {
        let server = started(&[("HS_WORKERS", "1"), ("HS_PIN_WORKERS", pinned)]);
        assert_eq!(settled(&server, 1), 1);
        // A thread is pinned, and named, before it serves.
        assert!(server.is_ready(0));
        let cores = cores_of_workers(&server);
        match expected {
            Some(all) => assert_eq!(cores, [all.as_str()]),
            None => assert!(cores.len() == 1 && cores[0].parse::<usize>().is_ok(), "{cores:?}"),
        }
    }
}

#[test]
fn the_log_says_as_much_as_is_set() {
    let said = |level| {
        let server = started(&[("HS_LOG", level)]);
        assert_eq!(get(server.address(0), "/").status, 200);
        server.stop().log
    };
    assert_eq!(said("off"), "");
    assert!(said("info").contains("draining"));
}
