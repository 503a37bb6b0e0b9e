//! What a campaign did: visits and orders by creator, each order counted once.
//!
//! `cargo run --release --example campaign`

use microfluence::campaign::{
    AttributionRules, CampaignOptions, CreatorResolver, ExchangeRates, Ledger, VisitLog, conclude,
};
use microfluence::dataset::{ReadOptions, Record, Rejects, read_table};
use microfluence::schema::{Order, Spend, Visit};
use std::collections::BTreeMap;
use std::path::Path;

fn table<T: Record>(name: &str) -> microfluence::Result<Vec<T>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("datasets/sample")
        .join(name);
    let mut rejects = Rejects::new(false);
    Ok(read_table(&[file], &ReadOptions::default(), &mut rejects)?.rows)
}

#[expect(clippy::print_stdout, reason = "an example prints what it found")]
fn main() -> microfluence::Result<()> {
    let (visits, orders, spend) = (
        table::<Visit>("visits.csv")?,
        table::<Order>("orders.csv")?,
        table::<Spend>("spend.csv")?,
    );
    let mut rates = ExchangeRates::new(None, &[])?;
    rates.settle(
        orders
            .iter()
            .map(|order| order.currency.as_deref())
            .chain(spend.iter().map(|row| row.currency.as_deref())),
    );
    let creators = CreatorResolver::new(&spend, &[], &[]);
    let mut log = VisitLog::new(creators, AttributionRules::default(), None, (None, None));
    for visit in &visits {
        log.push(visit);
    }
    let mut ledger = Ledger::new((None, None));
    for order in &orders {
        ledger.push(order, &rates)?;
    }
    let report = conclude(
        log,
        ledger,
        &spend,
        &BTreeMap::new(),
        &rates,
        &CampaignOptions::default(),
    )?;
    for part in &report.creators {
        println!(
            "{:?}: {} orders, {:.2} of revenue for {:.2}",
            part.creator_id, part.orders, part.revenue, part.spend
        );
    }
    Ok(())
}
