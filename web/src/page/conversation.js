/**
 * The transcript as it is shown: entries by their number, each exactly once, gathered in turns. Text that streams is a preview which the entry replaces.
 *
 * @import { EntryView } from '@guildhall/protocol'
 * @import { ToolRow } from './tool-row.js'
 */
import { daemonNow } from './clock.js';
import { byId, el } from './dom.js';
import { agentByline, agentText, compaction, growingText, note, userMessage } from './entry-view.js';
import { clearHandoffs, noticeBlock, noticeText, questionBlock, summaryBlock, workBlock } from './handoff-block.js';
import { createToolRow } from './tool-row.js';

/** Turns kept on the page; older ones leave it and can be loaded again. */
const keptTurns = 150;

/** `isNotice`: the daemon answered it itself. @typedef {{ element: HTMLElement, firstSeq: number, isNotice: boolean }} TurnGroup */

const turns = byId('turns', HTMLElement);

let agent = '';
/** @type {Map<number, EntryView>} */
let entries = new Map();
/** @type {Map<string, TurnGroup>} */
let groups = new Map();
/** @type {Map<string, ToolRow>} */
let rows = new Map();
/** @type {{ seq: number, text: ReturnType<typeof growingText> } | undefined} */
let preview;

/** Empties the page for a conversation with this agent. @param {string} name */
export function clearConversation(name) {
  agent = name;
  entries = new Map();
  groups = new Map();
  rows = new Map();
  preview = undefined;
  clearHandoffs();
  turns.replaceChildren();
}

export function firstSeq() {
  return entries.size === 0 ? undefined : Math.min(...entries.keys());
}

export function shownEntries() {
  return [...entries.values()];
}

export function isEmpty() {
  return entries.size === 0 && preview === undefined;
}

/** @param {readonly EntryView[]} more in any order, none of which is shown yet */
export function showEntries(more) {
  for (const entry of more) {
    entries.set(entry.seq, entry);
    if (preview !== undefined && (entry.seq >= preview.seq || entry.kind === 'answer')) endPreview();
    showEntry(entry);
  }
}

/** Drops the oldest turns beyond what the page keeps. Returns whether any went. */
export function trim() {
  const extra = groups.size - keptTurns * 2;
  if (extra < 0) return false;
  const oldest = [...groups].toSorted(([, a], [, b]) => a.firstSeq - b.firstSeq).slice(0, groups.size - keptTurns);
  for (const [turnId, group] of oldest) {
    group.element.remove();
    groups.delete(turnId);
  }
  for (const [seq, entry] of entries) if (!groups.has(entry.turnId)) entries.delete(seq);
  for (const key of rows.keys()) if (!groups.has(key.slice(0, key.indexOf('\n')))) rows.delete(key);
  return true;
}

/** @param {EntryView} entry */
function showEntry(entry) {
  const group = groupOf(entry);
  switch (entry.kind) {
    case 'message':
      if (entry.handoff?.part === 'notice' || entry.handoff?.part === 'question') group.isNotice = true;
      return place(group, entry.seq, messageOf(entry));
    case 'model-step':
      if (entry.text.trim() !== '') speak(group, entry, agentText(entry));
      for (const call of entry.toolCalls ?? []) rowOf(group, entry, call.callId, call.tool).askedWith(call.args);
      return undefined;
    case 'tool-started':
      return rowOf(group, entry, entry.callId ?? '', entry.tool ?? '').started(entry);
    case 'tool-result':
      return rowOf(group, entry, entry.callId ?? '', entry.tool ?? '').finished(entry);
    case 'answer':
      if (group.isNotice) return place(group, entry.seq, noticeText(entry));
      return speak(group, entry, agentText(entry));
    case 'compaction':
      return place(group, entry.seq, compaction(entry));
    case 'note':
      return place(group, entry.seq, note(entry));
    default:
      return entry.kind;
  }
}

/** @param {EntryView} entry */
function messageOf(entry) {
  switch (entry.handoff?.part) {
    case 'work':
      return workBlock(entry, entry.handoff.ref);
    case 'notice':
      return noticeBlock(entry, entry.handoff.ref);
    case 'question':
      return questionBlock(entry, entry.handoff.ref);
    case 'summary':
      return summaryBlock(entry);
    default:
      return userMessage(entry);
  }
}

/** @param {EntryView} entry @returns {TurnGroup} */
function groupOf(entry) {
  const known = groups.get(entry.turnId);
  if (known !== undefined) {
    known.firstSeq = Math.min(known.firstSeq, entry.seq);
    return known;
  }
  const group = { element: el('article', { class: 'turn', 'data-seq': String(entry.seq) }), firstSeq: entry.seq, isNotice: false };
  groups.set(entry.turnId, group);
  insertBySeq(turns, entry.seq, group.element);
  return group;
}

/** @param {TurnGroup} group @param {number} seq @param {HTMLElement} element */
function place(group, seq, element) {
  element.dataset['seq'] = String(seq);
  insertBySeq(group.element, seq, element);
}

/** @param {TurnGroup} group @param {EntryView} entry @param {HTMLElement} element */
function speak(group, entry, element) {
  introduce(group, entry.seq, entry.at);
  place(group, entry.seq, element);
}

/** The agent's name stands once in a turn, above the first thing it says or does. @param {TurnGroup} group @param {number} seq @param {number} at */
function introduce(group, seq, at) {
  const shown = group.element.querySelector(':scope > .byline');
  if (shown instanceof HTMLElement && Number(shown.dataset['seq']) <= seq) return;
  shown?.remove();
  place(group, seq, agentByline(agent, at));
}

/** @param {TurnGroup} group @param {EntryView} entry @param {string} callId @param {string} tool */
function rowOf(group, entry, callId, tool) {
  const key = `${entry.turnId}\n${callId}`;
  const known = rows.get(key);
  if (known !== undefined) return known;
  const row = createToolRow(tool);
  rows.set(key, row);
  introduce(group, entry.seq, entry.at);
  place(group, entry.seq, row.element);
  return row;
}

/** @param {HTMLElement} parent @param {number} seq @param {HTMLElement} element goes after everything with the same or a smaller number */
function insertBySeq(parent, seq, element) {
  let before = parent.lastElementChild;
  while (before instanceof HTMLElement && Number(before.dataset['seq'] ?? 0) > seq) before = before.previousElementSibling;
  if (before === null) parent.prepend(element);
  else before.after(element);
}

/** @param {string} messageId `e<seq>` of the entry that will record the text @param {string} delta */
export function showDelta(messageId, delta) {
  const seq = Number(messageId.replace(/^e/, ''));
  const group = [...groups.values()].toSorted((a, b) => a.firstSeq - b.firstSeq).at(-1);
  if (group === undefined || entries.has(seq)) return;
  if (preview?.seq !== seq) {
    endPreview();
    preview = { seq, text: growingText() };
    introduce(group, seq, daemonNow());
    place(group, seq, preview.text.element);
  }
  preview.text.add(delta);
}

/** Forgets a preview: its step broke off, or the connection did. */
export function endPreview() {
  preview?.text.element.remove();
  preview = undefined;
}

export function isStreaming() {
  return preview !== undefined;
}

/** @param {string} callId @param {string} text */
export function showProgress(callId, text) {
  for (const [key, row] of rows) if (key.endsWith(`\n${callId}`)) row.progress(text);
}

/** Puts a line into a turn that is on the page, where it belongs in time. @param {HTMLElement} line @param {string} turnId @param {number} at */
export function placeInTurn(line, turnId, at) {
  const group = groups.get(turnId);
  if (group === undefined) return;
  const before = [...entries.values()].filter((entry) => entry.turnId === turnId && entry.at <= at).map((entry) => entry.seq);
  place(group, Math.max(group.firstSeq, ...before) + 0.5, line);
}

/** Puts a line where it belongs in time, whichever turn was under way; nowhere when that is not on the page. @param {HTMLElement} line @param {number} at */
export function placeInTime(line, at) {
  const before = [...entries.values()].filter((entry) => entry.at <= at).toSorted((a, b) => b.seq - a.seq)[0];
  if (before !== undefined) placeInTurn(line, before.turnId, at);
}
