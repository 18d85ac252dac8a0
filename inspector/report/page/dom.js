// Everything from a binary reaches the page as a text node or an attribute, and only after visible().

// Characters that are invisible or reorder their neighbours are spelled out.
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu;
const TEXT_MOST = 4000; // a name of a million letters is no name
const clipped = (text) => text.length > TEXT_MOST ? text.slice(0, TEXT_MOST) + '… (' + text.length + ' characters)' : text;
const visible = (text) => clipped(String(text)).replace(DECEPTIVE, (c) => '\\u{' + c.codePointAt(0).toString(16) + '}');

function build(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'css') for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    else element.setAttribute(key, value === true ? '' : visible(value));
  }
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  return element;
}
const h = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => build(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
const numberCell = (text) => h('td', { class: 'n' }, text);
const $ = (id) => document.getElementById(id);

// --- Names ---

// Types differ at the end of their names as often as at the start: what is too long is cut between.
const TAIL_MOST = 10;
function cutAt(text, position) {
  const at = Math.max(0, Math.min(text.length, position));
  return at > 0 && at < text.length && /[\uDC00-\uDFFF]/.test(text[at]) ? at + 1 : at;
}
function nameSpan(name) {
  const tail = name.length < 1.5 * TAIL_MOST ? name.length : cutAt(name, name.length - TAIL_MOST);
  return h('span', { class: 'name', title: name }, h('bdi', { class: 'head' }, name.slice(0, tail)), tail < name.length ? h('bdi', { class: 'tail' }, name.slice(tail)) : null);
}
function cutMiddle(text, room) {
  if (text.length <= room) return text;
  if (room < 5) return text.slice(0, cutAt(text, Math.max(room - 1, 1))) + '…';
  const tail = Math.floor((room - 1) / 2);
  return text.slice(0, cutAt(text, room - 1 - tail)) + '…' + text.slice(cutAt(text, text.length - tail));
}

// --- Numbers ---

const settings = { hex: false };
const grouped = new Intl.NumberFormat('en').format;
const number = (n) => settings.hex ? '0x' + n.toString(16) : grouped(n);
const plain = (n) => settings.hex ? '0x' + n.toString(16) : String(n);
const percent = (share) => share === 0 ? '0 %' : share < 0.001 ? '< 0.1 %' : (100 * share).toFixed(share < 0.1 ? 1 : 0) + ' %';

// 12, or 12:3 for bit 3 of byte 12.
function offsetText(bits) {
  if (bits === null) return '?';
  const rest = bits % 8;
  return plain(Math.floor(bits / 8)) + (rest ? ':' + rest : '');
}
function sizeText(bits) {
  if (bits === null) return '?';
  const rest = bits % 8, bytes = Math.floor(bits / 8);
  return rest ? (bytes ? plain(bytes) : '') + ':' + rest : plain(bytes);
}
// Only bytes and bits are ever hexadecimal, counts are for people.
const plural = (n, word) => (word === 'byte' || word === 'bit' ? number(n) : grouped(n)) + ' ' + word + (n === 1 ? '' : 's');
function sizeWords(bits) {
  const rest = bits % 8, bytes = Math.floor(bits / 8);
  return [bytes || !rest ? plural(bytes, 'byte') : '', rest ? plural(rest, 'bit') : ''].filter(Boolean).join(' ');
}
function bytesShort(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  if (bytes < 10000) return grouped(bytes) + ' B';
  let i = 0;
  while (bytes >= 1000 && i < units.length - 1) { bytes /= 1024; i++; }
  return bytes.toFixed(bytes < 10 ? 1 : 0) + ' ' + units[i];
}
