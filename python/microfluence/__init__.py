"""Find micro-influencers in a niche, measure what is said about a brand, and see the evidence behind every score.

Tables go in as anything that speaks Arrow (pyarrow, polars, pandas, duckdb) or as paths; a :class:`Frame` comes out, which the same
libraries take as it is. Columns and results are those of the program ``microfluence``. The models come with the package: nothing is
fetched.

    >>> import microfluence
    >>> sample = microfluence.sample()
    >>> ranking = microfluence.rank(niche="skincare", **sample)
    >>> ranking.to_pandas()[["rank", "creator_id", "score"]]

Options of every command: ``seed`` (same tables and seed, same result), ``threads`` (all cores by default; the result does not depend on
it), ``map`` (a ready-made map of an export's column names, or a TOML file), ``strict`` (the first row that cannot be used is an error),
``languages`` (those that sentiment is judged in; all by default), ``model`` and ``embedding_model`` (a model folder in place of the one that comes along), ``no_cache`` (read every text anew and keep
nothing on disk), ``hash_ids`` (a key, or better ``env:NAME`` or ``@FILE``: keyed hashes in the place of people), ``progress`` (False, or a function that is called with the texts read and the texts at hand).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _native
from ._call import COMMON, Progress, TableLike, command
from .errors import FileError, InputError, InternalError, MicrofluenceError, ModelError, UsageError
from .frame import Frame, Page

__version__: str = _native.__version__
__all__ = [
    "FileError", "Frame", "InputError", "InternalError", "MicrofluenceError", "ModelError", "Page", "UsageError", "authenticity",
    "campaign", "embed", "engagement", "lift", "niches", "plan", "rank", "report", "safety", "sample", "sentiment",
]  # fmt: skip

_native.set_models_folder(str(Path(__file__).parent / "models"))

_Names = str | Sequence[str] | None


def _split(named: Mapping[str, Any], tables: Sequence[str], more: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    unknown = sorted(set(more) - COMMON)
    if unknown:
        raise TypeError(f"unexpected argument {unknown[0]!r}; options of every command are {', '.join(sorted(COMMON))}")
    own = {name: value for name, value in named.items() if name not in ("more", "progress")}
    return {name: own.pop(name) for name in tables}, {**own, **more}


def sentiment(
    comments: TableLike,
    *,
    brand: _Names = None,
    alias: _Names | Mapping[str, str] = None,
    brands: str | os.PathLike[str] | None = None,
    labelled: TableLike = None,
    label_source: str = "in-sample",
    interval_of: str | None = None,
    by: str = "month",
    change_at: Any = None,
    posts: TableLike = None,
    creators: TableLike = None,
    named_only: bool = False,
    about_all: bool = False,
    include_spam: bool = False,
    pool_languages: bool = False,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """Polarity of every comment towards a brand, and net sentiment: with an interval where labelled comments allow one.

    One row per comment and brand, in the comments' order: comment_id, brand, label (negative, neutral, positive), p_negative,
    p_neutral and p_positive (each 0..1, together 1; calibrated), mentions_brand, language, status (scored, empty,
    unsupported_language), excluded (spam, copy), model (which judged it). ``summary["brands"]`` has net_sentiment in points (-100..100, share positive minus
    share negative) with its 95 % interval, or, where its ``method`` is ``uncorrected``, with sampling_lower, sampling_upper and
    model_error; by period and creator, the themes and terms that drive it, and changes. A comment is about a brand where its text, its brand
    column or (with ``posts``, unless ``named_only``) the post that it stands under names it; ``about_all`` takes the whole table.

    ``comments`` needs comment_id and text; brand, created_at, author_id, post_id and creator_id say more. ``labelled`` are comments that
    people judged (``label_source`` in-sample or external): they correct the model's bias. Raises ``InputError`` for a table that lacks a
    column and ``UsageError`` for a wrong argument.
    """
    tables, options = _split(locals(), ["comments", "labelled", "posts", "creators"], more)
    return command("sentiment", tables, options, progress=progress)


def niches(
    creators: TableLike = None,
    posts: TableLike = None,
    comments: TableLike = None,
    *,
    clusters: str | int = "auto",
    method: str = "kmeans",
    taxonomy: str | os.PathLike[str] | None = None,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """Groups creators by what they post about, and names the groups.

    One row per creator: creator_id, niche_id, niche, membership (0..1), outlier, x and y (a plane to draw them on). ``summary`` has each
    niche's terms, size and typical creators, the chosen number, silhouette (-1..1) and stability (0..1).

    ``method`` is kmeans, gmm or dbscan. Raises ``UsageError`` for another, or for a number of clusters with dbscan.
    """
    tables, options = _split(locals(), ["creators", "posts", "comments"], more)
    return command("niches", tables, options, progress=progress)


def engagement(
    creators: TableLike = None,
    posts: TableLike = None,
    comments: TableLike = None,
    *,
    as_of: Any = None,
    backtest: bool = False,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """Engagement rate of every creator, and what the next post will reach.

    One row per creator: creator_id, basis (followers, views or reach), engagement_rate (of the history, a share),
    expected_engagement_rate (median of the next post), lower_90 and upper_90 (of one next post), posts_used, tier, percentile (0..100,
    among peers). With ``backtest`` every creator's three newest posts are held out and the rows say how well they are foretold.
    Nothing later than ``as_of`` is read.
    """
    tables, options = _split(locals(), ["creators", "posts", "comments"], more)
    return command("engagement", tables, options, progress=progress)


def authenticity(
    creators: TableLike = None,
    posts: TableLike = None,
    comments: TableLike = None,
    *,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """Signs that an audience is not what it seems, each with what was seen.

    One row per creator: creator_id, authenticity (0..1), flags. Where comments are given, ``frame.comments`` says how much each reads
    like spam (0..1), and why.
    """
    tables, options = _split(locals(), ["creators", "posts", "comments"], more)
    return command("authenticity", tables, options, beside=[] if comments is None else ["comment_output"], progress=progress)


def safety(
    creators: TableLike = None,
    posts: TableLike = None,
    comments: TableLike = None,
    *,
    competitor: _Names = None,
    safety_lists: str | os.PathLike[str] | None = None,
    as_of: Any = None,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """Brand-unsafe content, in creators' posts and in the comments under them.

    One row per creator with its brand safety (0..1, 1 is nothing seen); ``frame.safety_hits`` has every sighting with its post, date and
    quotation.
    """
    tables, options = _split(locals(), ["creators", "posts", "comments"], more)
    return command("safety", tables, options, beside=["safety_hits"], progress=progress)


def rank(
    creators: TableLike = None,
    posts: TableLike = None,
    comments: TableLike = None,
    *,
    niche: str | None = None,
    like: str | None = None,
    not_: _Names = None,
    brand: str | None = None,
    min_followers: int | None = None,
    max_followers: int | None = None,
    tier: str | None = None,
    kind: _Names = None,
    platform: _Names = None,
    country: _Names = None,
    language: _Names = None,
    max_price: float | None = None,
    min_safety: float | None = None,
    competitor: _Names = None,
    safety_lists: str | os.PathLike[str] | None = None,
    active_within: float | None = None,
    shortlist: str | os.PathLike[str] | None = None,
    preset: str | None = None,
    weights: Mapping[str, float] | str | None = None,
    min_relevance: float = 0.2,
    top: int | None = None,
    as_of: Any = None,
    explain: _Names = None,
    taxonomy: str | os.PathLike[str] | None = None,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """Ranks micro-influencers (1,000 to 100,000 followers unless told otherwise) for a niche, with reasons.

    One row per creator, the best first: rank, creator_id, score (0..1) with score_lower and score_upper, rank_lower and rank_upper (90 %),
    niche, relevance, expected_engagement_rate with lower_90 and upper_90, audience_sentiment, authenticity, safety, price, and one
    contribution_* column per criterion; they add up to the score. ``frame.excluded`` says who was left out and why,
    ``frame.safety_hits`` brand-unsafe content, ``summary["creators"]`` the reasons in words.

    ``niche`` is a phrase or hashtags, ``like`` a creator to find others like. ``weights`` are by criterion, as ``{"relevance": 0.5}``.
    """
    tables, options = _split(locals(), ["creators", "posts", "comments"], more)
    return command("rank", tables, options, beside=["excluded", "safety_hits"], progress=progress)


def plan(
    creators: TableLike = None,
    posts: TableLike = None,
    comments: TableLike = None,
    *,
    budget: float,
    niche: str | None = None,
    brand: str | None = None,
    min_followers: int | None = None,
    max_followers: int | None = None,
    tier: str | None = None,
    kind: _Names = None,
    platform: _Names = None,
    country: _Names = None,
    language: _Names = None,
    max_price: float | None = None,
    min_safety: float | None = None,
    competitor: _Names = None,
    safety_lists: str | os.PathLike[str] | None = None,
    active_within: float | None = None,
    shortlist: str | os.PathLike[str] | None = None,
    preset: str | None = None,
    weights: Mapping[str, float] | str | None = None,
    min_relevance: float | None = None,
    currency: str | None = None,
    cost_per_engagement: float | None = None,
    known_prices_only: bool = False,
    max_creators: int | None = None,
    max_per_niche: int | None = None,
    max_per_platform: int | None = None,
    as_of: Any = None,
    taxonomy: str | os.PathLike[str] | None = None,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """Chooses creators for a budget, so that nobody's audience is paid for twice.

    The chosen creators in the order of choice, with price, marginal and cumulative expected engagements and the unduplicated audience;
    ``frame.excluded`` says who could not be chosen, and why. ``budget`` is in the table's commonest currency, or in ``currency``.
    """
    tables, options = _split(locals(), ["creators", "posts", "comments"], more)
    return command("plan", tables, options, beside=["excluded"], progress=progress)


def campaign(
    visits: TableLike,
    orders: TableLike,
    spend: TableLike,
    *,
    posts: TableLike = None,
    creators: TableLike = None,
    comments: TableLike = None,
    ranking: TableLike = None,
    brand: _Names = None,
    alias: _Names | Mapping[str, str] = None,
    brands: str | os.PathLike[str] | None = None,
    campaign: str | None = None,
    rules: str | os.PathLike[str] | None = None,
    lookback: float | None = None,
    clock_tolerance: float | None = None,
    half_life: float | None = None,
    start: Any = None,
    end: Any = None,
    time_zone: str | None = None,
    currency: str | None = None,
    rate: Mapping[str, float] | None = None,
    margin: float | None = None,
    emv: Mapping[str, float] | str | None = None,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """What a campaign did: visits, orders, revenue and cost by creator, each order counted once.

    One row per creator: spend, impressions, engagements, engagement_rate, visits, orders, revenue (after refunds), refunds, cpm, cpe,
    cpc, cpa, conversion_rate, aov, roas and roi, the ratios with their 90 % intervals. ``summary`` has the total, what no creator can
    claim, and every attribution model. Amounts are in ``currency``, by default the commonest of the tables; ``rate`` converts others, as
    ``{"USD": 0.92}``.
    """
    tables, options = _split(locals(), ["visits", "orders", "spend", "posts", "creators", "comments", "ranking"], more)
    return command("campaign", tables, options, progress=progress)


def lift(
    panel: TableLike,
    *,
    treated: _Names,
    start: Any,
    end: Any,
    exclude: _Names = None,
    method: str | None = None,
    progress: bool | Progress = True,
    **more: Any,
) -> Frame:
    """What a campaign caused, from places where it ran and places where it did not.

    One row per method; ``summary`` has att (per place and day), lift_percent with lower and upper (95 %), incremental, p_value and the fit before
    the start. ``panel`` has location, date and outcome; ``frame.daily`` is observed and counterfactual by day.
    """
    tables, options = _split(locals(), ["panel"], more)
    return command("lift", tables, options, beside=["daily"], progress=progress)


def embed(texts: Any, *, embedding_model: str | os.PathLike[str] | None = None) -> Any:
    """The vectors of texts by the embedding model, for clustering and search of your own.

    ``texts`` is a column of text with the Arrow PyCapsule interface (a pyarrow array, a polars series), or a list of str. Gives a table with
    one column ``vector``: 384 float32 numbers of length 1 for each text, in their order, null for null; pyarrow and polars take it as it is.
    """
    if isinstance(texts, (list, tuple)):
        import pyarrow

        texts = pyarrow.array(texts, pyarrow.string())
    folder = None if embedding_model is None else os.fspath(embedding_model)
    return _native.Embedder(folder).embed(texts)


def report(
    source: str | os.PathLike[str] | None = None,
    /,
    **frames: Frame,
) -> Page:
    """One HTML page of results, to show in a notebook, keep or mail.

    Either of a folder that ``microfluence run`` has written, or of frames by their name: ``report(ranking=…, sentiment=…, engagement=…,
    niches=…, authenticity=…, plan=…, campaign=…, lift=…)``.
    """
    known = ("ranking", "sentiment", "niches", "engagement", "authenticity", "plan", "campaign", "lift")
    unknown = sorted(set(frames) - set(known))
    if unknown:
        raise UsageError(f"{unknown[0]}: no part of a report", hint=f"expected some of {', '.join(known)}")
    if (source is None) == (not frames):
        raise UsageError("a report is either of a folder or of frames", hint="report('my-run') or report(ranking=frame)")
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in frames.items():
            frame.write(Path(folder, f"{name}.csv"))
            frame.write_summary(Path(folder, f"{name}.json"))
            if name == "ranking" and frame.excluded is not None:
                frame.excluded.write(Path(folder, "excluded.csv"))
        page = Path(folder, "page.html")
        settings = {"from": folder if source is None else os.fspath(source), "output": str(page), "quiet": True}
        _native.call("report", json.dumps(settings), {}, None)
        return Page(page.read_text(encoding="utf-8"))


def sample(campaign: bool = False) -> dict[str, str]:
    """The sample tables that come with the package, made up and free to use: paths of creators, posts and comments, or those of a campaign
    (visits, orders, spend)."""
    names = ("visits", "orders", "spend") if campaign else ("creators", "posts", "comments")
    return {name: str(Path(__file__).parent / "sample" / f"{name}.csv") for name in names}
