//! All cases, and the running of them: one server a group of settings, a bounded number of connections at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    Case, CaseFile, Fault, InProcess, Program, Server, Settings, Start, in_process, parse_file, play::play,
};

/// How many cases run at a time: most of them wait for the network or for a deadline, none computes.
const AT_ONCE: usize = 48;
/// How many programs start at a time: an interpreter computes while it starts, and each has a deadline for it.
const STARTS_AT_ONCE: usize = 4;

/// The cases of a folder, and the starts that must fail.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    cases: Vec<Entry>,
    starts: Vec<(String, Arc<Start>)>,
}

#[derive(Debug, Clone)]
struct Entry {
    /// `file::id`.
    name: String,
    case: Arc<Case>,
    in_process: bool,
}

/// One case's outcome.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// `file::id`.
    pub name: String,
    /// Why it is red.
    pub failure: Option<Fault>,
}

/// `spec/cases` of this checkout.
#[must_use]
pub fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/cases")
}

impl Suite {
    /// Reads every `*.toml` of `folder`.
    ///
    /// # Errors
    /// The folder or a file cannot be read, a case is not well-formed, or two share an id.
    pub fn load(folder: &Path) -> Result<Self, Fault> {
        let mut suite = Self::default();
        for path in files(folder)? {
            let topic = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            suite.add(&topic, parse_file(&path)?);
        }
        let mut ids = BTreeSet::new();
        let repeated = suite.ids().find(|id| !ids.insert(id.clone()));
        repeated.map_or_else(|| Ok(suite.clone()), |id| Err(Fault::new(format!("two cases are called {id}"))))
    }

    fn add(&mut self, topic: &str, file: CaseFile) {
        let name = |id: &str| format!("{topic}::{id}");
        self.cases.extend(file.cases.into_iter().map(|case| Entry {
            name: name(&case.id),
            in_process: file.in_process && case.needs_socket.is_none(),
            case: Arc::new(case),
        }));
        self.starts.extend(file.starts.into_iter().map(|start| (name(&start.id), Arc::new(start))));
    }

    fn ids(&self) -> impl Iterator<Item = String> + '_ {
        let cases = self.cases.iter().map(|entry| entry.case.id.clone());
        cases.chain(self.starts.iter().map(|(_, start)| start.id.clone()))
    }

    /// The cases that `wanted` picks, and no start.
    #[must_use]
    pub fn select(&self, wanted: impl Fn(&Case) -> bool) -> Self {
        Self { cases: self.pick(|entry| wanted(&entry.case)), starts: Vec::new() }
    }

    /// The cases that can be played in process, and no start.
    #[must_use]
    pub fn in_process(&self) -> Self {
        Self { cases: self.pick(|entry| entry.in_process), starts: Vec::new() }
    }

    /// What of both has a `file::id` that `wanted` picks.
    #[must_use]
    pub fn select_names(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let starts = self.starts.iter().filter(|(name, _)| wanted(name)).cloned().collect();
        Self { cases: self.pick(|entry| wanted(&entry.name)), starts }
    }

    fn pick(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.cases.iter().filter(|entry| wanted(entry)).cloned().collect()
    }

    /// `file::id` of every case and start.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        let cases = self.cases.iter().map(|entry| entry.name.clone());
        cases.chain(self.starts.iter().map(|(name, _)| name.clone()))
    }

    /// Plays every case against a service of this process; `make` makes one for each group of settings.
    pub async fn run_in_process<S: InProcess>(
        &self,
        make: impl Fn(&Settings) -> Result<S, Fault>,
    ) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for cases in self.groups() {
            let settings = cases.first().map(|(_, case)| case.settings()).unwrap_or_default();
            match make(&settings) {
                Err(fault) => verdicts.extend(all_red(cases, &fault)),
                Ok(mut service) => {
                    for (name, case) in cases {
                        let failure = in_process::play(&case, &mut service).await.err();
                        verdicts.push(Verdict { name, failure });
                    }
                }
            }
        }
        self.in_order(verdicts)
    }

    /// Runs every case against `program`. A server that does not exit with code 0 is a red verdict of its own.
    pub async fn run(&self, program: &Program) -> Vec<Verdict> {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let starting = Arc::new(Semaphore::new(STARTS_AT_ONCE));
        let mut groups = JoinSet::new();
        for cases in self.groups() {
            groups.spawn(run_group(program.clone(), cases, places.clone(), starting.clone()));
        }
        for (name, start) in self.starts.clone() {
            groups.spawn(run_start(program.clone(), name, start, starting.clone()));
        }
        self.in_order(groups.join_all().await.concat())
    }

    fn in_order(&self, mut verdicts: Vec<Verdict>) -> Vec<Verdict> {
        verdicts.sort_by_cached_key(|verdict| self.names().position(|name| name == verdict.name));
        verdicts
    }

    /// Cases that may share a server: of the same settings, and none that fills or ends it.
    fn groups(&self) -> Vec<Vec<(String, Arc<Case>)>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for Entry { name, case, .. } in &self.cases {
            let own = case.alone().then(|| case.id.clone());
            groups.entry((own, case.settings())).or_default().push((name.clone(), case.clone()));
        }
        groups.into_values().collect()
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let told = |error: std::io::Error| Fault::new(format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(told)? {
        files.push(entry.map_err(told)?.path());
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

async fn run_group(
    program: Program,
    cases: Vec<(String, Arc<Case>)>,
    places: Arc<Semaphore>,
    starting: Arc<Semaphore>,
) -> Vec<Verdict> {
    let settings = cases.first().map(|(_, case)| case.settings()).unwrap_or_default();
    let place = starting.acquire().await;
    let started = program.start(&settings).await;
    drop(place);
    let server = match started {
        Ok(server) => Arc::new(server),
        Err(fault) => return all_red(cases, &fault),
    };
    let mut running = JoinSet::new();
    for (name, case) in cases {
        running.spawn(run_case(name, case, server.clone(), places.clone()));
    }
    let mut verdicts = running.join_all().await;
    let stopped = stop(server).await;
    verdicts.extend(stopped.err().map(|fault| Verdict {
        name: format!("exit-code::{}", settings.set.keys().cloned().collect::<Vec<_>>().join("+")),
        failure: Some(fault),
    }));
    verdicts
}

async fn run_case(name: String, case: Arc<Case>, server: Arc<Server>, places: Arc<Semaphore>) -> Verdict {
    let _place = places.acquire().await;
    Verdict { name, failure: play(&case, &server).await.err() }
}

async fn run_start(
    program: Program,
    name: String,
    start: Arc<Start>,
    starting: Arc<Semaphore>,
) -> Vec<Verdict> {
    let _place = starting.acquire().await;
    vec![Verdict { name, failure: refused(&program, &start).await.err() }]
}

/// A start that must fail: not by a signal, not with 0, and with its reason on standard error.
async fn refused(program: &Program, start: &Start) -> Result<(), Fault> {
    let (status, said) = program.refuse(&start.settings()).await?;
    let told = |what: String| {
        Err(Fault::new(format!("{what}\n  rule: {}\n--- standard error\n{said}---", start.title)))
    };
    if status.code().is_none_or(|code| code == 0) {
        return told(format!("it ended with {status}"));
    }
    match start.says.iter().find(|text| !said.contains(text.as_str())) {
        Some(text) => told(format!("standard error does not say `{text}`")),
        None => Ok(()),
    }
}

async fn stop(server: Arc<Server>) -> Result<(), Fault> {
    match Arc::into_inner(server) {
        Some(server) => server.stop().await,
        None => Err(Fault::new("a case still holds its server")),
    }
}

fn all_red(cases: Vec<(String, Arc<Case>)>, fault: &Fault) -> Vec<Verdict> {
    cases.into_iter().map(|(name, _)| Verdict { name, failure: Some(fault.clone()) }).collect()
}
