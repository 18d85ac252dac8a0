// What is shown when no type is: totals, the most wasteful types, distributions. Everything drawn leads into the list.

const TOP_MOST = 12;

function tile(title, value, note, action) {
  return h(action ? 'button' : 'div', { class: 'tile', onclick: action }, h('strong', null, value), h('span', null, title),
    note ? h('small', null, note) : null);
}

function filterBy(changes) {
  change({ text: '', kind: '', language: '', file: '', group: '', flags: new Set(), size: null, share: null, ...changes });
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
    nameSpan(type.name), h('span', { class: 'track' }, h('i', { css: { width: Math.max(0.5, 100 * type[key] / most) + '%' } })),
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

// --- Who has the bytes: rectangles by namespace, crate, package or folder, as large as their types, the darker the more waste ---

const TREE_WIDTH = 900, TREE_HEIGHT = 260, TREE_MOST = 60;

function groups() {
  const all = new Map();
  for (const type of types) {
    const name = groupOf(type), group = all.get(name) ?? { name, size: 0, waste: 0, count: 0 };
    group.size += type.size; group.waste += type.waste; group.count++;
    all.set(name, group);
  }
  return [...all.values()].filter((group) => group.size).sort((a, b) => b.size - a.size).slice(0, TREE_MOST);
}
// Rows of rectangles along the shorter side, each row as long as that keeps its rectangles near to squares.
function squares(items, x, y, width, height) {
  const placed = [];
  let left = items.reduce((sum, item) => sum + item.size, 0), at = 0;
  while (at < items.length && width > 0 && height > 0) {
    const side = Math.min(width, height), scale = width * height / left;
    const worst = (count) => {
      const row = items.slice(at, at + count), sum = row.reduce((n, item) => n + item.size, 0) * scale;
      return Math.max(side * side * row[0].size * scale / sum ** 2, sum ** 2 / (side * side * row.at(-1).size * scale));
    };
    let count = 1;
    while (at + count < items.length && worst(count + 1) <= worst(count)) count++;
    const row = items.slice(at, at + count), sum = row.reduce((n, item) => n + item.size, 0), depth = sum * scale / side;
    let along = 0;
    for (const item of row) {
      const length = side * item.size / sum;
      placed.push(width >= height ? { item, x, y: y + along, width: depth, height: length } : { item, x: x + along, y, width: length, height: depth });
      along += length;
    }
    if (width >= height) { x += depth; width -= depth; } else { y += depth; height -= depth; }
    left -= sum;
    at += count;
  }
  return placed;
}
// Folders that all have in common say nothing.
function commonFolder(names) {
  const folders = names.filter((name) => name.startsWith('/'));
  if (folders.length < 2) return '';
  let common = folders[0].replace(/[^/]*$/s, '');
  for (const folder of folders) while (!(folder + '/').startsWith(common)) common = common.replace(/[^/]*\/$/s, '');
  return common;
}
function treemap() {
  const all = groups();
  if (all.length < 2) return null;
  const common = commonFolder(all.filter((group) => !/^\/(usr|rustc)\//.test(group.name)).map((group) => group.name));
  const short = (name) => common && name.startsWith(common) ? name.slice(common.length) || name : name;
  const percentOf = (n, whole) => 100 * n / whole + '%';
  return h('section', { class: 'wide' }, h('h2', null, 'Where the types come from ', h('small', null, 'by bytes in types; the darker part is waste')),
    h('div', { class: 'tree', role: 'group', 'aria-label': 'Types by namespace, crate, package or folder' },
      squares(all, 0, 0, TREE_WIDTH, TREE_HEIGHT).map(({ item, x, y, width, height }) => {
        const about = item.name + ': ' + plural(item.count, 'type') + ', ' + bytesShort(item.size) + ', ' + percent(item.waste / item.size) + ' waste';
        return h('button', { class: 'plot', title: about, 'aria-label': about, onclick: () => filterBy({ group: item.name }),
          css: { left: percentOf(x, TREE_WIDTH), top: percentOf(y, TREE_HEIGHT), width: percentOf(width, TREE_WIDTH), height: percentOf(height, TREE_HEIGHT) } },
        h('i', { css: { height: 100 * item.waste / item.size + '%' } }), width > 40 && height > 16 ? h('span', null, cutMiddle(short(item.name), Math.floor(width / 9))) : null);
      })));
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

function overview() {
  const bits = CLASSES.map((_, i) => types.reduce((sum, t) => sum + t.record[T.bits][i], 0));
  return h('article', { class: 'overview' }, h('h1', null, 'Memory layout'),
    !types.length ? h('p', null, 'There are no types with members.') : [tiles(), h('div', { class: 'charts' },
      h('div', { class: 'wide pair' }, h('section', null, h('h2', null, 'Types that waste most'), topBy('waste', 'No type wastes anything.')),
      h('section', { class: 'savings' }, h('h2', null, 'Types that another order makes smaller'),
        topBy('saves', 'None: each has its best order, or one that may not be changed.'))),
      h('section', null, h('h2', null, 'Types by size ', h('small', null, 'bytes; the dark part has waste')), sizes()),
      h('section', null, h('h2', null, 'Types by share of waste'), shares()),
      h('section', { class: 'wide' }, h('h2', null, 'What the bytes are used for'), accountingBar(bits)),
      treemap(),
      filesTable())]);
}
function drawOverview() {
  view.type = null;
  document.title = titleOfFiles();
  $('detail').replaceChildren(overview());
}
