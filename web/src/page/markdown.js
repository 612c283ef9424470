/**
 * A small, safe subset of Markdown as DOM nodes: paragraphs, headings, lists, quotes, tables, code, emphasis, links. It never makes markup from a string and never loads anything.
 */
import { button, el } from './dom.js';
import { inline } from './markdown-inline.js';

/** Longer lines and paragraphs are plain text: looking for structure in them costs more than their length. */
const longestLine = 5000;
const deepest = 8;

const fenceStart = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const rule = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const listItem = /^(\s*)([-*+]|\d{1,9}[.)])(?:\s+(.*)|\s*)$/;
const quoted = /^ {0,3}>\s?(.*)$/;
const tableRule = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** @typedef {{ lines: string[], at: number, depth: number }} Reader */

/** @param {RegExp} pattern @param {string | undefined} line */
function match(pattern, line) {
  return line === undefined || line.length > longestLine ? null : pattern.exec(line);
}

/**
 * Top-level pieces of the source, each of which is rendered by itself, so that a growing text re-renders its last piece only.
 *
 * @param {string} source
 * @returns {{ source: string, render: () => Node }[]}
 */
export function blocksOf(source) {
  /** @type {Reader} */
  const reader = { lines: source.replaceAll(/\r\n?/g, '\n').split('\n'), at: 0, depth: 0 };
  const blocks = [];
  while (reader.at < reader.lines.length) {
    const from = reader.at;
    const render = readBlock(reader);
    if (render !== undefined) blocks.push({ source: reader.lines.slice(from, reader.at).join('\n'), render });
  }
  return blocks;
}

/** @param {Reader} reader @returns {(() => Node) | undefined} nothing for an empty line */
function readBlock(reader) {
  const line = reader.lines[reader.at] ?? '';
  if (line.trim() === '') {
    reader.at += 1;
    return undefined;
  }
  if (match(fenceStart, line) !== null) return readCode(reader);
  const title = match(heading, line);
  if (title !== null) {
    reader.at += 1;
    // The page has its own h1 and h2; what an agent calls a title stands below them.
    const level = /** @type {'h3' | 'h4' | 'h5' | 'h6'} */ (`h${Math.min(6, (title[1] ?? '#').length + 2)}`);
    return () => el(level, { dir: 'auto' }, ...words(title[2] ?? ''));
  }
  if (match(rule, line) !== null) {
    reader.at += 1;
    return () => el('hr');
  }
  if (reader.depth < deepest && match(quoted, line) !== null) return readQuote(reader);
  if (reader.depth < deepest && match(listItem, line) !== null) return readList(reader);
  if (line.includes('|') && match(tableRule, reader.lines[reader.at + 1])?.[0].includes('|') === true) return readTable(reader);
  return readParagraph(reader);
}

/** @param {string} text */
function words(text) {
  return text.length > longestLine ? [text] : inline(text);
}

/** @param {Reader} reader */
function readCode(reader) {
  const start = fenceStart.exec(reader.lines[reader.at] ?? '');
  const fence = start?.[1] ?? '```';
  const language = (start?.[2] ?? '').trim().split(/\s/)[0] ?? '';
  const from = reader.at + 1;
  let to = from;
  const isEnd = (/** @type {string} */ line) => line.trim().startsWith(fence) && line.trim().replaceAll(fence[0] ?? '`', '') === '';
  while (to < reader.lines.length && !isEnd(reader.lines[to] ?? '')) to += 1;
  reader.at = to + 1;
  const code = reader.lines.slice(from, to).join('\n');
  return () => codeBlock(code, language);
}

/** @param {string} code @param {string} language */
function codeBlock(code, language) {
  const copy = button('Copy', { class: 'quiet copy', 'aria-label': 'Copy this code' }, () => {
    navigator.clipboard.writeText(code).then(
      () => (copy.textContent = 'Copied'),
      () => (copy.textContent = 'Not allowed to copy'),
    );
  });
  return el('figure', { class: 'code' }, el('figcaption', {}, el('span', {}, language.slice(0, 40)), copy), el('pre', { tabindex: '0' }, el('code', {}, code)));
}

/** @param {Reader} reader */
function readQuote(reader) {
  /** @type {string[]} */
  const inner = [];
  for (let line = match(quoted, reader.lines[reader.at]); line !== null; line = match(quoted, reader.lines[reader.at])) {
    inner.push(line[1] ?? '');
    reader.at += 1;
  }
  const depth = reader.depth + 1;
  return () => el('blockquote', {}, ...nested(inner, depth));
}

/** @param {string[]} lines @param {number} depth @returns {Node[]} */
function nested(lines, depth) {
  const reader = { lines, at: 0, depth };
  const nodes = [];
  while (reader.at < reader.lines.length) {
    const render = readBlock(reader);
    if (render !== undefined) nodes.push(render());
  }
  return nodes;
}

/** @param {Reader} reader */
function readList(reader) {
  const first = listItem.exec(reader.lines[reader.at] ?? '');
  const indent = (first?.[1] ?? '').length;
  const ordered = /\d/.test(first?.[2] ?? '');
  /** @type {string[][]} */
  const items = [];
  while (reader.at < reader.lines.length) {
    const line = reader.lines[reader.at] ?? '';
    const item = match(rule, line) === null ? match(listItem, line) : null;
    const own = line.length - line.trimStart().length;
    if (item !== null && own <= indent + 1) {
      if (/\d/.test(item[2] ?? '') !== ordered || own < indent) break;
      items.push([item[3] ?? '']);
    } else if (line.trim() === '') {
      const next = reader.lines[reader.at + 1] ?? '';
      if (next.trim() === '' || (next.length - next.trimStart().length <= indent && match(listItem, next) === null)) break;
      items.at(-1)?.push('');
    } else if (own > indent) items.at(-1)?.push(line.slice(Math.min(own, indent + 2)));
    else break;
    reader.at += 1;
  }
  const depth = reader.depth + 1;
  const start = Number.parseInt(first?.[2] ?? '1', 10);
  return () => el(ordered ? 'ol' : 'ul', ordered && start !== 1 ? { start: String(start) } : {}, ...items.map((lines) => listElement(lines, depth)));
}

/** @param {string[]} lines @param {number} depth */
function listElement(lines, depth) {
  const nodes = nested(lines, depth);
  const only = nodes[0];
  // A lone paragraph in an item is just its words.
  if (only instanceof HTMLParagraphElement) nodes.splice(0, 1, ...only.childNodes);
  return el('li', { dir: 'auto' }, ...nodes);
}

/** @param {string} line */
function cells(line) {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'));
}

/** @param {Reader} reader */
function readTable(reader) {
  const head = cells(reader.lines[reader.at] ?? '');
  reader.at += 2;
  /** @type {string[][]} */
  const rows = [];
  for (let line = reader.lines[reader.at] ?? ''; line.trim() !== '' && line.includes('|'); line = reader.lines[reader.at] ?? '') {
    rows.push(cells(line).slice(0, head.length));
    reader.at += 1;
  }
  const row = (/** @type {'th' | 'td'} */ tag, /** @type {string[]} */ texts) => el('tr', {}, ...texts.map((text) => el(tag, { dir: 'auto' }, ...words(text))));
  return () =>
    el('div', { class: 'table', tabindex: '0' }, el('table', {}, el('thead', {}, row('th', head)), el('tbody', {}, ...rows.map((texts) => row('td', texts)))));
}

/** @param {Reader} reader */
function readParagraph(reader) {
  const from = reader.at;
  do reader.at += 1;
  while (reader.at < reader.lines.length && !endsParagraph(reader));
  const text = reader.lines
    .slice(from, reader.at)
    .map((line) => line.trim())
    .join('\n');
  return () => el('p', { dir: 'auto' }, ...words(text));
}

/** @param {Reader} reader */
function endsParagraph({ lines, at, depth }) {
  const line = lines[at] ?? '';
  if (line.trim() === '' || match(fenceStart, line) || match(heading, line) || match(rule, line)) return true;
  return depth < deepest && (match(quoted, line) ?? match(/^\s*(?:[-*+]|1[.)])\s+\S/, line)) !== null;
}
