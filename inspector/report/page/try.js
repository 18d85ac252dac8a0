
// --- Another order, tried ---
// The rules of pack_search.c in strata's source (place_item, pack_size_bits): a test lays thousands of orders out by both.
const roundUp = (n, to) => Math.ceil(n / to) * to;

// What is placed, in the present order; null where nothing can be tried.
function trialOf(type) {
  const told = type.record[T.trial];
  if (!told) return null;
  const [start, align, units] = told;
  let next = 0;
  const items = type.record[T.rows].flatMap((row, index) => row[R.depth] || (row[R.kind] !== 'field' && row[R.kind] !== 'bit-field') ? [] : [{ index,
    name: row[R.name], type: row[R.type], size: row[R.flags] & FLAG.flexible ? 0 : row[R.size] ?? 0, align: 8 * row[R.number],
    unit: row[R.kind] === 'bit-field' ? units[next++] : 0, isLast: Boolean(row[R.flags] & FLAG.flexible) && type.record[T.language] !== 'go' }]);
  return { start, align: 8 * align, items, padsEmptyEnd: type.record[T.language] === 'go' };
}

function placeItem(item, at) {
  if (!item.unit) return roundUp(at, Math.max(item.align, 8));
  const units = Math.ceil((at % item.align + item.size) / item.align);
  return units > item.unit / item.align ? roundUp(at, item.align) : at;
}

// Where the items lie in that order (numbers of items), in bits, and the size in bytes.
function placeOrder(trial, order) {
  const offsets = [];
  let at = trial.start;
  for (const number of order) {
    const item = trial.items[number];
    offsets.push(placeItem(item, at));
    at = offsets.at(-1) + item.size;
  }
  if (trial.padsEmptyEnd && at && order.length && !trial.items[order.at(-1)].size) at += 8;
  return { offsets, end: at, size: roundUp(at, trial.align) / 8 };
}

const trying = { trial: null, order: [], type: null };
const presentOrder = (trial) => trial.items.map((_, i) => i);

function moveTo(from, to) {
  const item = trying.trial.items[trying.order[from]], last = trying.order.length - 1 - (trying.trial.items.at(-1).isLast ? 1 : 0);
  if (item.isLast || to < 0 || to > last || from === to) return;
  trying.order.splice(to, 0, ...trying.order.splice(from, 1));
  drawTrial();
  $('try-list').querySelector(`[data-step="${to}"]`).focus();
}
function setOrder(order) {
  trying.order = order;
  drawTrial();
}
// The best order by the names and sizes of its places.
function bestOfTrial() {
  const free = new Set(presentOrder(trying.trial));
  return trying.type.record[T.best][2].flatMap(([name, , bits]) => {
    const found = [...free].find((i) => trying.trial.items[i].name === name && trying.trial.items[i].size === bits);
    free.delete(found);
    return found === undefined ? [] : [found];
  });
}

function onTrialKey(event, step) {
  const by = { ArrowUp: -1, k: -1, K: -1, ArrowDown: 1, j: 1, J: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.altKey || event.shiftKey) moveTo(step, step + by);
  else $('try-list').querySelector(`[data-step="${step + by}"]`)?.focus();
}
function trialLine(step, offset) {
  const item = trying.trial.items[trying.order[step]], was = trying.type.record[T.rows][item.index][R.offset], name = item.name ?? 'anonymous';
  const button = (by, sign, word) => h('button', { class: 'step', tabindex: '-1', 'aria-label': word + ' ' + name, onclick: () => moveTo(step, step + by) }, sign);
  return h('li', { tabindex: '0', draggable: 'true', 'data-step': String(step), class: was === offset ? null : 'moved', onkeydown: (event) => onTrialKey(event, step),
    ondragstart: (event) => event.dataTransfer.setData('text/plain', String(step)), ondragover: (event) => event.preventDefault(),
    ondrop: (event) => { event.preventDefault(); moveTo(+event.dataTransfer.getData('text/plain'), step); } },
  h('span', { class: 'n' }, offsetText(offset)), h('span', { class: 'n' }, sizeText(item.size)), h('b', null, name), h('span', { class: 'of' }, item.type ?? ''),
  was === offset ? null : h('small', null, 'was ' + offsetText(was)), button(-1, '▲', 'move up'), button(1, '▼', 'move down'));
}
const trialGap = (offset, size, words) => h('li', { class: 'gap' }, h('span', { class: 'n' }, offsetText(offset)), h('span', { class: 'n' }, sizeText(size)), h('i', { class: 'swatch gap' }), words);

function drawTrial() {
  const { trial, order, type } = trying, placed = placeOrder(trial, order), lines = [];
  let end = trial.start, waste = 0;
  const gap = (to, words) => { if (to > end) { lines.push(trialGap(end, to - end, words)); waste += to - end; } };
  order.forEach((number, step) => {
    gap(placed.offsets[step], 'hole');
    lines.push(trialLine(step, placed.offsets[step]));
    end = Math.max(end, placed.offsets[step] + trial.items[number].size);
  });
  gap(placed.size * 8, 'padding');
  const words = placed.size === type.size ? 'as now' : placed.size < type.size ? number(type.size - placed.size) + ' less' : number(placed.size - type.size) + ' more';
  $('try-size').replaceChildren(h('b', null, plural(placed.size, 'byte')), ', ' + words + ', ' + plural(Math.ceil(placed.size / LINE), 'cache line') + ', ' + sizeWords(waste) + ' of holes and padding');
  $('try-list').replaceChildren(...lines);
  const named = order.map((i) => trial.items[i]);
  $('try-command').textContent = visible('strata pack ' + data.files[type.f].path + " '" + type.name + "' --order " +
    named.map((item) => item.name ?? '#' + (trial.items.filter((other) => other.name === null && other.index < item.index).length + 1)).join(','));
}

function tryOrders(type) {
  const trial = trialOf(type);
  if (!trial || trial.items.length < 2) return null;
  Object.assign(trying, { trial, type, order: presentOrder(trial) });
  return h('details', { id: 'try', ontoggle: (event) => { if (event.target.open) drawTrial(); } },
    h('summary', null, 'Try another order ', h('small', null, 'drag members, or move them with Shift and the arrows')),
    h('p', { id: 'try-size', role: 'status' }), h('ol', { id: 'try-list' }),
    h('p', { class: 'tools' }, type.saves ? h('button', { class: 'quiet', onclick: () => setOrder(bestOfTrial()) }, 'the best') : null, ' ',
      h('button', { class: 'quiet', onclick: () => setOrder(presentOrder(trial)) }, 'as it is')),
    h('p', null, h('small', null, 'As source to paste: '), h('code', { id: 'try-command' })));
}
