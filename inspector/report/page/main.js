// Where the address leads, keys, theme, print.

function go() {
  const state = stateOf(location.hash);
  if (state !== null && state !== stateText()) { takeState(state); drawControls(); refreshList(); }
  else keepState(); // a link leads to a type and leaves the search alone
  const type = location.hash.length > 1 && !location.hash.startsWith('#?') ? typeAt(location.hash) : null;
  point();
  type ? drawType(type) : drawOverview();
  $('detail').scrollTop = 0;
  list.selected = type ? shown.indexOf(type) : -1;
  if (type && list.selected >= 0) select(list.selected);
  else drawList(true);
}

// --- Theme: as the system has it, light, dark ---

const THEMES = { auto: '◐', light: '☀', dark: '☾' };
// A page from a file may be denied storage: then the choice lasts as long as the page.
function remembered(key, value) {
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch { return null; }
}
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $('theme').textContent = THEMES[theme];
  $('theme').setAttribute('aria-label', 'Theme: ' + theme);
}
function startTheme() {
  const kept = remembered('strata-theme');
  setTheme(kept in THEMES ? kept : 'auto');
  $('theme').addEventListener('click', () => {
    const names = Object.keys(THEMES), next = names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length];
    setTheme(next);
    remembered('strata-theme', next);
  });
}

// --- Keys ---

const KEYS = [['/', 'search'], ['↑ ↓ j k', 'move in the list'], ['Enter', 'show the type'], ['o', 'overview'],
  ['e', 'open all that is nested'], ['x', 'hexadecimal'], ['Esc', 'clear the search, close'], ['?', 'these keys']];
function toggleHex() {
  settings.hex = !settings.hex;
  $('hex').setAttribute('aria-pressed', String(settings.hex));
  drawList(true);
  if (view.type) drawType(view.type);
}
function showKeys() {
  $('keys').replaceChildren(h('h2', null, 'Keys'),
    h('dl', null, KEYS.map(([key, what]) => [h('dt', null, h('kbd', null, key)), h('dd', null, what)])),
    h('form', { method: 'dialog' }, h('button', null, 'Close')));
  $('keys').showModal();
}
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches('input, select, textarea');
  if (event.key === 'Escape') {
    if (typing && query.text) change({ text: '' });
    else if (typing) $('list').focus();
    return;
  }
  if (typing || $('keys').open) return;
  const move = (step) => { $('list').focus(); select(list.selected + step); };
  const actions = { '/': () => { $('search').focus(); $('search').select(); }, o: () => { location.hash = ''; }, x: toggleHex,
    '?': showKeys, e: () => view.type && openAll(), j: () => move(1), k: () => move(-1) };
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
}

// --- The width of the list ---

function startGrip() {
  const tell = (width) => {
    for (const [key, value] of Object.entries({ valuemin: 240, valuemax: Math.max(240, innerWidth - 320), valuenow: width })) $('grip').setAttribute('aria-' + key, Math.round(value));
  };
  const set = (wanted) => {
    const width = Math.max(240, Math.min(wanted, innerWidth - 320));
    document.documentElement.style.setProperty('--pane', width + 'px');
    tell(width);
  };
  tell($('pane').clientWidth);
  $('grip').addEventListener('pointerdown', (event) => { $('grip').setPointerCapture(event.pointerId); event.preventDefault(); });
  $('grip').addEventListener('pointermove', (event) => { if ($('grip').hasPointerCapture(event.pointerId)) set(event.clientX); });
  $('grip').addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -24, ArrowRight: 24 }[event.key];
    if (step) set($('pane').clientWidth + step);
  });
}

function aboutFiles() {
  if (data.files.length !== 1) return h('span', null, data.files.length + ' files');
  const [file] = data.files, about = [file.machine, file.bits + ' bits', file.build_id?.slice(0, 12)].filter(Boolean).join(', ');
  return h('span', { title: file.build_id ? 'build-id ' + file.build_id : null }, h('b', null, file.path), ' ', h('small', null, about));
}

function start() {
  $('files').replaceChildren(aboutFiles());
  startTheme();
  startList();
  startPointing();
  startGrip();
  $('home').addEventListener('click', () => { location.hash = ''; });
  $('hex').addEventListener('click', toggleHex);
  $('help').addEventListener('click', showKeys);
  addEventListener('keydown', onKey);
  addEventListener('hashchange', go);
  let width = 0;
  new ResizeObserver(() => {
    const now = $('map')?.clientWidth;
    if (view.type && now && now !== width) { width = now; drawRows(); }
  }).observe($('detail'));
  // Paper has its own width, and begins with the overview.
  addEventListener('beforeprint', () => {
    if (!view.type) return;
    $('detail').prepend(h('div', { id: 'printed' }, overview()));
    $('map').replaceChildren(drawMap(view.type, view.rows, 640));
  });
  addEventListener('afterprint', () => { $('printed')?.remove(); if (view.type) drawRows(); });
  takeState(stateOf(location.hash) ?? '');
  drawControls();
  refreshList();
  go();
  document.documentElement.dataset.ready = 'yes';
}
start();
