//! What the suites need from Debian, in one table; installed when missing, or named when this user may not install.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::job::Job;

/// Who wants a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// Anything that runs in a Python virtual environment.
    Python,
    EndToEnd,
    Browser,
    Slow,
    TlsAudit,
    Bench,
}

/// How to see that a package is there already, from Debian or from anywhere else.
#[derive(Debug)]
enum Sign {
    Program(&'static str),
    PythonModule(&'static str),
}

#[derive(Debug)]
struct Package {
    name: &'static str,
    sign: Sign,
    suites: &'static [Suite],
    reason: &'static str,
}

const PACKAGES: &[Package] = &[
    Package {
        name: "python3-venv",
        sign: Sign::PythonModule("ensurepip"),
        suites: &[Suite::Python],
        reason: "Debian's python3 comes without venv",
    },
    Package {
        name: "curl",
        sign: Sign::Program("curl"),
        suites: &[Suite::EndToEnd],
        reason: "a client of HTTP/1.1, HTTP/2 and TLS that is not ours",
    },
    Package {
        name: "openssl",
        sign: Sign::Program("openssl"),
        suites: &[Suite::EndToEnd, Suite::TlsAudit],
        reason: "another TLS stack: s_client, and test certificates",
    },
    Package {
        name: "nghttp2-client",
        sign: Sign::Program("h2load"),
        suites: &[Suite::EndToEnd, Suite::Bench],
        reason: "h2load: many HTTP/2 streams at once",
    },
    Package {
        name: "chromium",
        sign: Sign::Program("chromium"),
        suites: &[Suite::Browser],
        reason: "a real browser",
    },
    Package {
        name: "slowhttptest",
        sign: Sign::Program("slowhttptest"),
        suites: &[Suite::Slow],
        reason: "slow heads, slow bodies, slow readers",
    },
    Package {
        name: "testssl.sh",
        sign: Sign::Program("testssl"),
        suites: &[Suite::TlsAudit],
        reason: "a list of TLS findings in plain words",
    },
    Package {
        name: "wrk",
        sign: Sign::Program("wrk"),
        suites: &[Suite::EndToEnd, Suite::Bench],
        reason: "load on kept-alive connections",
    },
    Package {
        name: "nginx-light",
        sign: Sign::Program("nginx"),
        suites: &[Suite::EndToEnd, Suite::Bench],
        reason: "a reverse proxy in front of WebSockets, and the server of files to be measured against",
    },
    Package {
        name: "redis-server",
        sign: Sign::Program("redis-server"),
        suites: &[Suite::EndToEnd],
        reason: "rooms that span machines",
    },
    Package {
        name: "valgrind",
        sign: Sign::Program("valgrind"),
        suites: &[Suite::Bench],
        reason: "callgrind: instructions a request, whatever else the machine does",
    },
];

/// Makes sure that everything `suites` want is there.
pub(crate) fn ensure(suites: &[Suite]) -> Result<(), Failure> {
    let missing: Vec<&Package> = wanted(suites).filter(|package| !is_there(&package.sign)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    for package in &missing {
        println!("missing: {} ({})", package.name, package.reason);
    }
    if !may_install() {
        return Err(Failure::new(format!("run as root: apt-get install {}", names.join(" "))));
    }
    println!("installing from Debian: {}", names.join(" "));
    install(&names)
}

fn wanted(suites: &[Suite]) -> impl Iterator<Item = &'static Package> {
    PACKAGES.iter().filter(move |package| package.suites.iter().any(|suite| suites.contains(suite)))
}

fn install(names: &[&str]) -> Result<(), Failure> {
    let apt = || Job::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    apt().args(["update", "-q"]).succeed()?;
    apt().args(["install", "-q", "-y", "--no-install-recommends"]).args(names).succeed()
}

fn may_install() -> bool {
    is_root() && on_path("apt-get")
}

fn is_root() -> bool {
    Job::new("id").args(["-u"]).output().unwrap_or_default().trim() == "0"
}

fn is_there(sign: &Sign) -> bool {
    match sign {
        Sign::Program(program) => on_path(program),
        Sign::PythonModule(module) => {
            Job::new("python3").args(["-c", &format!("import {module}")]).output().is_ok()
        }
    }
}

/// Whether packages can be had, by whatever user.
pub(crate) fn may_download() -> bool {
    ["apt-get", "dpkg-deb"].into_iter().all(on_path)
}

/// Lays out the files of a package in a folder of our own: nothing is installed, and no service starts.
pub(crate) fn extract(package: &str, folder: &Path) -> Result<(), Failure> {
    println!("taking {package} of Debian apart into {}", folder.display());
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(Failure::during(folder.display()))?;
    if is_root() {
        Job::new("apt-get").args(["update", "-q"]).succeed()?;
    }
    // apt would fetch as a user of its own, who may not write here.
    let options = ["-q", "-o", "APT::Sandbox::User=root", "download", package];
    Job::new("apt-get").args(options).directory(folder).succeed()?;
    let archive = archive_in(folder)?;
    Job::new("dpkg-deb").args(["--extract"]).args([archive.as_path(), folder]).succeed()?;
    fs::remove_file(&archive).map_err(Failure::during(archive.display()))
}

fn archive_in(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::during(folder.display()))?;
    let mut files = entries.flatten().map(|entry| entry.path());
    let archive = files.find(|file| file.extension().is_some_and(|ending| ending == "deb"));
    archive.ok_or_else(|| Failure::new(format!("apt-get left no package in {}", folder.display())))
}

pub(crate) fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where the path of users other than root does not lead.
    let mut places = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    places.any(|directory| directory.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::{Sign, Suite, is_there, on_path, wanted};

    #[test]
    fn signs_tell_what_is_there() {
        assert!(on_path("sh"));
        assert!(!is_there(&Sign::Program("no-such-program-here")));
        assert!(!is_there(&Sign::PythonModule("no_such_module_here")));
    }

    #[test]
    fn a_suite_wants_only_its_own() {
        let names: Vec<_> = wanted(&[Suite::TlsAudit]).map(|package| package.name).collect();
        assert_eq!(names, ["openssl", "testssl.sh"]);
    }
}
