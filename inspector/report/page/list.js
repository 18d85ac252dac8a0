// The list of types: only the lines in sight are in the document, so ten thousand cost as much as thirty.
const LINE_PX = 30;
const list = { selected: -1, first: -1, last: -1 };

function listLine(position) {
  const type = shown[position], share = Math.min(1, type.share);
  return h('div', { class: 'item' + (position === list.selected ? ' selected' : ''), role: 'option', id: 'item-' + position, 'aria-selected': String(position === list.selected),
    'aria-posinset': position + 1, 'aria-setsize': shown.length, css: { top: position * LINE_PX + 'px' }, onclick: () => pick(position), title: type.record[T.kind] + ' ' + type.name + (placeOf(type) ? '\n' + placeOf(type) : '') },
  h('span', { class: 'name' }, h('bdi', null, type.name)), h('span', { class: 'n' }, type.record[T.size] === null ? '?' : number(type.size)),
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
  list.selected = view.type ? shown.indexOf(view.type) : -1;
  $('list').scrollTop = 0;
  drawList(true);
  $('count').textContent = error ? visible(error) : shown.length === types.length ? plural(types.length, 'type') : grouped(shown.length) + ' of ' + plural(types.length, 'type');
  $('count').classList.toggle('warn', Boolean(error));
}

// --- Search, filters, order ---

const valuesOf = (position) => [...new Set(types.map((t) => t.record[position]).filter(Boolean))].sort();

function chooser(key, title, values) {
  if (values.length < 2) return null;
  return h('select', { 'aria-label': title, onchange: (event) => { query[key] = event.target.value; refreshList(); } },
    h('option', { value: '' }, title), values.map(([value, text]) => h('option', { value, selected: String(query[key]) === String(value) && query[key] !== '' }, text)));
}
function chip(text, pressed, action) {
  return h('button', { class: 'chip', 'aria-pressed': String(pressed), onclick: action }, text);
}

function drawControls() {
  $('search').value = query.text;
  const words = (position) => valuesOf(position).map((value) => [value, value]);
  $('filters').replaceChildren(...[
    chooser('kind', 'any kind', words(T.kind)), chooser('language', 'any language', words(T.language)),
    chooser('file', 'any file', data.files.map((file, f) => [f, file.path])),
    ...Object.entries(FILTERS).filter(([, [, test]]) => types.some(test)).map(([key, [text]]) => chip(text, query.flags.has(key), () => {
      query.flags.has(key) ? query.flags.delete(key) : query.flags.add(key);
      drawControls(); refreshList();
    })),
    query.order === 'saves' ? chip('by what a better order saves ×', true, () => { query.order = 'waste'; drawControls(); refreshList(); }) : null,
    query.size === null ? null : chip('size ≤ ' + grouped(2 ** query.size) + ' ×', true, () => { query.size = null; drawControls(); refreshList(); }),
    query.share === null ? null : chip('waste ' + SHARES[query.share][2] + ' ×', true, () => { query.share = null; drawControls(); refreshList(); }),
  ].filter(Boolean));
  $('columns').replaceChildren(...Object.entries(ORDERS).filter(([, order]) => order.title).map(([key, order]) => h('button', { class: 'by-' + key, 'aria-pressed': String(query.order === key),
    onclick: () => { query.reverse = query.order === key && !query.reverse; query.order = key; drawControls(); refreshList(); } },
  order.title, query.order === key ? h('span', { class: 'arrow' }, (key === 'name') === query.reverse ? '↓' : '↑') : null)));
}

function startList() {
  $('search').addEventListener('input', (event) => { query.text = event.target.value; refreshList(); });
  $('search').addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') { event.preventDefault(); $('list').focus(); select(list.selected < 0 ? 0 : list.selected); }
    if (event.key === 'Enter' && shown.length) pick(0);
  });
  $('list').addEventListener('scroll', () => drawList(), { passive: true });
  $('list').addEventListener('keydown', (event) => {
    const page = Math.max(1, Math.floor($('list').clientHeight / LINE_PX) - 1);
    const to = { ArrowDown: list.selected + 1, j: list.selected + 1, ArrowUp: list.selected - 1, k: list.selected - 1, PageDown: list.selected + page, PageUp: list.selected - page, Home: 0, End: shown.length - 1 }[event.key];
    if (to !== undefined) select(to);
    else if (event.key === 'Enter' || event.key === ' ') { if (list.selected >= 0) pick(list.selected); }
    else return;
    event.preventDefault();
  });
  new ResizeObserver(() => drawList()).observe($('list'));
}
