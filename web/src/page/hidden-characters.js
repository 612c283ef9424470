/** Characters one cannot see (bidi overrides, zero-width and tag characters, controls, look-alike spaces), made visible where a person decides something. */
import { el } from './dom.js';

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|[^\S \n]/gu;

/**
 * The text with a labelled mark in place of each unseen character. Newlines stay.
 *
 * @param {string} text
 */
export function showHidden(text) {
  const shown = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(unseen)) {
    if (match[0] === '\n') continue;
    const code = `U+${(match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    shown.append(text.slice(from, match.index), el('span', { class: 'hidden-character', title: `The character ${code}, which cannot be seen` }, code));
    from = match.index + match[0].length;
  }
  shown.append(text.slice(from));
  return shown;
}

/** Escape sequences of terminals, which programs write and a page cannot use. */
// oxlint-disable-next-line no-control-regex
const terminalSequences = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g;

/** @param {string} text */
export function withoutTerminalSequences(text) {
  return text.replaceAll(terminalSequences, '');
}
