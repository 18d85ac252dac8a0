// The list of types: only the lines in sight are in the document, so ten thousand cost as much as thirty.
const LINE_PX = 30;
const list = { selected: -1, first: -1, last: -1 };

function listLine(position) {
  const type = shown[position], share = Math.min(1, type.share);
  const isSelected = position === list.selected, title = [type.record[T.kind] + ' ' + type.name, placeOf(type)].filter(Boolean).join('\u2002');
  return h('div', { class: isSelected ? 'item selected' : 'item', role: 'option', id: 'item-' + position, title,
    'aria-selected': String(isSelected), 'aria-posinset': position + 1, 'aria-setsize': shown.length,
    css: { top: position * LINE_PX + 'px' }, onclick: () => pick(position) },
  nameSpan(type.name), h('span', { class: 'n' }, type.record[T.size] === null ? '?' : number(type.size)),
  h('span', { class: 'n waste' }, type.waste ? number(Math.ceil(type.waste)) : '·'),
  h('span', { class: 'share' }, h('i', { css: { width: 100 * share + '%' } })));
}

function drawList(force) {
  const box = $('list'), first = Math.max(0, Math.floor(box.scrollTop / LINE_PX) - 8);
  const last = Math.min(shown.length, Math.ceil((box.scrollTop + box.clientHeight) / LINE_PX) + 8);
  if (!force && first === list.first && last === list.last) return;
  list.first = first; list.last = last;
  $('sizer').style.height = shown.length * LINE_PX + 'px';
  $('sizer').replaceChildren(...Array.from({ length: Math.max(0, last - first) }, (_, i) => listLine(first + i)));
  list.selected >= 0 ? box.setAttribute('aria-activedescendant', 'item-' + list.selected) : box.removeAttribute('aria-activedescendant');
}

function select(position) {
  if (!shown.length) return;
  list.selected = Math.max(0, Math.min(shown.length - 1, position));
  const box = $('list'), top = list.selected * LINE_PX;
  const far = Math.abs(top - box.scrollTop - box.clientHeight / 2) > 1.5 * box.clientHeight;
  if (far) box.scrollTop = top - box.clientHeight / 2;
  else if (top < box.scrollTop) box.scrollTop = top;
  else if (top + LINE_PX > box.scrollTop + box.clientHeight) box.scrollTop = top + LINE_PX - box.clientHeight;
  drawList(true);
}
function pick(position) {
  select(position);
  if (!shown[position]) return;
  location.hash = addressOf(shown[position]);
  if (matchMedia('(max-width: 860px)').matches) $('detail').scrollIntoView();
}

function refreshList() {
  const error = search();
  keepState();
  list.selected = view.type ? shown.indexOf(view.type) : -1;
  $('list').scrollTop = 0;
  drawList(true);
  const all = plural(types.length, 'type');
  $('count').textContent = error ? visible(error) : shown.length === types.length ? all : grouped(shown.length) + ' of ' + all;
  $('count').classList.toggle('warn', Boolean(error));
}

// --- Search, filters, order ---

const valuesOf = (position) => [...new Set(types.map((t) => t.record[position]).filter(Boolean))].sort();

// Changes the state of the search and shows what comes of it.
function change(changes) {
  Object.assign(query, changes);
  drawControls();
  refreshList();
}

function chooser(key, title, values) {
  if (values.length < 2) return null;
  return h('select', { 'aria-label': title, onchange: (event) => change({ [key]: event.target.value }) },
    h('option', { value: '' }, title),
    values.map(([value, text]) => h('option', { value, selected: query[key] !== '' && String(query[key]) === String(value) }, text)));
}
function chip(text, pressed, action) {
  return h('button', { class: 'chip', 'aria-pressed': String(pressed), onclick: action }, text);
}
function flagChip([key, [text]]) {
  const flags = new Set(query.flags);
  if (!flags.delete(key)) flags.add(key);
  return chip(text, query.flags.has(key), () => change({ flags }));
}

function orderButton([key, order]) {
  const isPressed = query.order === key;
  const arrow = isPressed ? h('span', { class: 'arrow' }, (key === 'name') === query.reverse ? '↓' : '↑') : null;
  return h('button', { class: 'by-' + key, 'aria-pressed': String(isPressed),
    onclick: () => change({ order: key, ranked: false, reverse: isPressed && !query.reverse }) }, order.title, arrow);
}

function drawControls() {
  $('search').value = query.text;
  const words = (position) => valuesOf(position).map((value) => [value, value]);
  $('filters').replaceChildren(...[
    chooser('kind', 'any kind', words(T.kind)), chooser('language', 'any language', words(T.language)),
    chooser('file', 'any file', data.files.map((file, f) => [f, file.path])),
    ...Object.entries(FILTERS).filter(([key, [, test]]) => key === 'own' ? types.some((t) => !test(t)) : types.some(test)).map(flagChip),
    query.order === 'saves' ? chip('by what a better order saves ×', true, () => change({ order: 'waste' })) : null,
    query.group ? chip(query.group + ' ×', true, () => change({ group: '' })) : null,
    query.size === null ? null : chip('size ≤ ' + grouped(2 ** query.size) + ' ×', true, () => change({ size: null })),
    query.share === null ? null : chip('waste ' + SHARES[query.share][2] + ' ×', true, () => change({ share: null })),
  ].filter(Boolean));
  $('columns').replaceChildren(...Object.entries(ORDERS).filter(([, order]) => order.title).map(orderButton));
}

function startList() {
  $('search').addEventListener('input', (event) => { query.text = event.target.value; query.ranked = true; refreshList(); });
  $('search').addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') { event.preventDefault(); $('list').focus(); select(list.selected < 0 ? 0 : list.selected); }
    if (event.key === 'Enter' && shown.length) pick(0);
  });
  $('list').addEventListener('scroll', () => drawList(), { passive: true });
  $('list').addEventListener('keydown', (event) => {
    const page = Math.max(1, Math.floor($('list').clientHeight / LINE_PX) - 1);
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (step !== undefined) select(list.selected + step);
    else if (event.key === 'Enter' || event.key === ' ') { if (list.selected >= 0) pick(list.selected); }
    else return;
    event.preventDefault();
  });
  new ResizeObserver(() => drawList()).observe($('list'));
}
