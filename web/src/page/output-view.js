/** Long plain text (arguments, tool output) in a box of its own, in pieces the browser lays out only when they come into view. */
import { button, el } from './dom.js';
import { showHidden, withoutTerminalSequences } from './hidden-characters.js';

const firstLines = 200;
const linesPerPiece = 500;
/** A line longer than this is cut into several, so that one minified file does not stop the page. */
const longestLine = 4000;

/**
 * @param {string} text as a tool printed it
 * @param {string} label what it is, for people who cannot see the box
 */
export function outputView(text, label) {
  const lines = withoutTerminalSequences(text)
    .split('\n')
    .flatMap((line) => (line.length <= longestLine ? [line] : (line.match(/[^]{1,4000}/gu) ?? [line])));
  const box = el('pre', { class: 'output', dir: 'auto', tabindex: '0', role: 'region', 'aria-label': label }, lines.slice(0, firstLines).join('\n'));
  if (lines.length <= firstLines) return el('div', {}, box);
  const more = button(`Show all ${lines.length.toLocaleString()} lines`, { class: 'quiet' }, () => {
    more.remove();
    for (let from = firstLines; from < lines.length; from += linesPerPiece)
      box.append(el('span', { class: 'piece' }, lines.slice(from, from + linesPerPiece).join('\n')));
  });
  return el('div', {}, box, more);
}

/**
 * Arguments exactly as JSON, with marks for what cannot be seen.
 *
 * @param {unknown} value
 * @param {string} label
 */
export function jsonView(value, label) {
  return el('pre', { class: 'json', tabindex: '0', role: 'region', 'aria-label': label, dir: 'ltr' }, showHidden(JSON.stringify(value, null, 2) ?? ''));
}
