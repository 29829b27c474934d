//! [`Local`]: a thread's own counters, and how it finds them.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::catalog::{self, Series};
use super::cells::{Cells, add};
use super::exemplar::Exemplar;
use super::index::Index;
use super::method::MethodLabel;
use super::pool::{Pool, PoolId, Shard, locked};
use crate::trace_context::TraceId;

thread_local! {
    /// One for each [`Pool`] that the thread has counted for, seldom more than one.
    static LOCALS: RefCell<Vec<Local>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
pub(super) struct Local {
    id: PoolId,
    pool: Weak<Pool>,
    bounds: Box<[u64]>,
    shard: Arc<Shard>,
    index: Index,
    /// By the number of the series.
    cells: Vec<Option<Arc<Cells>>>,
    /// No further name gets a number, and the index has all that have one.
    complete: bool,
}

/// Runs, once, with the counters of this thread; not at all if nobody holds the metrics any more.
pub(super) fn with_local<T>(id: PoolId, mut run: impl FnMut(&mut Local) -> T) -> Option<T> {
    let done = LOCALS.try_with(|locals| {
        let mut locals = locals.try_borrow_mut().ok()?;
        let place = Local::place(&mut locals, id);
        Some(place.map(|place| run(&mut locals[place])))
    });
    match done {
        Ok(Some(done)) => done,
        _ => id.pool().map(|pool| pool.with_strays(run)),
    }
}

impl Local {
    pub(super) fn join(pool: &Arc<Pool>) -> Self {
        let (shard, mut cells) = (pool.take(), Vec::new());
        for (series, known) in &*locked(&shard.cells) {
            put(&mut cells, *series, Arc::clone(known));
        }
        Self {
            id: pool.id(),
            pool: Arc::downgrade(pool),
            bounds: pool.bounds.clone(),
            shard,
            index: Index::default(),
            cells,
            complete: false,
        }
    }

    fn place(locals: &mut Vec<Self>, id: PoolId) -> Option<usize> {
        let known = locals.iter().position(|local| local.id == id);
        known.or_else(|| {
            locals.retain(|local| local.pool.strong_count() > 0);
            locals.push(Self::join(&id.pool()?));
            Some(locals.len() - 1)
        })
    }

    /// A request begins; gives its series.
    pub(super) fn begin(&mut self, method: MethodLabel, route: Option<&str>) -> Series {
        add(&self.shard.started, 1);
        match route {
            None => catalog::unmatched(method),
            Some(route) => self.index.find(method, route).unwrap_or_else(|| self.meet(method, route)),
        }
    }

    /// A request ends.
    pub(super) fn end(
        &mut self,
        series: Series,
        status: u16,
        took: Duration,
        sent: u64,
        trace: Option<TraceId>,
    ) {
        add(&self.shard.ended, 1);
        let bounds = std::mem::take(&mut self.bounds);
        let cells = self.cells(series);
        let bucket = cells.answered(status, took, &bounds);
        if let Some(trace) = trace {
            cells.mark(bucket, Exemplar::now(trace, took));
        }
        if sent > 0 {
            cells.sent(sent);
        }
        self.bounds = bounds;
    }

    pub(super) fn received(&mut self, series: Series, bytes: u64) {
        self.cells(series).received(bytes);
    }

    fn cells(&mut self, series: Series) -> &Cells {
        let place = series as usize;
        if self.cells.get(place).is_none_or(Option::is_none) {
            let cells = Arc::<Cells>::default();
            locked(&self.shard.cells).push((series, Arc::clone(&cells)));
            put(&mut self.cells, series, cells);
        }
        self.cells[place].get_or_insert_default()
    }

    #[cold]
    fn meet(&mut self, method: MethodLabel, route: &str) -> Series {
        let pool = self.pool.upgrade().filter(|_| !self.complete);
        let Some(pool) = pool else { return catalog::beyond(method) };
        let mut catalog = pool.catalog();
        if let Some((series, name)) = catalog.number(method, route) {
            self.index.add(name, series);
            return series;
        }
        for (series, name) in catalog.all() {
            if self.index.find(name.method, &name.route).is_none() {
                self.index.add(Arc::clone(name), series);
            }
        }
        self.complete = true;
        catalog::beyond(method)
    }
}

fn put(cells: &mut Vec<Option<Arc<Cells>>>, series: Series, own: Arc<Cells>) {
    let place = series as usize;
    if cells.len() <= place {
        cells.resize(place + 1, None);
    }
    cells[place] = Some(own);
}

/// The thread has ended: the next one goes on with its counters.
impl Drop for Local {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.give_back(Arc::clone(&self.shard));
        }
    }
}
