//! All cases, and the running of them: one server a group of settings, a bounded number of connections at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::{sync::Semaphore, task::JoinSet};

use crate::{Case, Fault, Program, Server, parse_file, play::play};

/// How many cases run at a time: most of them wait for the network or for a deadline, none computes.
const AT_ONCE: usize = 48;

/// The cases of a folder, each with the name of its file.
#[derive(Debug, Clone)]
pub struct Suite(Vec<(String, Arc<Case>)>);

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
        let mut cases = Vec::new();
        for path in files(folder)? {
            let topic = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            cases.extend(parse_file(&path)?.into_iter().map(|case| (topic.clone(), Arc::new(case))));
        }
        let mut ids = BTreeSet::new();
        match cases.iter().find(|(_, case)| !ids.insert(case.id.clone())) {
            Some((_, case)) => Err(Fault::new(format!("two cases are called {}", case.id))),
            None => Ok(Self(cases)),
        }
    }

    /// The cases that `wanted` picks.
    #[must_use]
    pub fn select(&self, wanted: impl Fn(&Case) -> bool) -> Self {
        Self(self.0.iter().filter(|(_, case)| wanted(case)).cloned().collect())
    }

    /// The cases whose `file::id` `wanted` picks.
    #[must_use]
    pub fn select_names(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|entry| wanted(&name(entry))).cloned().collect())
    }

    /// `file::id` of every case, in the order of the files.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(name)
    }

    /// Runs every case against `program`. A server that does not exit with code 0 is a red verdict of its own.
    pub async fn run(&self, program: &Program) -> Vec<Verdict> {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut groups = JoinSet::new();
        for cases in self.groups() {
            groups.spawn(run_group(program.clone(), cases, places.clone()));
        }
        let mut verdicts = groups.join_all().await.concat();
        verdicts.sort_by_cached_key(|verdict| self.names().position(|name| name == verdict.name));
        verdicts
    }

    /// Cases that may share a server: of the same settings, and none that fills or ends it.
    fn groups(&self) -> Vec<Vec<(String, Arc<Case>)>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in &self.0 {
            let own = entry.1.alone().then(|| entry.1.id.clone());
            groups.entry((own, entry.1.set.clone())).or_default().push((name(entry), entry.1.clone()));
        }
        groups.into_values().collect()
    }
}

fn name((topic, case): &(String, Arc<Case>)) -> String {
    format!("{topic}::{}", case.id)
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
) -> Vec<Verdict> {
    let settings = cases.first().map(|(_, case)| case.set.clone()).unwrap_or_default();
    let server = match program.start(&settings).await {
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
        name: format!("exit-code::{}", settings.keys().cloned().collect::<Vec<_>>().join("+")),
        failure: Some(fault),
    }));
    verdicts
}

async fn run_case(name: String, case: Arc<Case>, server: Arc<Server>, places: Arc<Semaphore>) -> Verdict {
    let _place = places.acquire().await;
    Verdict { name, failure: play(&case, &server).await.err() }
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
