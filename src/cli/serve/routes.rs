//! What can be asked for, and who answers.

use super::desk::Desk;
use super::gate::{self, Gate, plain};
use super::labels::{self, Key, Labels};
use super::page::{self, Field, Question, Shown};
use super::runs::{self, Run};
use crate::cli::engine::{Answer, Engine, Watch, of_pairs, ranked};
use crate::cli::given::Given;
use crate::cli::term::to_stderr;
use crate::report::{label_page_saving, read_folder, report_page};
use crate::sentiment::Drawn;
use crate::{Error, Result};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Json, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that a page may send.
const BODY: usize = 1 << 20;
/// How long a question waits for the one before it.
const TURN: Duration = Duration::from_secs(20);
/// How long a question may take.
const ANSWER: Duration = Duration::from_mins(1);
/// Creators that a ranking shows where nothing else is said.
const SHOWN: usize = 20;

/// What all requests share.
pub(super) struct App {
    root: PathBuf,
    desk: Arc<tokio::sync::Mutex<Desk>>,
    /// The question at hand.
    watch: Mutex<Arc<Watch>>,
    /// The comments that pages to label were made of, by run.
    sheets: Mutex<BTreeMap<String, BTreeMap<Key, Drawn>>>,
    pub(super) gate: Gate,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    pub(super) fn new(root: PathBuf, desk: Desk, gate: Gate) -> Self {
        Self {
            root,
            desk: Arc::new(tokio::sync::Mutex::new(desk)),
            watch: Mutex::default(),
            sheets: Mutex::default(),
            gate,
        }
    }

    /// Ends the question at hand at its next step.
    pub(super) fn stop(&self) {
        lock(&self.watch).stop();
    }

    fn watched(&self) -> Arc<Watch> {
        let watch = Arc::<Watch>::default();
        *lock(&self.watch) = Arc::clone(&watch);
        watch
    }

    /// A run by its name; without one, the newest.
    fn run(&self, name: Option<&str>) -> Answered<Run> {
        let runs = runs::list(&self.root).map_err(Refusal::Error)?;
        let mut found = runs.into_iter();
        found
            .find(|run| name.is_none_or(|name| run.name == name))
            .ok_or(Refusal::NoRun)
    }
}

/// Why there is no answer.
enum Refusal {
    /// There is no such run.
    NoRun,
    /// Another question is at hand, which has read so many texts.
    Busy((usize, usize)),
    Error(Error),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoRun => StatusCode::NOT_FOUND,
            Self::Busy(_) | Self::Error(Error::Limit { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Error(error) if error.exit_status() == 2 => StatusCode::BAD_REQUEST,
            Self::Error(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::NoRun => "There is no such run in this folder.".to_owned(),
            Self::Busy(_) => {
                "Another question is being answered; ask again in a moment.".to_owned()
            }
            Self::Error(error) => error.to_string(),
        }
    }

    fn json(&self) -> Response {
        (self.status(), Json(json!({ "error": self.message() }))).into_response()
    }

    fn page(&self, run: &str, here: &str) -> Response {
        let page = match self {
            Self::Busy(progress) => page::waiting(run, here, *progress),
            Self::NoRun => page::trouble("No such run", None, &self.message()),
            Self::Error(_) => page::trouble("No answer", Some((run, here)), &self.message()),
        };
        (self.status(), page).into_response()
    }
}

type Answered<T> = std::result::Result<T, Refusal>;

/// Stops a question that nobody waits for any more.
struct StopAtEnd(Arc<Watch>);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Has the engine of a run do something, beside the server's own thread and after the question before it.
async fn ask<T: Send + 'static>(
    app: &Arc<App>,
    run: Run,
    act: impl FnOnce(&mut Engine, &Arc<Watch>) -> Result<T> + Send + 'static,
) -> Answered<T> {
    let turn = tokio::time::timeout(TURN, Arc::clone(&app.desk).lock_owned()).await;
    let Ok(mut desk) = turn else {
        return Err(Refusal::Busy(lock(&app.watch).progress()));
    };
    let watch = app.watched();
    let _stop = StopAtEnd(Arc::clone(&watch));
    let work = tokio::task::spawn_blocking(move || act(desk.engine(&run)?, &watch));
    match tokio::time::timeout(ANSWER, work).await {
        Ok(Ok(answer)) => answer.map_err(Refusal::Error),
        Ok(Err(_)) => Err(Refusal::Error(Error::Internal(
            "the question could not be answered".to_owned(),
        ))),
        Err(_) => Err(Refusal::Error(Error::limit(format!(
            "no answer within {} seconds; what was read is kept, so asking again goes on from there",
            ANSWER.as_secs()
        )))),
    }
}

/// Reads the newest run's tables before anybody asks, so that the first answer is as fast as the second.
pub(super) async fn warm(app: Arc<App>, quiet: bool) {
    let Ok(run) = app.run(None) else { return };
    let mut desk = Arc::clone(&app.desk).lock_owned().await;
    let watch = app.watched();
    let work = tokio::task::spawn_blocking(move || -> Result<Option<String>> {
        let engine = desk.engine(&run)?;
        let asked = ["niche", "like"];
        if asked
            .iter()
            .all(|flag| engine.source().setting("rank", flag).is_none())
        {
            return Ok(None);
        }
        let start = Instant::now();
        engine.ask("rank", &Given::default(), &watch)?;
        Ok(Some(format!(
            "the tables of {} are read, in {:.1} s",
            run.name,
            start.elapsed().as_secs_f64()
        )))
    });
    let line = match work.await {
        Ok(Ok(line)) => line,
        Ok(Err(error)) => Some(format!("warning: {error}")),
        Err(_) => None,
    };
    if let Some(line) = line.filter(|_| !quiet) {
        to_stderr(&line);
    }
}

/// Every address.
pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/style.css", get(style))
        .route("/runs/{run}", get(report))
        .route("/runs/{run}/search", get(search))
        .route("/runs/{run}/plan", get(plan))
        .route("/runs/{run}/label", get(label))
        .route("/runs/{run}/labels", post(store))
        .route("/api/runs", get(api_runs))
        .route("/api/rank", get(api_rank))
        .route("/api/plan", get(api_plan))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(app),
            gate::guard,
        ))
        .with_state(Arc::clone(app))
}

type Pairs = Vec<(String, String)>;

async fn nothing() -> Response {
    plain(
        StatusCode::NOT_FOUND,
        "There is no such page; the runs are at /",
    )
}

async fn style() -> Response {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        page::STYLE,
    )
        .into_response()
}

async fn index(State(app): State<Arc<App>>) -> Response {
    let listed = tokio::task::spawn_blocking(move || -> Result<Vec<(Run, Vec<String>)>> {
        let runs = runs::list(&app.root)?.into_iter();
        Ok(runs
            .map(|run| (run.best(), run))
            .map(|(best, run)| (run, best))
            .collect())
    });
    match listed.await {
        Ok(Ok(runs)) => page::index(&runs).into_response(),
        Ok(Err(error)) => {
            let page = page::trouble("No runs", None, &error.to_string());
            (StatusCode::NOT_FOUND, page).into_response()
        }
        Err(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The runs could not be listed.",
        ),
    }
}

/// The report's page as `report` makes it, with the run's links above it and its own policy.
async fn report(State(app): State<Arc<App>>, Path(name): Path<String>) -> Response {
    let run = match app.run(Some(&name)) {
        Ok(run) => run,
        Err(refusal) => return refusal.page(&name, ""),
    };
    let made = tokio::task::spawn_blocking(move || report_page(&read_folder(&run.folder)?));
    match made.await {
        Ok(Ok(bytes)) => {
            let html = String::from_utf8_lossy(&bytes);
            own_policy(html.replacen("<body>", &format!("<body>\n{}", page::links(&name, "")), 1))
        }
        Ok(Err(error)) => Refusal::Error(error).page(&name, ""),
        Err(_) => Refusal::Error(Error::Internal("the report could not be made".to_owned()))
            .page(&name, ""),
    }
}

/// A page that names its own policy, which then is the answer's, too.
fn own_policy(html: String) -> Response {
    let named = html
        .split_once("http-equiv=\"Content-Security-Policy\" content=\"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let policy = named.map_or("default-src 'none'", |(policy, _)| policy);
    let policy = format!("{policy}; frame-ancestors 'none'");
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

/// A question to `rank` or `plan`, with the names of its creators.
async fn answer(
    app: &Arc<App>,
    run: Run,
    command: &'static str,
    pairs: &[(String, String)],
) -> Answered<(Answer, f64)> {
    let mut settings = of_pairs(command, pairs).map_err(Refusal::Error)?;
    settings.set("output", "memory:table");
    ask(app, run.clone(), move |engine, watch| {
        let start = Instant::now();
        let top = settings.has("top");
        if command == "rank" && !top && engine.source().setting("rank", "top").is_none() {
            settings.set("top", SHOWN);
        }
        let mut answer = engine.ask(command, &settings, watch)?;
        ranked(&mut answer, &engine.creators()?);
        let known = run.inputs();
        let changed: Vec<String> = answer
            .inputs()
            .filter(|(_, sha256)| !known.contains(sha256))
            .map(|(path, _)| {
                format!(
                    "{path} has changed since this run: the report shows what stood there before"
                )
            })
            .collect();
        answer.warnings.extend(changed);
        Ok((answer, start.elapsed().as_secs_f64()))
    })
    .await
}

/// What a form has sent, without what is no setting.
fn asked(pairs: Pairs) -> Pairs {
    let own = |name: &str| ["run", "token"].contains(&name);
    pairs.into_iter().filter(|(name, _)| !own(name)).collect()
}

/// A page with a form and, where something was asked, its answer.
async fn question(
    app: Arc<App>,
    (run, here, command): (String, &'static str, &'static str),
    fields: &[Field<'_>],
    show: for<'a, 'b> fn(&'a Question<'b>) -> Html<String>,
    pairs: Pairs,
) -> Response {
    let found = match app.run(Some(&run)) {
        Ok(found) => found,
        Err(refusal) => return refusal.page(&run, here),
    };
    let mut pairs = asked(pairs);
    let page = |pairs: &[(String, String)], shown: Shown<'_>| {
        show(&Question {
            run: &run,
            here,
            fields,
            asked: pairs,
            shown,
        })
    };
    if pairs.is_empty() {
        pairs.push(("niche".to_owned(), found.niche()));
        return page(&pairs, Shown::Nothing).into_response();
    }
    match answer(&app, found, command, &pairs).await {
        Ok((answer, seconds)) => page(&pairs, Shown::Answer(&answer, seconds)).into_response(),
        Err(refusal @ Refusal::Error(_)) => (
            refusal.status(),
            page(&pairs, Shown::Trouble(&refusal.message())),
        )
            .into_response(),
        Err(refusal) => refusal.page(&run, here),
    }
}

async fn search(
    State(app): State<Arc<App>>,
    Path(run): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Response {
    question(
        app,
        (run, "/search", "rank"),
        &page::SEARCH,
        page::search,
        pairs,
    )
    .await
}

async fn plan(
    State(app): State<Arc<App>>,
    Path(run): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Response {
    question(app, (run, "/plan", "plan"), &page::PLAN, page::plan, pairs).await
}

/// The form, or the page of `label` with a place to save to.
async fn label(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Response {
    let here = "/label";
    let pairs = asked(pairs);
    let show = |shown: Shown<'_>| {
        page::label(&Question {
            run: &name,
            here,
            fields: &page::LABEL,
            asked: &pairs,
            shown,
        })
    };
    let run = match app.run(Some(&name)) {
        Ok(run) => run,
        Err(refusal) => return refusal.page(&name, here),
    };
    if pairs.is_empty() {
        return show(Shown::Nothing).into_response();
    }
    let drawn = match sheet(&app, run, &pairs).await {
        Ok(drawn) => drawn,
        Err(refusal @ Refusal::Error(_)) => {
            return (refusal.status(), show(Shown::Trouble(&refusal.message()))).into_response();
        }
        Err(refusal) => return refusal.page(&name, here),
    };
    match label_page_saving(&drawn, &format!("/runs/{}/labels", page::encode(&name))) {
        Ok(bytes) => {
            let html = String::from_utf8_lossy(&bytes);
            own_policy(html.replacen("<main", &format!("{}\n<main", page::links(&name, here)), 1))
        }
        Err(error) => Refusal::Error(error).page(&name, here),
    }
}

/// Draws the comments of a sheet, and keeps them for the labels that come back.
async fn sheet(app: &Arc<App>, run: Run, pairs: &[(String, String)]) -> Answered<Vec<Drawn>> {
    let mut settings = of_pairs("label", pairs).map_err(Refusal::Error)?;
    settings.set("output", "memory:table");
    let stamp = run.stamp();
    let drawn = ask(app, run, move |engine, watch| {
        let answer = engine.ask("label", &settings, watch)?;
        labels::drawn(&answer.table.unwrap_or_default())
    })
    .await?;
    let mut sheets = lock(&app.sheets);
    let known = sheets.entry(stamp).or_default();
    known.extend(drawn.iter().map(|one| (labels::key(one), one.clone())));
    Ok(drawn)
}

async fn store(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Json(sent): Json<Labels>,
) -> Response {
    let run = match app.run(Some(&name)) {
        Ok(run) => run,
        Err(refusal) => return refusal.json(),
    };
    // The lock also keeps two pages from writing at once.
    let done = tokio::task::spawn_blocking(move || {
        let sheets = lock(&app.sheets);
        let none = BTreeMap::new();
        labels::store(
            &run.folder,
            sheets.get(&run.stamp()).unwrap_or(&none),
            &sent,
        )
    });
    match done.await {
        Ok(Ok((path, labelled))) => Json(labels::stored(&path, labelled)).into_response(),
        Ok(Err(error)) => Refusal::Error(error).json(),
        Err(_) => Refusal::Error(Error::Internal("the labels were not stored".to_owned())).json(),
    }
}

async fn api_runs(State(app): State<Arc<App>>) -> Response {
    match runs::list(&app.root) {
        Ok(runs) => {
            let runs: Vec<Value> = runs
                .iter()
                .map(|run| json!({ "run": run.name, "started_at": run.date(), "niche": run.niche(), "best": run.best() }))
                .collect();
            Json(json!({ "runs": runs })).into_response()
        }
        Err(error) => Refusal::Error(error).json(),
    }
}

async fn api(app: Arc<App>, command: &'static str, pairs: Pairs) -> Response {
    let wanted = pairs
        .iter()
        .find(|(name, _)| name == "run")
        .map(|(_, run)| run.clone());
    let run = match app.run(wanted.as_deref()) {
        Ok(run) => run,
        Err(refusal) => return refusal.json(),
    };
    let name = run.name.clone();
    match answer(&app, run, command, &asked(pairs)).await {
        Ok((answer, seconds)) => {
            let mut document = answer.with_words();
            document["run"] = json!(name);
            document["seconds"] = json!(seconds);
            Json(document).into_response()
        }
        Err(refusal) => refusal.json(),
    }
}

async fn api_rank(State(app): State<Arc<App>>, Query(pairs): Query<Pairs>) -> Response {
    api(app, "rank", pairs).await
}

async fn api_plan(State(app): State<Arc<App>>, Query(pairs): Query<Pairs>) -> Response {
    api(app, "plan", pairs).await
}
