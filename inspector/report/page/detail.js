// The page of one type: its numbers, its map, its rows.
const TABLE_ROWS_MOST = 2000;
const view = { type: null, open: new Set(), rowsMost: TABLE_ROWS_MOST };

const KIND_WORDS = { 'bit-hole': 'unused bits', hole: 'hole', padding: 'padding', unknown: 'unknown' };

// By name, so that an address outlives a report made anew; by number when the name is no address.
const ADDRESS_MOST = 500;
function addressOf(type) {
  if (type.name.length > ADDRESS_MOST) return '#@' + type.number;
  const same = byName.get(type.f + '\n' + type.name), n = same.indexOf(type.number);
  return '#' + (data.files.length > 1 ? type.f + '/' : '') + encodeURIComponent(type.name) + (n ? '~' + (n + 1) : '');
}
function typeAt(hash) {
  hash = hash.replace(/\?.*$/s, ''); // the state of the search
  const byNumber = hash.match(/^#@(\d+)$/);
  if (byNumber) return types[byNumber[1]] ?? null;
  let text = hash.replace(/^#/, ''), f = 0;
  const inFile = data.files.length > 1 && text.match(/^(\d+)\/(.*)$/s);
  if (inFile) { f = +inFile[1]; text = inFile[2]; }
  const counted = text.match(/^(.*)~(\d+)$/s);
  let name;
  try { name = decodeURIComponent(counted ? counted[1] : text); } catch { return null; }
  const found = byName.get(f + '\n' + name);
  return found ? types[found[counted ? counted[2] - 1 : 0]] ?? null : null;
}
const fileName = (path) => path.replace(/^.*\//s, '') || path;
const titleOfFiles = () => visible(data.files.map((file) => fileName(file.path)).slice(0, 3).join(', ')) + (data.files.length > 3 ? ', …' : '') + ' · strata';
const linkTo = (type, ...text) => h('a', { href: addressOf(type), class: 'type' }, text.length ? text : type.name);

function placeOf(type) {
  const file = type.record[T.file], line = type.record[T.line];
  return file ? file + (line ? ':' + line : '') : null;
}

function fact(title, value, note) {
  return h('div', { class: 'fact' }, h('dt', null, title), h('dd', null, value, note ? h('small', null, ' ' + note) : null));
}
function factsOf(type) {
  const t = type.record, source = { declared: 'declared', abi: 'by the ABI', proven: 'as offsets prove', bound: 'only a bound is known', unknown: '' }[t[T.alignSource]];
  return h('dl', { class: 'facts' },
    fact('size', t[T.size] === null ? '?' : plural(t[T.size], 'byte')),
    fact('align', t[T.align] === null ? '?' : plain(t[T.align]), [source, t[T.alignFrom] ? 'from ' + t[T.alignFrom] : ''].filter(Boolean).join(', ')),
    fact('cache lines', grouped(t[T.lines]), t[T.straddlers] ? plural(t[T.straddlers], 'member') + ' across a border' : ''),
    fact('own waste', sizeWords(t[T.ownWaste]), percent(type.share)),
    t[T.deepWaste] === t[T.ownWaste] ? null : fact('with nested', sizeWords(t[T.deepWaste]), percent(type.size ? type.deep / type.size : 0)),
    t[T.copies] > 1 ? fact('copies', grouped(t[T.copies]), 'equal definitions') : null,
    t[T.packed] ? fact('packed', 'yes') : null);
}

// A bar of what the bits are used for.
function accountingBar(bits) {
  const total = bits.reduce((a, b) => a + b, 0);
  if (!total) return null;
  const parts = bits.map((n, i) => ({ n, i })).filter((part) => part.n);
  const swatch = (i) => (WASTE_CLASSES.has(i) ? 'waste' : i === 10 ? 'unknown' : 'k' + i);
  return h('div', { class: 'accounting' },
    h('div', { class: 'bar', role: 'img', 'aria-label': 'What the bytes are used for' },
      parts.map(({ n, i }) => h('span', { class: swatch(i), title: CLASSES[i] + ': ' + percent(n / total),
        css: { 'flex-grow': String(n / total) } }))),
    h('ul', { class: 'legend' }, parts.map(({ n, i }) => h('li', null, h('i', { class: swatch(i) }), CLASSES[i] + ' ' + percent(n / total)))));
}

// --- The best order of members ---

// Rows as the map wants them, of members in their best places, with the gaps between. Each knows the member's row of today.
function bestRows(type) {
  const [size, , places] = type.record[T.best], rows = [], colours = new Map(piecesOf(view.rows).map((piece) => [piece.index, piece.style]));
  let end = 0;
  const add = (kind, flags, name, from, to, now) => {
    const size = to - from;
    rows.push({ row: [kind, 0, from, size, name, '', null, size, flags, null], offset: from, depth: 0, leaf: true, now, style: colours.get(now) });
  };
  for (const [name, offset, bits] of places) {
    if (offset > end) add('hole', FLAG.gap, null, end, offset);
    const now = view.rows.findIndex((r) => r.depth === 0 && r.row[R.name] === name && r.row[R.size] === bits);
    add('field', 0, name, offset, offset + bits, now);
    end = Math.max(end, offset + bits);
  }
  if (size * 8 > end) add('padding', FLAG.gap, null, end, size * 8);
  return rows;
}
function drawBest() {
  const box = $('best-map');
  if (!box || !$('best').open) return;
  const rows = bestRows(view.type), svg = drawMap({ ...view.type, size: view.type.record[T.best][0] }, rows, box.clientWidth || 800);
  for (const rect of svg.querySelectorAll('rect.piece')) {
    const now = rows[rect.dataset.row].now;
    if (now >= 0) rect.dataset.row = now;
    else delete rect.dataset.row;
  }
  box.replaceChildren(svg);
}
function bestOrder(type) {
  if (!type.saves) return null;
  const proof = { bound: 'no order needs less', searched: 'all orders were compared', unproven: 'the best that was found' }[type.record[T.best][1]];
  const needs = h('b', null, plural(type.record[T.best][0], 'byte'));
  return h('details', { id: 'best', ontoggle: drawBest },
    h('summary', null, 'Another order of members needs ', needs, ', ' + number(type.saves) + ' less ', h('small', null, proof)),
    h('div', { id: 'best-map', class: 'mapbox' }),
    h('p', null, h('small', null, 'As source to paste: '), h('code', null, 'strata pack ' + data.files[type.f].path + " '" + type.name + "'")));
}

// Members of atomic and lock types that lie in one cache line.
function falseSharing(type) {
  if (!type.record[T.sharing]) return null;
  const [parted, runs] = type.record[T.sharing], most = 20;
  const name = (text) => h('b', { class: 'name' }, text ?? 'anonymous');
  const where = (first, last) => first === last ? 'cache line ' + grouped(first) : 'cache lines ' + grouped(first) + ' to ' + grouped(last);
  const who = (hot, other, count) => [name(hot), count > 2 ? ', ' : ' and ', name(other), count > 2 ? ' and ' + grouped(count - 2) + ' more' : null];
  return h('div', { class: 'sharing' }, h('h2', null, 'False sharing'), h('ul', null,
    runs.slice(0, most).map(([first, last, hot, other, count, isOther]) =>
      h('li', null, where(first, last) + ': ', isOther ? who(hot, other, count) : ['elements of ', name(hot)])),
    runs.length > most ? h('li', null, '… and ' + grouped(runs.length - most) + ' more') : null),
  h('p', null, h('small', null, 'With each on cache lines of its own it needs ' + plural(parted, 'byte') + '.')));
}

// --- Rows ---

function neighbours(before, after) {
  if (before && after) return ' between ' + before + ' and ' + after;
  return after ? ' before ' + after : before ? ' after ' + before : '';
}
function gapRow(shownRow, index) {
  const { row, offset, depth } = shownRow, words = row[R.flags] & FLAG.reused ? 'padding that members below use' : KIND_WORDS[row[R.kind]];
  const between = row[R.kind] === 'unknown' ? '' : neighbours(row[R.name], row[R.type]);
  return h('tr', { class: row[R.kind] === 'unknown' || row[R.flags] & FLAG.reused ? 'gap told' : 'gap', 'data-row': index },
    numberCell(offsetText(offset)), numberCell(sizeText(row[R.size])), h('td'),
    h('td', { colspan: 2, css: { '--depth': String(depth) }, class: 'field' }, h('i', { class: 'swatch gap' }), words, h('small', null, between)));
}

function typeCell(shownRow) {
  const { row, target } = shownRow, text = row[R.type] ?? '';
  return target ? linkTo(target, text) : text;
}

function memberRow(shownRow, index) {
  const { row, offset, depth, canOpen, opens, path, target } = shownRow;
  const label = (opens ? 'close ' : 'open ') + (row[R.name] ?? '');
  const toggle = canOpen ? h('button', { class: 'open', 'aria-expanded': String(opens), 'aria-label': label,
    onclick: () => toggleRow(path) }, opens ? '▾' : '▸') : null;
  const elements = opens && row[R.size] ? Math.floor(row[R.size] / 8 / target.size) : 1;
  const isPlain = row[R.kind] === 'field' || row[R.kind] === 'bit-field';
  const notes = [elements > 1 ? 'first of ' + grouped(elements) : null, isPlain ? null : row[R.kind],
    row[R.flags] & FLAG.flexible ? 'flexible' : null];
  return h('tr', { 'data-row': index, class: opens || row[R.flags] & FLAG.opened ? 'opened' : null },
    numberCell(offsetText(offset)), numberCell(sizeText(row[R.size])), numberCell(row[R.number] === null ? '' : plain(row[R.number])),
    h('td', { class: 'field', css: { '--depth': String(depth) } }, toggle, h('i', { class: 'swatch' }),
      row[R.name] === null ? h('em', null, 'anonymous') : h('b', null, row[R.name]),
      notes.filter(Boolean).map((note) => h('small', null, ' ' + note)),
      row[R.flags] & FLAG.straddles && !opens ? h('small', { class: 'warn' }, ' crosses a cache line') : null),
    h('td', { class: 'of' }, typeCell(shownRow)));
}

function variantRow({ row, depth }, index) {
  return h('tr', { class: 'variant', 'data-row': index }, h('td'), h('td'), h('td'),
    h('td', { colspan: 2, class: 'field', css: { '--depth': String(depth) } }, 'variant ', h('b', null, row[R.name] ?? ''),
      h('small', null, row[R.type] === null ? ' default' : ' = ' + row[R.type], ', ' + sizeWords(row[R.number]) + ' unused')));
}

function tableRow(shownRow, index) {
  const kind = shownRow.row[R.kind];
  if (shownRow.row[R.flags] & FLAG.gap) return gapRow(shownRow, index);
  if (kind === 'variant') return variantRow(shownRow, index);
  if (kind === 'cut') return h('tr', null, h('td', { colspan: 5 }, grouped(shownRow.row[R.number]) + ' more are not in the report'));
  return memberRow(shownRow, index);
}

// A border stands before the row that begins in a later cache line than the row above.
function withBorders(rows, most) {
  const result = [];
  let line = 0;
  rows.slice(0, most).forEach((shownRow, index) => {
    const now = shownRow.offset === null || shownRow.row[R.flags] & FLAG.alternative ? line : Math.floor(shownRow.offset / 8 / LINE);
    if (now > line && shownRow.offset < view.type.size * 8) {
      line = now;
      result.push(h('tr', { class: 'line' }, h('td', { class: 'n' }, plain(line * LINE)), h('td', { colspan: 4 }, 'cache line ' + grouped(line))));
    }
    result.push(tableRow(shownRow, index));
  });
  return result;
}

function toggleRow(path) {
  if (view.open === 'all') view.open = new Set(view.rows.filter((r) => r.opens).map((r) => r.path));
  view.open.has(path) ? view.open.delete(path) : view.open.add(path);
  drawRows();
  [...$('rows').querySelectorAll('button.open')].find((b) => b.closest('tr') && view.rows[b.closest('tr').dataset.row].path === path)?.focus();
}
function openAll() {
  view.open = view.open === 'all' ? new Set() : 'all';
  drawRows();
}

function showMore() {
  view.rowsMost += 10 * TABLE_ROWS_MOST;
  drawRows();
}

// The parts that change when something is opened.
function drawRows() {
  view.rows = rowsOf(view.type, view.open);
  const map = $('map'), table = $('rows');
  map.replaceChildren(view.type.size ? drawMap(view.type, view.rows, map.clientWidth || 800) : '');
  const more = view.rows.length - view.rowsMost;
  table.replaceChildren(
    h('thead', null, h('tr', null, ['offset', 'size', 'align'].map((t) => h('th', { class: 'n', scope: 'col' }, t)),
      ['field', 'type'].map((t) => h('th', { scope: 'col' }, t)))),
    h('tbody', null, withBorders(view.rows, view.rowsMost),
      more > 0 ? h('tr', null, h('td', { colspan: 5 }, h('button', { onclick: showMore }, plural(more, 'more row')))) : null));
  // The swatches have the colours of the map.
  const swatches = new Map([...table.querySelectorAll('tr[data-row] .swatch:not(.gap)')].map((swatch) => [swatch.closest('tr').dataset.row, swatch]));
  for (const piece of map.querySelectorAll('rect.piece:not(.gap)')) {
    const swatch = swatches.get(piece.dataset.row);
    if (swatch) swatch.className = 'swatch ' + ([...piece.classList].find((c) => /^c\d$/.test(c)) ?? '');
  }
  drawBest();
  $('all')?.setAttribute('aria-pressed', String(view.open === 'all'));
}

function drawType(type) {
  if (view.type !== type) { view.open = new Set(); view.rowsMost = TABLE_ROWS_MOST; }
  view.type = type;
  const t = type.record, held = holdersOf(type), most = 40;
  document.title = visible(type.name) + ' · ' + titleOfFiles();
  $('detail').replaceChildren(h('article', null,
    h('h1', null, h('span', { class: 'kind' }, t[T.kind]), ' ', h('span', { class: 'name' }, type.name)),
    h('p', { class: 'where' }, [placeOf(type), data.files.length > 1 ? data.files[type.f].path : null,
      t[T.definitions] > 1 ? 'definition ' + t[T.number] + ' of ' + t[T.definitions] + ' of this name' : null].filter(Boolean).join(' · ')),
    factsOf(type), accountingBar(t[T.bits]),
    h('div', { id: 'map', class: 'mapbox' }),
    bestOrder(type), tryOrders(type), falseSharing(type),
    h('div', { class: 'tools' }, h('button', { id: 'all', class: 'quiet', 'aria-pressed': 'false', onclick: openAll }, 'open all that is nested')),
    h('table', { id: 'rows', class: 'rows' }),
    held.length ? h('section', { class: 'held' }, h('h2', null, 'Held by value in'),
      h('ul', null, held.slice(0, most).map((outer) => h('li', null, linkTo(outer))),
        held.length > most ? h('li', null, '… and ' + grouped(held.length - most) + ' more') : null)) : null));
  drawRows();
}

// --- Pointing ---

function describe({ row, offset }) {
  const isGap = row[R.flags] & FLAG.gap;
  return [h('b', null, isGap ? KIND_WORDS[row[R.kind]] : row[R.name] ?? 'anonymous'), isGap ? null : h('span', { class: 'of' }, row[R.type] ?? ''),
    h('small', null, 'offset ' + offsetText(offset) + ', ' + sizeWords(row[R.size] ?? 0))];
}
function point(index, event) {
  for (const lit of document.querySelectorAll('.lit')) lit.classList.remove('lit');
  const tip = $('tip');
  tip.hidden = true;
  if (index === undefined || !view.rows?.[index]) return;
  for (const twin of $('detail').querySelectorAll(`[data-row="${index}"]`)) twin.classList.add('lit');
  if (!event) return;
  tip.replaceChildren(...describe(view.rows[index]).filter(Boolean));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + 'px';
  tip.style.top = (event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18) + 'px';
}
function startPointing() {
  const detail = $('detail');
  detail.addEventListener('pointermove', (event) => {
    const on = event.target.closest('[data-row]');
    point(on?.dataset.row, on && event.target.closest('svg') ? event : null);
  });
  detail.addEventListener('pointerleave', () => point());
  detail.addEventListener('click', (event) => {
    const index = event.target.closest('svg') && event.target.dataset.row;
    if (!index) return;
    if (view.rows[index].canOpen) { point(); toggleRow(view.rows[index].path); }
    else $('rows').querySelector(`tr[data-row="${index}"]`)?.scrollIntoView({ block: 'center', behavior: 'smooth' });
  });
}
