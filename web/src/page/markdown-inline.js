/** Words within a line of Markdown: code, emphasis, links. Everything else, HTML above all, is text. */
import { el } from './dom.js';
import { link, openable } from './links.js';

/** How far the end of an emphasis or a link's label is looked for; it keeps hostile text from costing more than its length. */
const reach = 2000;
const deepest = 6;

/**
 * @typedef {{ nodes: (Node | string)[], end: number }} Found what was made of the text up to `end`
 */

/**
 * @param {string} text
 * @param {number} [depth]
 * @param {boolean} [mayLink] false within the label of a link
 * @returns {(Node | string)[]}
 */
export function inline(text, depth = 0, mayLink = true) {
  if (depth > deepest) return [text];
  /** @type {(Node | string)[]} */
  const nodes = [];
  let plainFrom = 0;
  let at = 0;
  const special = /[\\`*_~[!<h]/g;
  while (at < text.length) {
    special.lastIndex = at;
    const next = special.exec(text);
    if (next === null) break;
    at = next.index;
    const found = readAt(text, at, depth, mayLink);
    if (found === undefined) {
      at += 1;
      continue;
    }
    if (at > plainFrom) nodes.push(text.slice(plainFrom, at));
    nodes.push(...found.nodes);
    plainFrom = found.end;
    at = found.end;
  }
  if (plainFrom < text.length) nodes.push(text.slice(plainFrom));
  return nodes;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} depth
 * @param {boolean} mayLink
 * @returns {Found | undefined}
 */
function readAt(text, at, depth, mayLink) {
  switch (text[at]) {
    case '\\':
      return /[!-/:-@[-`{-~]/.test(text[at + 1] ?? '') ? { nodes: [text[at + 1] ?? ''], end: at + 2 } : undefined;
    case '`':
      return codeSpan(text, at);
    case '[':
      return mayLink ? labelled(text, at, false) : undefined;
    case '!':
      return mayLink && text[at + 1] === '[' ? labelled(text, at + 1, true) : undefined;
    case '<':
    case 'h':
      return mayLink ? bareAddress(text, at) : undefined;
    default:
      return emphasis(text, at, depth, mayLink);
  }
}

/** @param {string} text @param {number} at @returns {Found | undefined} */
function codeSpan(text, at) {
  const fence = /^`+/.exec(text.slice(at, at + 20))?.[0] ?? '`';
  let close = text.indexOf(fence, at + fence.length);
  while (close !== -1 && text[close + fence.length] === '`') {
    let past = close;
    while (text[past] === '`') past += 1;
    close = text.indexOf(fence, past);
  }
  if (close === -1 || close - at > reach) return { nodes: [fence], end: at + fence.length };
  const code = text.slice(at + fence.length, close);
  const trimmed = /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code;
  return { nodes: [el('code', {}, trimmed)], end: close + fence.length };
}

/**
 * `[label](address)`, or an image, which is never loaded: it becomes a link.
 *
 * @param {string} text
 * @param {number} at of the bracket
 * @param {boolean} isImage
 * @returns {Found | undefined}
 */
function labelled(text, at, isImage) {
  const closing = closingBracket(text, at);
  if (closing === undefined || text[closing + 1] !== '(') return undefined;
  const target = /^\(\s*(?:<([^<>\n]*)>|((?:[^\s()]|\([^\s()]*\))*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/.exec(text.slice(closing + 1, closing + 1 + reach));
  if (target === null) return undefined;
  const label = text.slice(at + 1, closing);
  const address = target[1] ?? target[2] ?? '';
  const end = closing + 1 + target[0].length;
  const words = isImage ? [`image: ${label === '' ? 'no description' : label}`] : inline(label, deepest - 1, false);
  const url = openable(address);
  return { nodes: url === undefined ? [...words, ` (${address})`] : [link(url, words.length === 0 ? [url.href] : words)], end };
}

/** @param {string} text @param {number} at */
function closingBracket(text, at) {
  let open = 0;
  for (let index = at; index < text.length && index < at + reach; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '[') open += 1;
    else if (text[index] === ']') open -= 1;
    if (open === 0) return index;
  }
  return undefined;
}

/** @param {string} text @param {number} at @returns {Found | undefined} */
function bareAddress(text, at) {
  if (text[at] === 'h' && /[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return undefined;
  const near = text.slice(at, at + reach);
  const marked = /^<(https?:\/\/[^\s<>]+)>/.exec(near);
  const bare = marked ?? /^https?:\/\/[^\s<>"'`|\\^{}]*[^\s<>"'`|\\^{}.,;:!?)\]*_~]/.exec(near);
  if (bare === null) return undefined;
  const url = openable(marked?.[1] ?? bare[0]);
  return url === undefined ? undefined : { nodes: [link(url, [])], end: at + bare[0].length };
}

/** @param {string} text @param {number} at @param {number} depth @param {boolean} mayLink @returns {Found | undefined} */
function emphasis(text, at, depth, mayLink) {
  const mark = text[at] ?? '';
  let width = 1;
  while (text[at + width] === mark && width < 3) width += 1;
  if (mark === '~' && width !== 2) return undefined;
  const before = text[at - 1] ?? ' ';
  const after = text[at + width] ?? ' ';
  if (/\s/.test(after) || (mark === '_' && /[\p{L}\p{N}]/u.test(before))) return undefined;
  const fence = mark.repeat(width);
  for (let close = text.indexOf(fence, at + width); close !== -1 && close - at < reach; close = text.indexOf(fence, close + 1)) {
    const end = close + width;
    if (/\s/.test(text[close - 1] ?? ' ') || text[end] === mark || close === at + width) continue;
    if (mark === '_' && /[\p{L}\p{N}]/u.test(text[end] ?? ' ')) continue;
    const words = inline(text.slice(at + width, close), depth + 1, mayLink);
    return { nodes: [emphasised(mark, width, words)], end };
  }
  return { nodes: [fence], end: at + width };
}

/** @param {string} mark @param {number} width @param {(Node | string)[]} words */
function emphasised(mark, width, words) {
  if (mark === '~') return el('del', {}, ...words);
  if (width === 1) return el('em', {}, ...words);
  return el('strong', {}, ...(width === 2 ? words : [el('em', {}, ...words)]));
}
