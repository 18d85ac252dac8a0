'use strict';
// The data of the report. Positions of fields are those of compact.h in strata's source.
const T = { @T@ };
const R = { @R@ };
const LEAD = { @LEAD@ };
const FLAG = { @FLAG@ };
const CLASSES = ['members', 'bit-fields', 'bases', 'virtual tables', 'variants', 'shared in unions', 'holes', 'unused bits',
  'padding at the end', 'reused tails', 'unknown'];
const WASTE_CLASSES = new Set([6, 7, 8]);

const data = JSON.parse(document.getElementById('data').textContent);
const LINE = data.cacheline_bytes;

// One object a type: what is sorted and searched by is at hand, the rest stays in `data`.
const types = [];
const byName = new Map(); // file and name: numbers of types
data.files.forEach((file, f) => file.types.forEach((record) => {
  const number = types.length, name = record[T.name] ?? '(anonymous)', key = f + '\n' + name;
  const size = record[T.size] ?? 0, waste = record[T.ownWaste] / 8;
  types.push({ number, f, record, name, lower: name.toLowerCase(), size, waste, deep: record[T.deepWaste] / 8,
    share: size ? waste / size : 0, saves: record[T.best] ? size - record[T.best][0] : 0 });
  if (!byName.has(key)) byName.set(key, []);
  byName.get(key).push(number);
}));

// The type that a member's type leads to: of several of its name the one of that size and line.
function follow(lead, f) {
  if (!lead) return null;
  const found = byName.get(f + '\n' + lead[LEAD.name]);
  if (!found) return null;
  const fits = (n, strict) => (lead[LEAD.size] === null || types[n].record[T.size] === lead[LEAD.size]) &&
    (!strict || types[n].record[T.line] === lead[LEAD.line]);
  const number = found.find((n) => fits(n, true)) ?? found.find((n) => fits(n, false));
  return number === undefined ? null : types[number];
}

// Which types hold a type by value: made when it is first asked for.
let holders = null;
function holdersOf(type) {
  if (!holders) {
    holders = new Map();
    for (const outer of types)
      for (const row of outer.record[T.rows]) {
        const inner = row[R.lead] && row[R.lead][LEAD.byValue] ? follow(row[R.lead], outer.f) : null;
        if (!inner || inner === outer) continue;
        if (!holders.has(inner)) holders.set(inner, new Set());
        holders.get(inner).add(outer);
      }
  }
  return [...(holders.get(type) ?? [])];
}

// --- Where a type comes from ---

const GO_STANDARD = new Set(('archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go hash ' +
  'html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall ' +
  'testing text time type unicode unique unsafe vendor weak').split(' '));
const NAMESPACES = { 'c++': new Set(['std', '__gnu_cxx', '__cxxabiv1', '__gnu_debug']), rust: new Set(['std', 'core', 'alloc', 'proc_macro', 'test']) };

// The outermost part of a name in which parameters are no parts: "std" of "std::vector<my::thing>".
const outermost = (name) => name.match(/^[^<({[&*]*?(?=::)/)?.[0] ?? '';
// Of "net/http.Header" the package; a type parameter's package is not the type's.
const packageOf = (name) => name.match(/^[^[({ ]*?(?=\.[^./]*$|\.[^./]*\[)/)?.[0] ?? '';

// Namespace, crate or package; in C, which has none, the folder of the source.
function groupOf(type) {
  const language = type.record[T.language], file = type.record[T.file];
  const name = language === 'go' ? packageOf(type.name) : language === 'c' ? '' : outermost(type.name);
  return name || (file ? (file.includes('/') ? file.replace(/\/[^/]*$/s, '') || '/' : '.') : '(elsewhere)');
}
function isStandard(type) {
  const language = type.record[T.language], file = type.record[T.file] ?? '';
  if (/^(\/usr\/(local\/)?(include|lib)\/|\/rustc\/|\/usr\/(local\/)?go\/)/.test(file)) return true;
  if (language === 'go') return GO_STANDARD.has(packageOf(type.name).split('/')[0]);
  return NAMESPACES[language]?.has(outermost(type.name)) ?? false;
}

// --- Search ---

// The name itself, names that begin so, names whose last part does, the others.
function rankOf(name, whole) {
  if (!whole || name === whole) return 0;
  if (name.startsWith(whole)) return 1;
  const part = name.match(/(?:::|[./])([^:./]*)$/)?.[1];
  return part === undefined || !part.startsWith(whole) ? 4 : part === whole ? 2 : 3;
}

// Words must all be in the name; ".word" in a member's name; "/…/" is a regular expression for the name.
function parseQuery(text) {
  const regex = text.match(/^\/(.+)\/(i?)$/s);
  if (regex) {
    try {
      const pattern = new RegExp(regex[1], regex[2]);
      return { test: (type) => pattern.test(type.name), rank: () => 0 };
    } catch (error) {
      return { error: 'No regular expression: ' + error.message, test: () => false, rank: () => 0 };
    }
  }
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const members = words.filter((w) => /^\.[^.]/.test(w)).map((w) => w.slice(1)), names = words.filter((w) => !/^\.[^.]/.test(w));
  const hasMember = (type, word) => type.record[T.rows].some((row) => !(row[R.flags] & FLAG.gap) && row[R.name] !== null &&
    row[R.name].toLowerCase().includes(word));
  const whole = names.join(' ');
  return { rank: (type) => rankOf(type.lower, whole), test: (type) => names.every((w) => type.lower.includes(w)) && members.every((w) => hasMember(type, w)) };
}

const SHARES = [[0, 0, 'none'], [0, 0.05, 'under 5 %'], [0.05, 0.1, '5–10 %'], [0.1, 0.25, '10–25 %'], [0.25, 0.5, '25–50 %'],
  [0.5, Infinity, 'over 50 %']];
const shareBucket = (type) => type.share === 0 ? 0 : SHARES.findIndex(([low, high], i) => i > 0 && type.share >= low && type.share < high);
// Bucket n holds sizes above 2^(n-1) up to 2^n; bucket 0 holds 0 and 1.
const sizeBucket = (type) => type.size <= 1 ? 0 : Math.ceil(Math.log2(type.size));

const FILTERS = {
  holes: ['holes', (t) => t.record[T.holes] > 0],
  straddles: ['cross a line', (t) => t.record[T.straddlers] > 0],
  sharing: ['false sharing', (t) => t.record[T.sharing] !== null],
  saves: ['can be smaller', (t) => t.saves > 0],
  packed: ['packed', (t) => t.record[T.packed]],
  own: ['not the standard library', (t) => !isStandard(t)],
};

const ORDERS = {
  name: { title: 'Type', compare: (a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0 },
  size: { title: 'Size', compare: (a, b) => b.size - a.size },
  waste: { title: 'Waste', compare: (a, b) => b.waste - a.waste },
  share: { title: 'Share', compare: (a, b) => b.share - a.share },
  saves: { title: null, compare: (a, b) => b.saves - a.saves }, // no column of its own
};

// What the list shows: the state of the search, and its result.
const query = { text: '', kind: '', language: '', file: '', flags: new Set(), size: null, share: null, order: 'waste', reverse: false,
  group: '', ranked: true };
let shown = types;

function search() {
  const parsed = parseQuery(query.text.trim());
  shown = types.filter((type) => (!query.kind || type.record[T.kind] === query.kind) &&
    (!query.language || type.record[T.language] === query.language) && (query.file === '' || type.f === +query.file) &&
    [...query.flags].every((flag) => FILTERS[flag][1](type)) && (query.size === null || sizeBucket(type) === query.size) &&
    (query.share === null || shareBucket(type) === query.share) && (!query.group || groupOf(type) === query.group) && parsed.test(type));
  const order = ORDERS[query.order].compare, sign = query.reverse ? -1 : 1;
  // Who types looks for a name; who chooses an order wants that.
  const ranks = query.ranked && query.text.trim() ? new Map(shown.map((type) => [type, parsed.rank(type)])) : null;
  shown.sort((a, b) => (ranks ? ranks.get(a) - ranks.get(b) : 0) || sign * order(a, b) || ORDERS.name.compare(a, b) || a.number - b.number);
  return parsed.error ?? null;
}

// --- The state of the search, as the address has it behind a question mark ---

const PLAIN_STATE = { text: '', kind: '', language: '', file: '', group: '', size: null, share: null, order: 'waste', reverse: false };
function stateText() {
  const state = new URLSearchParams();
  for (const [key, usual] of Object.entries(PLAIN_STATE)) if (query[key] !== usual) state.set(key, query[key]);
  if (query.flags.size) state.set('only', [...query.flags].join(' '));
  if (!query.ranked && query.text) state.set('ranked', 'no');
  return String(state);
}
// Whatever somebody wrote there: what has no meaning is passed over.
function takeState(text) {
  const state = new URLSearchParams(text), numbered = (key) => /^\d+$/.test(state.get(key) ?? '') ? +state.get(key) : null;
  Object.assign(query, { ...PLAIN_STATE, size: numbered('size'), share: numbered('share') in SHARES ? numbered('share') : null,
    reverse: state.get('reverse') === 'true', ranked: state.get('ranked') !== 'no' });
  for (const key of ['text', 'kind', 'language', 'file', 'group']) query[key] = state.get(key) ?? '';
  if (Object.hasOwn(ORDERS, state.get('order') ?? '')) query.order = state.get('order');
  query.flags = new Set((state.get('only') ?? '').split(' ').filter((flag) => Object.hasOwn(FILTERS, flag)));
}
const stateOf = (hash) => hash.includes('?') ? hash.slice(hash.indexOf('?') + 1) : null;
function keepState() {
  const place = location.hash.replace(/\?.*$/s, ''), text = stateText(), wanted = (place || '#') + (text ? '?' + text : '');
  if (location.hash !== wanted && (location.hash || text)) history.replaceState(null, '', wanted);
}

// --- Rows of a type, with what is opened in place ---

const ROWS_MOST = 20000;

// `open` holds paths of rows; 'all' opens everything that does not hold itself. Offsets become those of the outermost type.
function rowsOf(type, open) {
  const rows = [];
  const add = (inner, base, depth, path, above) => {
    inner.record[T.rows].forEach((row, i) => {
      if (rows.length >= ROWS_MOST) return;
      const here = path + '/' + i, target = follow(row[R.lead], inner.f);
      const canOpen = target && row[R.lead][LEAD.byValue] === 1 && !(row[R.flags] & FLAG.opened) && !above.includes(target) &&
        target.record[T.rows].length > 0;
      const opens = canOpen && (open === 'all' || open.has(here));
      const offset = row[R.offset] === null || base === null ? null : base + row[R.offset];
      rows.push({ row, path: here, offset, depth: depth + row[R.depth], target, canOpen, opens,
        leaf: !opens && !(row[R.flags] & FLAG.opened) });
      if (opens) add(target, offset, depth + row[R.depth] + 1, here, [...above, target]);
    });
  };
  add(type, 0, 0, '', [type]);
  return rows;
}
