/**
 * One tool call: a line that says which tool, with what, and how it ended; opened, it shows the arguments and the output.
 *
 * @import { EntryView } from '@guildhall/protocol'
 */
import { el } from './dom.js';
import { showHidden, withoutTerminalSequences } from './hidden-characters.js';
import { jsonView, outputView } from './output-view.js';
import { brief, span } from './words.js';

/** @type {Record<NonNullable<EntryView['outcome']>, string>} */
const outcomeWords = { done: 'done', failed: 'failed', refused: 'refused', 'timed-out': 'timed out', cancelled: 'stopped', unknown: 'outcome unknown' };

/** Arguments that say most about a call, most telling first. */
const telling = ['command', 'argv', 'pattern', 'query', 'url', 'path', 'goal', 'name', 'text', 'question'];
const keptProgress = 4000;

/** @param {unknown} args */
function summarise(args) {
  if (typeof args === 'string') return brief(args, 120);
  if (typeof args !== 'object' || args === null) return '';
  const given = Object.entries(args);
  const [, value] = given.find(([name]) => name === telling.find((word) => word in args)) ?? given[0] ?? [];
  if (value === undefined) return '';
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return brief(value.join(' '), 120);
  return brief(typeof value === 'string' ? value : JSON.stringify(value), 120);
}

/**
 * @typedef {object} ToolRow
 * @property {HTMLElement} element
 * @property {(args: unknown) => void} askedWith the model asked for it
 * @property {(entry: EntryView) => void} started
 * @property {(entry: EntryView) => void} finished
 * @property {(text: string) => void} progress
 */

/** @param {string} tool @returns {ToolRow} */
export function createToolRow(tool) {
  const summary = el('span', { class: 'tool-summary', dir: 'auto' });
  const outcome = el('span', { class: 'tool-outcome' }, 'asked');
  const why = el('span', { class: 'tool-why', dir: 'auto' });
  const body = el('div', { class: 'tool-body' });
  const element = el(
    'details',
    { class: 'tool', 'data-outcome': 'asked' },
    el('summary', {}, el('span', { class: 'tool-name' }, el('bdi', {}, tool)), summary, outcome, why),
    body,
  );
  /** @type {unknown} */
  let args;
  /** @type {EntryView | undefined} */
  let start;
  /** @type {EntryView | undefined} */
  let end;
  let soFar = '';

  const fill = () => {
    if (!element.open) return;
    const parts = [
      el('h4', {}, 'Arguments'),
      args === undefined ? el('p', {}, 'They are further up in the transcript.') : jsonView(args, `Arguments of ${tool}`),
    ];
    const text = end?.text ?? soFar;
    if (text !== '') parts.push(el('h4', {}, end === undefined ? 'Output so far' : 'Output'), outputView(text, `Output of ${tool}`));
    body.replaceChildren(...parts);
  };
  element.addEventListener('toggle', fill);

  const settle = () => {
    const state = end?.outcome ?? (end !== undefined ? 'done' : start !== undefined ? 'running' : 'asked');
    element.dataset['outcome'] = state;
    const words = end === undefined ? (start === undefined ? 'asked' : 'running…') : outcomeWords[end.outcome ?? 'done'];
    outcome.textContent = end?.outcome === 'done' && start !== undefined ? `${words}, ${span(end.at - start.at)}` : words;
    why.replaceChildren(end?.outcome === 'refused' ? refusal(end) : '');
    summary.replaceChildren(showHidden(summarise(args)));
    fill();
  };

  return {
    element,
    askedWith(asked) {
      args ??= asked;
      settle();
    },
    started(entry) {
      start = entry;
      args = entry.args ?? args;
      settle();
    },
    finished(entry) {
      end = entry;
      settle();
    },
    progress(text) {
      if (end !== undefined) return;
      soFar = withoutTerminalSequences(soFar + text).slice(-keptProgress);
      fill();
    },
  };
}

/** @param {EntryView} entry */
function refusal(entry) {
  const sentence = brief(entry.text, 300);
  if (entry.rule === undefined || sentence.includes(entry.rule)) return sentence;
  return `${sentence} Rule: ${brief(entry.rule, 200)}`;
}
