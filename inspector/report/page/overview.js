// What is shown when no type is: totals, the most wasteful types, distributions. Everything drawn leads into the list.

const TOP_MOST = 12;

function tile(title, value, note, action) {
  return h(action ? 'button' : 'div', { class: 'tile', onclick: action }, h('strong', null, value), h('span', null, title),
    note ? h('small', null, note) : null);
}

function filterBy(changes) {
  change({ text: '', kind: '', language: '', file: '', flags: new Set(), size: null, share: null, ...changes });
  $('list').focus();
}

function tiles() {
  const size = types.reduce((sum, t) => sum + t.size, 0), waste = types.reduce((sum, t) => sum + t.waste, 0);
  const count = (test) => types.reduce((n, t) => n + (test(t) ? 1 : 0), 0);
  return h('div', { class: 'tiles' },
    tile('types', grouped(types.length), data.files.length > 1 ? 'in ' + data.files.length + ' files' : '', () => filterBy({})),
    tile('in all types together', bytesShort(size)),
    tile('of waste', bytesShort(Math.ceil(waste)), percent(size ? waste / size : 0) + ' of all', () => filterBy({ order: 'waste', reverse: false })),
    tile('less by the best orders', bytesShort(types.reduce((sum, t) => sum + t.saves, 0)), plural(count(FILTERS.saves[1]), 'type'),
      () => filterBy({ flags: new Set(['saves']), order: 'saves', reverse: false })),
    tile('types with holes', grouped(count(FILTERS.holes[1])), '', () => filterBy({ flags: new Set(['holes']) })),
    count(FILTERS.sharing[1]) ? tile('types with false sharing', grouped(count(FILTERS.sharing[1])), '',
      () => filterBy({ flags: new Set(['sharing']) })) : null,
    tile('types with members across cache lines', grouped(count(FILTERS.straddles[1])), '', () => filterBy({ flags: new Set(['straddles']) })));
}

function topBy(key, none) {
  const top = types.filter((t) => t[key]).sort((a, b) => b[key] - a[key] || ORDERS.name.compare(a, b)).slice(0, TOP_MOST);
  if (!top.length) return h('p', null, none);
  const most = top[0][key];
  return h('ol', { class: 'top' }, top.map((type) => h('li', null, h('a', { href: addressOf(type) },
    h('span', { class: 'name' }, type.name), h('span', { class: 'track' }, h('i', { css: { width: Math.max(0.5, 100 * type[key] / most) + '%' } })),
    h('span', { class: 'n' }, bytesShort(Math.ceil(type[key]))), h('span', { class: 'n dim' }, percent(type[key] / type.size))))));
}

// Columns that filter the list; the dark part counts types with waste.
function histogram(label, buckets, filter) {
  const most = Math.max(...buckets.map((b) => b.count), 1);
  const titleOf = ({ title, count, wasteful }) => title + ': ' + plural(count, 'type') + (wasteful === null ? '' : ', ' + grouped(wasteful) + ' with waste');
  return h('div', { class: 'histogram', role: 'group', 'aria-label': label }, buckets.map((bucket) =>
    h('button', { class: 'column', disabled: !bucket.count, title: titleOf(bucket),
      onclick: () => filterBy(filter(bucket)) },
    h('span', { class: 'count' }, bucket.count ? grouped(bucket.count) : ''),
    h('span', { class: 'pillar', css: { height: (bucket.count ? Math.max(2, 120 * bucket.count / most) : 0) + 'px' } },
      bucket.wasteful ? h('i', { css: { height: 100 * bucket.wasteful / bucket.count + '%' } }) : null),
    h('span', { class: 'base' }, bucket.label))));
}
function sizes() {
  const buckets = [];
  for (const type of types) {
    const n = sizeBucket(type);
    buckets[n] ??= { n, count: 0, wasteful: 0 };
    buckets[n].count++;
    buckets[n].wasteful += type.waste ? 1 : 0;
  }
  const name = (n) => n < 10 ? String(2 ** n) : n < 20 ? 2 ** (n - 10) + 'K' : n < 30 ? 2 ** (n - 20) + 'M' : '2^' + n;
  const first = Math.max(0, buckets.findIndex(Boolean)), from = Math.min(first, 2);
  const all = Array.from({ length: buckets.length - from }, (_, i) => ({ n: from + i, count: 0, wasteful: 0, ...buckets[from + i] })).slice(0, 40)
    .map((b) => ({ ...b, label: (b.n ? '' : '≤') + name(b.n),
      title: b.n ? 'over ' + name(b.n - 1) + ' to ' + name(b.n) + ' bytes' : 'up to 1 byte' }));
  return histogram('Types by size', all, (bucket) => ({ size: bucket.n, order: 'size', reverse: false }));
}
function shares() {
  const buckets = SHARES.map(([, , label], n) => ({ n, count: 0, wasteful: null, label, title: label === 'none' ? 'no waste' : label + ' waste' }));
  for (const type of types) buckets[shareBucket(type)].count++;
  return histogram('Types by the share of waste', buckets, (bucket) => ({ share: bucket.n, order: 'share', reverse: false }));
}

function filesTable() {
  if (data.files.length < 2) return null;
  const rows = data.files.map((file, f) => {
    const own = types.filter((t) => t.f === f), size = own.reduce((n, t) => n + t.size, 0), waste = own.reduce((n, t) => n + t.waste, 0);
    return h('tr', null, h('td', null, h('button', { class: 'link', onclick: () => filterBy({ file: String(f) }) }, file.path)),
      numberCell(grouped(own.length)), numberCell(bytesShort(size)), numberCell(bytesShort(Math.ceil(waste))), numberCell(percent(size ? waste / size : 0)));
  });
  return h('section', { class: 'wide' }, h('h2', null, 'Files'), h('table', { class: 'files' },
    h('thead', null, h('tr', null, h('th', null, 'file'), ['types', 'bytes', 'waste', 'share'].map((t) => h('th', { class: 'n' }, t)))),
    h('tbody', null, rows)));
}

function drawOverview() {
  view.type = null;
  document.title = 'strata: memory layout';
  const bits = CLASSES.map((_, i) => types.reduce((sum, t) => sum + t.record[T.bits][i], 0));
  $('detail').replaceChildren(h('article', { class: 'overview' }, h('h1', null, 'Memory layout'),
    !types.length ? h('p', null, 'There are no types with members.') : [tiles(), h('div', { class: 'charts' },
      h('div', { class: 'wide pair' }, h('section', null, h('h2', null, 'Types that waste most'), topBy('waste', 'No type wastes anything.')),
      h('section', { class: 'savings' }, h('h2', null, 'Types that another order makes smaller'),
        topBy('saves', 'None: each has its best order, or one that may not be changed.'))),
      h('section', null, h('h2', null, 'Types by size ', h('small', null, 'bytes; the dark part has waste')), sizes()),
      h('section', null, h('h2', null, 'Types by share of waste'), shares()),
      h('section', { class: 'wide' }, h('h2', null, 'What the bytes are used for'), accountingBar(bits)),
      filesTable())]));
}
