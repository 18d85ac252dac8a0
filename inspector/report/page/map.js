// The map of bytes: a row is a cache line, or a part of one, from the lowest address on the left. What overlaps (members of a
// union, variants) lies one below the other, each alternative in lanes of its own; what nobody uses is hatched.
//
//     │ a │░░░│ i.x │░░│  i.y   │    union of struct i, n, and an unnamed struct of c and d
//     │   │   │  n  │           │
//     │   │   │  c  │     d     │

const MAP_ROWS_MOST = 500, COLOURS = 8;

// Pieces to draw: leaves with a place and a size, in bits.
function piecesOf(rows) {
  const pieces = [];
  let colour = 0, variant = null;
  rows.forEach((shownRow, index) => {
    const { row, offset, leaf } = shownRow, flags = row[R.flags];
    const rest = restOfArray(shownRow);
    // Fields of variants lie one below the other, and often have the same names.
    if (variant && shownRow.depth <= variant.depth) variant = null;
    if (row[R.kind] === 'variant') variant = { depth: shownRow.depth, name: row[R.name] };
    if (rest) pieces.push({ index, ...rest, isRest: true, style: 'rest', name: (row[R.name] ?? '') + '[1…]' });
    if (!leaf || offset === null || !row[R.size] || row[R.kind] === 'variant' || row[R.kind] === 'cut' || flags & FLAG.reused) return;
    const isGap = (flags & FLAG.gap) !== 0;
    const isUnknown = row[R.kind] === 'unknown';
    // The padding of a member may hold its successor: only the data claims a place, its padding is drawn behind.
    const used = isGap || row[R.flags] & FLAG.alternative ? row[R.size] : row[R.dataBits];
    pieces.push({ index, start: offset, end: offset + row[R.size], dataEnd: offset + Math.min(used, row[R.size]),
      style: isUnknown ? 'unknown' : isGap ? 'gap' : shownRow.style ?? 'c' + (colour++ % COLOURS),
      name: (variant?.name && !isGap ? variant.name + '.' : '') + pieceName(row), isGap });
  });
  return pieces;
}
// Of an array the first element is opened; the others are one piece.
function restOfArray({ row, offset, opens, target }) {
  const element = opens && offset !== null ? target.size * 8 : 0;
  if (!element || row[R.size] < 2 * element) return null;
  return { start: offset + element, end: offset + row[R.size], dataEnd: offset + row[R.size] };
}
function pieceName(row) {
  if (!(row[R.flags] & FLAG.gap)) return row[R.name] ?? (row[R.kind] === 'discriminant' ? 'tag' : '(anonymous)');
  return row[R.kind] === 'unknown' ? '?' : row[R.size] % 8 ? row[R.size] + ' b' : row[R.size] / 8 + ' B';
}

// The tree of what is opened, with pieces as leaves: a row belongs to the last one above it that is less deep. A node has the
// extent of its pieces.
function treeOf(rows, pieces) {
  const root = { children: [] }, path = [root];
  const byRow = (rest) => new Map(pieces.filter((piece) => Boolean(piece.isRest) === rest).map((piece) => [piece.index, piece]));
  const pieceOf = byRow(false), restOf = byRow(true);
  rows.forEach((shownRow, index) => {
    path.length = Math.min(path.length, shownRow.depth + 1);
    const node = { children: [], piece: pieceOf.get(index) };
    if (restOf.has(index)) node.children.push({ children: [], piece: restOf.get(index) });
    path[path.length - 1].children.push(node);
    path.push(node);
  });
  return root;
}

// Clusters of nodes that overlap, directly or by others; in each, a node gets the first lanes that are free where it begins.
function measure(node) {
  if (node.piece) {
    Object.assign(node, { start: node.piece.start, end: node.piece.dataEnd, lanes: 1 });
    return;
  }
  node.children.forEach(measure);
  node.children = node.children.filter((child) => child.lanes).sort((a, b) => a.start - b.start || b.end - a.end);
  node.lanes = 0;
  let cluster = null, ends = [], reach = -1;
  for (const child of node.children) {
    if (child.start >= reach) { cluster = { lanes: 0 }; ends = []; }
    let lane = 0;
    for (let free = 0; free < child.lanes; free++) {
      if (lane + free < ends.length && ends[lane + free] > child.start) { lane += free + 1; free = -1; }
    }
    for (let i = 0; i < child.lanes; i++) ends[lane + i] = child.end;
    Object.assign(child, { lane, cluster });
    cluster.lanes = ends.length;
    reach = Math.max(reach, child.end);
    node.lanes = Math.max(node.lanes, cluster.lanes);
  }
  node.start = Math.min(...node.children.map((child) => child.start));
  node.end = Math.max(...node.children.map((child) => child.end));
}

// Shares the height of a row, 0 to 1, out among the lanes.
function place(node, top, height) {
  if (node.piece) Object.assign(node.piece, { top, height });
  else for (const child of node.children) {
    const lane = height / child.cluster.lanes;
    place(child, top + child.lane * lane, child.lanes * lane);
  }
}
function assignLanes(rows, pieces) {
  const root = treeOf(rows, pieces);
  measure(root);
  place(root, 0, 1);
  pieces.sort((a, b) => a.start - b.start);
}

// Rows worth drawing: those in which a piece begins or ends, and their neighbours; runs between them are folded.
function mapRows(pieces, rowBits, totalBits) {
  const last = Math.max(0, Math.ceil(totalBits / rowBits) - 1), rows = new Set([0, last]);
  for (const piece of pieces) {
    for (const bit of [piece.start, piece.dataEnd - 1, piece.dataEnd, piece.end - 1])
      rows.add(Math.min(last, Math.floor(Math.max(piece.start, bit) / rowBits)));
  }
  const result = [];
  let previous = -1;
  for (const row of [...rows].sort((a, b) => a - b)) {
    const between = row - previous - 1;
    if (between > 2) result.push({ from: previous + 1, to: row - 1, fold: true });
    else for (let r = previous + 1; r < row; r++) result.push({ from: r, to: r });
    result.push({ from: row, to: row });
    previous = row;
  }
  return result;
}

function bytesPerRow(size, width) {
  const most = Math.min(64, width >= 640 ? 64 : width >= 360 ? 32 : 16);
  return size >= most ? most : Math.max(8, Math.ceil(size / 8) * 8);
}

const LEFT = 58, ROW = 36, LANE = 21, ROW_MOST = 600, BETWEEN = 9, FOLD = 20, AXIS = 18;

// The SVG of a type's rows, `width` pixels wide.
function drawMap(type, rows, width) {
  const totalBits = type.size * 8, perRow = bytesPerRow(type.size, width), rowBits = perRow * 8;
  const right = 18 + 7 * ('line ' + grouped(Math.ceil(type.size / LINE))).length;
  const cell = Math.min(36, (width - LEFT - right) / perRow), pieces = piecesOf(rows);
  assignLanes(rows, pieces);
  const all = mapRows(pieces, rowBits, totalBits), drawn = all.slice(0, MAP_ROWS_MOST);
  const svg = s('svg', { class: 'map', role: 'img', 'aria-label': 'Map of the bytes of ' + type.name + '; the table below tells the same' });
  svg.append(s('defs', null, hatch('hatch', 'hatch-line'), hatch('hatch-unknown', 'hatch-unknown-line')));
  for (let byte = 0; byte < perRow; byte += perRow > 32 ? 8 : 4)
    svg.append(s('text', { class: 'axis', x: LEFT + byte * cell + 1, y: 11 }, plain(byte)));
  let y = AXIS, next = 0;
  const waiting = []; // pieces that reach into the row, in the order of their start
  for (const row of drawn) {
    const start = row.from * rowBits, end = Math.min((row.to + 1) * rowBits, totalBits);
    while (next < pieces.length && pieces[next].start < end) waiting.push(pieces[next++]);
    for (let i = waiting.length; i--;) if (waiting[i].end <= start) waiting.splice(i, 1);
    const thinnest = waiting.reduce((least, piece) => Math.min(least, piece.height), 1);
    const height = row.fold ? Math.max(FOLD, FOLD / 2 / thinnest) : Math.min(ROW_MOST, Math.max(ROW, LANE / thinnest));
    drawRowFrame(svg, row, y, height, { perRow, cell, end, start, right });
    for (const piece of waiting) drawPiece(svg, piece, row, { start, end, y, height, cell, perRow });
    y += height + BETWEEN;
  }
  if (all.length > drawn.length)
    svg.append(s('text', { class: 'axis', x: LEFT, y: y + 10 }, 'The map ends here; the table goes on.')), y += 18;
  svg.setAttribute('width', Math.ceil(LEFT + right + perRow * cell));
  svg.setAttribute('height', y);
  return svg;
}

function hatch(id, lineClass) {
  return s('pattern', { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    s('line', { class: lineClass, x1: 0, y1: 0, x2: 0, y2: 6 }));
}

function drawRowFrame(svg, row, y, height, { perRow, cell, start, end, right }) {
  const offset = row.from * perRow;
  const isLine = offset % LINE === 0;
  if (isLine && offset) svg.append(s('line', { class: 'border', x1: 0, x2: LEFT + right + perRow * cell, y1: y - BETWEEN / 2, y2: y - BETWEEN / 2 }));
  svg.append(s('text', { class: 'offset', x: LEFT - 8, y: y + height / 2 + 4 }, plain(offset)));
  svg.append(s('rect', { class: 'bed', x: LEFT, y, width: row.fold ? perRow * cell : (end - start) / 8 * cell, height }));
  const x = LEFT + perRow * cell + 6;
  if (row.fold) svg.append(s('text', { class: 'axis', x, y: y + height / 2 + 4 }, '×' + grouped(row.to - row.from + 1)));
  else if (isLine) svg.append(s('text', { class: 'axis', x, y: y + height / 2 + 4 }, 'line ' + grouped(offset / LINE)));
}

// In a folded row no piece begins or ends: each is as wide as the row.
function drawPiece(svg, piece, row, { start, end, y, height, cell, perRow }) {
  const laneHeight = height * piece.height, top = y + piece.top * height;
  const part = (from, to, css) => {
    from = Math.max(from, start); to = Math.min(to, end);
    if (to <= from) return null;
    const x = LEFT + (row.fold ? 0 : (from - start) / 8 * cell);
    const width = row.fold ? perRow * cell : (to - from) / 8 * cell;
    const rect = s('rect', { class: css, x: x + 0.5, y: top + 0.5, width: Math.max(width - 1, 1), height: Math.max(laneHeight - 1, 1), rx: Math.min(3, width / 4) });
    rect.dataset.row = piece.index;
    svg.append(rect);
    return { x, width };
  };
  if (piece.end > piece.dataEnd) part(piece.dataEnd, piece.end, 'piece inner ' + piece.style);
  const drawn = part(piece.start, piece.dataEnd, 'piece ' + piece.style);
  if (!drawn) return;
  const room = Math.floor((drawn.width - 6) / 6.7), first = piece.start >= start;
  if (room < 1 || laneHeight < 11 || (room < 3 && piece.name.length > room)) return;
  const text = cutMiddle(visible(piece.name), room);
  svg.append(s('text', { class: 'label ' + piece.style + (first ? '' : ' later'), x: drawn.x + drawn.width / 2, y: top + laneHeight / 2 + 4 }, text));
}
