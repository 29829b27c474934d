//! `cargo xtask tls-audit`: sslyze (Mozilla's intermediate profile) and testssl.sh against the `hyperserve` command.
//!
//! Both tools want a certificate from an authority and a life below a year, so a small authority is made for the run.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::debian::{self, Suite};
use crate::failure::Failure;
use crate::job::Job;
use crate::server::Server;
use crate::venv;
use crate::workspace::Workspace;

/// Findings of testssl.sh that are not the server's: what the application sends, what an authority or a name offers.
const NOT_OURS: [&str; 6] =
    ["HSTS", "OCSP_stapling", "DNS_CAArecord", "cert_revocation", "cert_ocspURL", "security_headers"];
const KEY: [&str; 6] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"];

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    debian::ensure(&[Suite::TlsAudit])?;
    let python = venv::ensure(workspace, "audit", &workspace.path("tests/e2e/audit/requirements.txt"))?;
    let certificates = Certificates::make(workspace)?;
    let command = workspace.program("hyperserve", "hyperserve")?;
    let (certificate, key) = (certificates.path("leaf.pem"), certificates.path("leaf.key"));
    let server = Server::start_tls(&command, &["--tls-cert", &certificate, "--tls-key", &key])?;
    let compliant = sslyze(workspace, &python, &certificates, &server);
    let clean = testssl(workspace, &certificates, &server);
    let failed = [&compliant, &clean].iter().filter(|outcome| outcome.is_err()).count();
    [compliant, clean].into_iter().filter_map(Result::err).for_each(|failure| println!("FAILED {failure}"));
    println!("{} passed, {failed} failed", 2 - failed);
    if failed == 0 { Ok(()) } else { Err(Failure::new("the TLS audit found faults")) }
}

/// An authority and a certificate for localhost, in a folder of their own.
#[derive(Debug)]
struct Certificates(PathBuf);

impl Certificates {
    fn make(workspace: &Workspace) -> Result<Self, Failure> {
        let folder = workspace.tools().join("certificates");
        fs::create_dir_all(&folder).map_err(Failure::during(folder.display()))?;
        let made = Self(folder);
        let signs = "keyUsage=critical,keyCertSign,cRLSign";
        made.sign("ca", &["-days", "300", "-subj", "/CN=audit authority", "-addext", signs])?;
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        let (authority, key) = (made.path("ca.pem"), made.path("ca.key"));
        let leaf =
            ["-days", "200", "-subj", "/CN=localhost", "-CA", &authority, "-CAkey", &key, "-addext", names];
        let uses = [
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-addext",
            "keyUsage=critical,digitalSignature",
        ];
        made.sign("leaf", &[leaf.as_slice(), &uses].concat())?;
        Ok(made)
    }

    fn sign(&self, name: &str, options: &[&str]) -> Result<(), Failure> {
        let (key, certificate) = (self.path(&format!("{name}.key")), self.path(&format!("{name}.pem")));
        let request = Job::new("openssl").args(["req", "-x509"]).args(KEY).args(options);
        request.args(["-keyout", &key, "-out", &certificate]).output().map(drop)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

/// sslyze ends with an error unless the server complies with the profile.
fn sslyze(
    workspace: &Workspace,
    python: &Path,
    certificates: &Certificates,
    server: &Server,
) -> Result<(), Failure> {
    let options =
        ["-m", "sslyze", "--mozilla_config=intermediate", "--certinfo_ca_file", &certificates.path("ca.pem")];
    let target = server.address().replace("127.0.0.1", "localhost");
    workspace.job(python).args(options).args([target]).succeed()
}

/// testssl.sh judges each finding; everything from LOW on that is the server's is a failure.
fn testssl(workspace: &Workspace, certificates: &Certificates, server: &Server) -> Result<(), Failure> {
    let report = certificates.path("testssl.json");
    let _ = fs::remove_file(&report);
    let options =
        ["--quiet", "--color", "0", "--warnings", "batch", "--add-ca", &certificates.path("ca.pem")];
    let scan = workspace.job("testssl").args(options).args(["--jsonfile", &report, server.address()]);
    // its exit code counts what it would rather see, application headers among it; the report is what is judged
    let ended = scan.succeed();
    let findings = fs::read_to_string(&report).map_err(Failure::during("testssl.sh wrote no report"))?;
    let (seen, faults) = faults(&findings)?;
    match faults.as_slice() {
        [] if seen < 50 => Err(ended
            .err()
            .unwrap_or_else(|| Failure::new(format!("testssl.sh looked at {seen} things only")))),
        [] => Ok(()),
        faults => Err(Failure::new(faults.join("\n"))),
    }
}

/// How many findings the report holds, and those that are faults.
fn faults(report: &str) -> Result<(usize, Vec<String>), Failure> {
    let findings: Vec<Value> =
        serde_json::from_str(report).map_err(Failure::during("reading testssl.sh's report"))?;
    let faults = findings.iter().filter(|finding| is_fault(finding));
    Ok((
        findings.len(),
        faults
            .map(|fault| format!("{}: {} ({})", fault["id"], fault["finding"], fault["severity"]))
            .collect(),
    ))
}

fn is_fault(finding: &Value) -> bool {
    let severe = matches!(finding["severity"].as_str(), Some("LOW" | "MEDIUM" | "HIGH" | "CRITICAL"));
    let id = finding["id"].as_str().unwrap_or_default();
    severe && !NOT_OURS.iter().any(|name| id.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::faults;

    #[test]
    fn only_severe_findings_of_the_server_are_faults() {
        let report = r#"[
            {"id": "SSLv2", "severity": "OK", "finding": "not offered"},
            {"id": "HSTS", "severity": "LOW", "finding": "not offered"},
            {"id": "cert_chain", "severity": "INFO", "finding": "passed"},
            {"id": "BEAST", "severity": "MEDIUM", "finding": "VULNERABLE"}]"#;
        let (seen, faults) = faults(report).unwrap();
        assert_eq!(seen, 4);
        assert_eq!(faults, [r#""BEAST": "VULNERABLE" ("MEDIUM")"#]);
    }
}
