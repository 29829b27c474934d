//! The figures of the process, under the names that Prometheus' own libraries have for them.

/// Elsewhere there is no such place to read them from.
#[cfg(not(target_os = "linux"))]
pub(super) const fn write(_: &mut super::page::Writer<'_>) {}

#[cfg(target_os = "linux")]
pub(super) use self::linux::write;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::sync::LazyLock;

    use rustix::param::{clock_ticks_per_second, page_size};
    use rustix::process::{Resource, getrlimit};
    use rustix::time::{ClockId, clock_gettime};

    use super::super::page::{Kind, Writer};

    /// What cannot be read is left out.
    pub(crate) fn write(page: &mut Writer<'_>) {
        let mut figure = |name: &str, kind, help, value: Option<f64>| {
            if let Some(value) = value {
                page.family(name, kind, help);
                let total = if kind == Kind::Counter { "_total" } else { "" };
                page.sample(&format!("{name}{total}"), &[], value);
            }
        };
        figure("process_cpu_seconds", Kind::Counter, "CPU time, user and system.", Some(cpu_seconds()));
        let (virtual_memory, resident) = memory().unzip();
        figure("process_resident_memory_bytes", Kind::Gauge, "Memory that is resident.", resident);
        figure("process_virtual_memory_bytes", Kind::Gauge, "Address space.", virtual_memory);
        figure("process_threads", Kind::Gauge, "Threads.", stat(THREADS));
        figure("process_open_fds", Kind::Gauge, "Open descriptors.", open_descriptors());
        let most = getrlimit(Resource::Nofile).current.map(|most| most as f64);
        figure("process_max_fds", Kind::Gauge, "Descriptors that may be open.", most);
        figure("process_start_time_seconds", Kind::Gauge, "When the process began, Unix time.", *STARTED);
    }

    fn cpu_seconds() -> f64 {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }

    /// Bytes of address space and of resident memory.
    fn memory() -> Option<(f64, f64)> {
        let text = fs::read_to_string("/proc/self/statm").ok()?;
        let mut pages = text.split(' ').map_while(|count| count.parse::<f64>().ok());
        let bytes = page_size() as f64;
        Some((pages.next()? * bytes, pages.next()? * bytes))
    }

    fn open_descriptors() -> Option<f64> {
        // One of them is the directory that is being read.
        Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
    }

    /// Fields of proc_pid_stat(5), counted from the one behind the name of the program, which is the third.
    const THREADS: usize = 20 - 3;
    const START: usize = 22 - 3;

    fn stat(field: usize) -> Option<f64> {
        let text = fs::read_to_string("/proc/self/stat").ok()?;
        // The name of a program may have spaces and parentheses in it.
        text.get(text.rfind(')')? + 2..)?.split(' ').nth(field)?.parse().ok()
    }

    /// It does not change, and what tells the time of the boot is a long file.
    static STARTED: LazyLock<Option<f64>> = LazyLock::new(|| {
        let system = fs::read_to_string("/proc/stat").ok()?;
        let boot: f64 = system.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        Some(boot + stat(START)? / clock_ticks_per_second() as f64)
    });

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::time::{SystemTime, UNIX_EPOCH};

        #[test]
        fn figures_are_those_of_this_process() {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
            assert!((now - 600.0..now + 2.0).contains(&STARTED.unwrap()), "{STARTED:?}, now {now}");
            let (virtual_memory, resident) = memory().unwrap();
            assert!(resident > 1e5 && virtual_memory > resident);
            let before = open_descriptors().unwrap();
            let files = [(); 7].map(|()| fs::File::open("/proc/self/stat").unwrap());
            // Other tests open files, too.
            assert!(open_descriptors().unwrap() >= before + 4.0);
            drop(files);
            assert!(stat(THREADS).unwrap() >= 1.0 && cpu_seconds() > 0.0);
        }
    }
}
