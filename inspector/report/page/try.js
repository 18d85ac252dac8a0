
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
  return { start, align: 8 * align, items, padsEmptyEnd: type.record[T.language] === 'go', raises: !['go', 'rust'].includes(type.record[T.language]) };
}

function placeItem(item, at) {
  if (!item.unit) return roundUp(at, Math.max(item.align, 8));
  const units = Math.ceil((at % item.align + item.size) / item.align);
  return units > item.unit / item.align ? roundUp(at, item.align) : at;
}

// A step of an order is the number of an item, or { pad } with so many bytes of padding. `raised` has alignments by item,
// in bytes, which count where they are above the item's own.
const alignOf = (trial, number, raised) => Math.max(trial.items[number].align, 8 * (raised[number] ?? 0));
function itemOf(trial, step, raised) {
  return step.pad ? { size: 8 * step.pad, align: 8, unit: 0 } : { ...trial.items[step], align: alignOf(trial, step, raised) };
}

// Where the steps lie in that order, in bits, and the size in bytes.
function placeOrder(trial, order, raised = {}) {
  const offsets = [];
  let at = trial.start, align = trial.align, item = null;
  for (const step of order) {
    item = itemOf(trial, step, raised);
    offsets.push(placeItem(item, at));
    at = offsets.at(-1) + item.size;
    align = Math.max(align, raised[step] ? item.align : 0);
  }
  if (trial.padsEmptyEnd && at && item && !item.size) at += 8;
  return { offsets, end: at, size: roundUp(at, align) / 8 };
}

const trying = { trial: null, order: [], raised: {}, type: null };
const presentOrder = (trial) => trial.items.map((_, i) => i);

function moveTo(from, to) {
  const item = trying.trial.items[trying.order[from]], last = trying.order.length - 1 - (trying.trial.items.at(-1).isLast ? 1 : 0);
  if (item?.isLast || to < 0 || to > last || from === to) return;
  trying.order.splice(to, 0, ...trying.order.splice(from, 1));
  drawTrial();
  $('try-list').querySelector(`[data-step="${to}"]`).focus();
}
function setOrder(order) {
  trying.order = order;
  trying.raised = {};
  drawTrial();
}
// Bytes of padding before the step, more or (negative) fewer; on padding itself, of it.
function padBefore(step, bytes) {
  const { order } = trying, at = order[step].pad ? step : order[step - 1]?.pad ? step - 1 : -1;
  if (at < 0 && bytes < 0) return;
  if (at < 0) order.splice(step, 0, { pad: bytes });
  else if (order[at].pad + bytes > 0) order[at] = { pad: Math.min(order[at].pad + bytes, 65536) };
  else order.splice(at, 1);
  drawTrial();
  const moved = order.length - 1 < step ? order.length - 1 : at < 0 ? step + 1 : order[at]?.pad ? step : step - 1;
  $('try-list').querySelector(`[data-step="${Math.max(moved, 0)}"]`).focus();
}
// The next alignment of the member: twice as much, up to a cache line, then its own again.
function raiseAlign(step) {
  const { trial, order, raised } = trying, number = order[step];
  if (order[step].pad || !trial.raises || trial.items[number].unit) return;
  const now = alignOf(trial, number, raised) / 8;
  if (now >= LINE) delete raised[number];
  else raised[number] = 2 * now;
  drawTrial();
  $('try-list').querySelector(`[data-step="${step}"]`).focus();
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
  if (!by && !['a', '+', '-'].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === 'a') raiseAlign(step);
  else if (!by) padBefore(step, event.key === '+' ? 1 : -1);
  else if (event.altKey || event.shiftKey) moveTo(step, step + by);
  else $('try-list').querySelector(`[data-step="${step + by}"]`)?.focus();
}
function trialLine(step, offset) {
  const { pad } = trying.order[step], item = pad ? { name: 'padding', size: 8 * pad, type: null } : trying.trial.items[trying.order[step]];
  const was = pad ? offset : trying.type.record[T.rows][item.index][R.offset], name = item.name ?? 'anonymous';
  const aligned = pad ? 0 : trying.raised[trying.order[step]];
  const button = (by, sign, word) => h('button', { class: 'step', tabindex: '-1', 'aria-label': word + ' ' + name, onclick: () => moveTo(step, step + by) }, sign);
  return h('li', { tabindex: '0', draggable: 'true', 'data-step': String(step), class: was === offset ? null : 'moved', onkeydown: (event) => onTrialKey(event, step),
    ondragstart: (event) => event.dataTransfer.setData('text/plain', String(step)), ondragover: (event) => event.preventDefault(),
    ondrop: (event) => { event.preventDefault(); moveTo(+event.dataTransfer.getData('text/plain'), step); } },
  h('span', { class: 'n' }, offsetText(offset)), h('span', { class: 'n' }, sizeText(item.size)), h('b', null, name), h('span', { class: 'of' }, item.type ?? ''),
  aligned ? h('small', null, 'aligned to ' + aligned) : null,
  was === offset ? null : h('small', null, 'was ' + offsetText(was)), button(-1, '▲', 'move up'), button(1, '▼', 'move down'));
}
const trialGap = (offset, size, words) => h('li', { class: 'gap' }, h('span', { class: 'n' }, offsetText(offset)), h('span', { class: 'n' }, sizeText(size)), h('i', { class: 'swatch gap' }), words);

function drawTrial() {
  const { trial, order, type } = trying, placed = placeOrder(trial, order, trying.raised), lines = [];
  let end = trial.start, waste = 0;
  const gap = (to, words) => { if (to > end) { lines.push(trialGap(end, to - end, words)); waste += to - end; } };
  order.forEach((number, step) => {
    gap(placed.offsets[step], 'hole');
    lines.push(trialLine(step, placed.offsets[step]));
    end = Math.max(end, placed.offsets[step] + itemOf(trial, number, trying.raised).size);
    if (number.pad) waste += 8 * number.pad;
  });
  gap(placed.size * 8, 'padding');
  const words = placed.size === type.size ? 'as now' : placed.size < type.size ? number(type.size - placed.size) + ' less' : number(placed.size - type.size) + ' more';
  $('try-size').replaceChildren(h('b', null, plural(placed.size, 'byte')), ', ' + words + ', ' + plural(Math.ceil(placed.size / LINE), 'cache line') + ', ' + sizeWords(waste) + ' of holes and padding');
  $('try-list').replaceChildren(...lines);
  const nameOf = (item) => item.name ?? '#' + (trial.items.filter((other) => other.name === null && other.index < item.index).length + 1);
  $('try-command').textContent = visible('strata pack ' + data.files[type.f].path + " '" + type.name + "' --order " +
    order.map((step) => step.pad ? '+' + step.pad : nameOf(trial.items[step]) + (trying.raised[step] ? '@' + trying.raised[step] : '')).join(','));
}

function tryOrders(type) {
  const trial = trialOf(type);
  if (!trial || trial.items.length < 2) return null;
  Object.assign(trying, { trial, type, order: presentOrder(trial), raised: {} });
  return h('details', { id: 'try', ontoggle: (event) => { if (event.target.open) drawTrial(); } },
    h('summary', null, 'Try another order ', h('small', null, 'drag members, or move them with Shift and the arrows; + and - pad, a aligns')),
    h('p', { id: 'try-size', role: 'status' }), h('ol', { id: 'try-list' }),
    h('p', { class: 'tools' }, type.saves ? h('button', { class: 'quiet', onclick: () => setOrder(bestOfTrial()) }, 'the best') : null, ' ',
      h('button', { class: 'quiet', onclick: () => setOrder(presentOrder(trial)) }, 'as it is')),
    h('p', null, h('small', null, 'As source to paste: '), h('code', { id: 'try-command' })));
}
