// What the run found, by creator.
const data = JSON.parse(document.getElementById('data').textContent);
const documents = data.documents;

// A table's rows as objects; none where the table is not there.
function rowsOf(name) {
  const table = data.tables[name];
  if (!table) return [];
  return table.rows.map((row) => Object.fromEntries(table.columns.map((column, i) => [column, row[i]])));
}
const byCreator = (rows) => new Map(rows.map((row) => [row.creator_id, row]));

const ranking = rowsOf('ranking');
const plan = rowsOf('plan');
const campaign = rowsOf('campaign').filter((row) => row.creator_id != null);
const excluded = rowsOf('excluded');
const profiles = byCreator(rowsOf('creators'));
const engagement = byCreator(rowsOf('engagement'));
const places = byCreator(rowsOf('niches'));
const signals = byCreator(rowsOf('authenticity'));
const ranked = byCreator(ranking);
const planned = byCreator(plan);
const campaigned = byCreator(campaign);
const reasons = byCreator((documents.ranking && documents.ranking.creators) || []);
const criteria = (documents.ranking && documents.ranking.criteria) || [];
const brands = (documents.sentiment && documents.sentiment.brands) || [];
const config = (name) => ((documents[name] || {}).manifest || {}).config || {};

const nameOf = (id) => {
  const profile = profiles.get(id);
  return profile && profile.handle ? '@' + String(profile.handle).replace(/^@/, '') : profile && profile.name ? profile.name : String(id);
};
const of = (id, key) => (profiles.get(id) || {})[key];
const tierOf = (id) => words.tier((engagement.get(id) || {}).tier);
const platformOf = (id) => words.platform(of(id, 'platform'));
const nicheOf = (id) => (ranked.get(id) || {}).niche || (places.get(id) || {}).niche || null;
const priceOf = (id) => {
  const row = ranked.get(id) || {};
  return row.price != null ? row.price : of(id, 'price');
};
// The one currency of these rows; null where they have several or none.
const currencyOf = (rows) => {
  const all = new Set(rows.map((row) => row.currency || of(row.creator_id, 'currency')).filter(Boolean));
  return all.size === 1 ? [...all][0] : null;
};
