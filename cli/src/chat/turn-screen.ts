/** Shows the events of a session as a conversation: text as it comes, tool calls as single lines, everything else only when a person has to know it. */
import type { EntryView, StreamEvent } from '@guildhall/protocol';
import type { Screen } from '../terminal/screen.ts';
import { show } from '../terminal/shown.ts';
import { escapeInPieces } from '../terminal/terminal-text.ts';
import { describeOutcome, describeSpeaker } from './describe-entry.ts';
import type { LinePen } from './line-pen.ts';
import { readText, type CustomEvent } from './stream-event.ts';
import { summarizeCall } from './summarize-call.ts';

export interface TurnScreen {
  show(event: StreamEvent): Promise<void>;
  /** Shows the answer of a turn unless it was seen already: what was streamed is a courtesy, this is the truth. */
  settle(answer: string): void;
}

export interface TurnScreenPorts {
  readonly pen: LinePen;
  readonly screen: Screen;
  /** Name the speaker before each text: in a conversation, not on a pipe. */
  readonly named: boolean;
  readonly agent: string;
  readonly rehearsal: boolean;
  /** The entry with that number, or nothing when it cannot be had. */
  readonly readEntry: (seq: number) => Promise<EntryView | undefined>;
}

interface Message {
  /** What came since the message (last) started. */
  received: string;
  /** What stands on the screen. */
  shown: string;
  readonly escaper: ReturnType<typeof escapeInPieces>;
}

interface ToolCall {
  readonly tool: string;
  args: string;
  told: boolean;
}

/** Lines of output shown of one call. */
const progressLines = 8;

export function createTurnScreen(ports: TurnScreenPorts): TurnScreen {
  const { pen, screen } = ports;
  const { paint, marks } = screen;
  const messages = new Map<string, Message>();
  const calls = new Map<string, ToolCall>();
  const progress = new Map<string, number>();
  let rehearsal = ports.rehearsal;
  let lastShown = '';

  const speak = () => {
    if (ports.named) pen.text(describeSpeaker(screen, ports.agent, rehearsal).shown);
    else if (rehearsal) pen.text('[rehearsal] ');
  };
  const advance = (message: Message) => {
    if (!message.received.startsWith(message.shown)) return;
    const piece = message.received.slice(message.shown.length);
    if (piece !== '' && message.shown === '') speak();
    pen.text(message.escaper.push(piece));
    message.shown = message.received;
  };
  const tellCall = (call: ToolCall | undefined) => {
    if (call === undefined || call.told) return;
    call.told = true;
    pen.begin(paint('dim', show`${marks.dot} ${call.tool} ${summarizeCall(parseArgs(call.args))}`));
  };
  const endMessage = (messageId: string) => {
    const message = messages.get(messageId);
    if (message === undefined) return;
    messages.delete(messageId);
    pen.text(message.escaper.end());
    pen.rest();
    if (message.received === message.shown) lastShown = message.shown;
  };
  const endCall = async (callId: string, messageId: string) => {
    const call = calls.get(callId);
    tellCall(call);
    calls.delete(callId);
    const entry = await ports.readEntry(Number(messageId.slice(1)));
    if (entry?.outcome !== undefined && entry.outcome !== 'done') pen.aside(describeOutcome(screen, entry));
    else if (!pen.finish(paint('green', marks.yes))) pen.aside(show`  ${paint('green', marks.yes)} ${paint('dim', call?.tool ?? 'tool')}`);
  };
  const tellProgress = (callId: string, text: string) => {
    if (!screen.live) return;
    for (const line of text.split('\n').filter((candidate) => candidate.trim() !== '')) {
      const told = progress.get(callId) ?? 0;
      progress.set(callId, told + 1);
      if (told < progressLines) pen.aside(paint('dim', show`  ${marks.bar} ${line}`));
      else if (told === progressLines) pen.aside(paint('dim', `  ${marks.bar} ${marks.ellipsis}`));
    }
  };
  const custom = (event: CustomEvent) => {
    const read = (name: string) => readText(event, name);
    if (event.name === 'guildhall.usage') rehearsal = event.value['rehearsal'] === true;
    if (event.name === 'guildhall.tool-progress') tellProgress(read('toolCallId'), read('text'));
    if (event.name === 'guildhall.note') pen.aside(paint('yellow', show`${marks.dot} ${read('text')}`));
    if (event.name !== 'guildhall.text-discarded') return;
    const message = messages.get(read('messageId'));
    if (message === undefined || !messages.delete(read('messageId')) || message.shown === '') return;
    pen.aside(paint('dim', `${marks.dot} that broke off; trying again`));
  };

  const start = (messageId: string) => {
    const known = messages.get(messageId);
    if (known !== undefined) known.received = '';
    const message = known ?? { received: '', shown: '', escaper: escapeInPieces() };
    messages.set(messageId, message);
    return message;
  };
  const grow = (messageId: string, delta: string) => {
    const message = messages.get(messageId) ?? start(messageId);
    message.received += delta;
    advance(message);
  };
  const growArgs = (callId: string, delta: string) => {
    const call = calls.get(callId);
    if (call !== undefined) call.args += delta;
  };

  return {
    async show(event) {
      if (event.type === 'RUN_STARTED') lastShown = '';
      if (event.type === 'TEXT_MESSAGE_START') start(event.messageId);
      if (event.type === 'TEXT_MESSAGE_CONTENT') grow(event.messageId, event.delta);
      if (event.type === 'TEXT_MESSAGE_END') endMessage(event.messageId);
      if (event.type === 'TOOL_CALL_START') calls.set(event.toolCallId, { tool: event.toolCallName, args: '', told: false });
      if (event.type === 'TOOL_CALL_ARGS') growArgs(event.toolCallId, event.delta);
      if (event.type === 'TOOL_CALL_END') tellCall(calls.get(event.toolCallId));
      if (event.type === 'TOOL_CALL_RESULT') await endCall(event.toolCallId, event.messageId);
      if (event.type === 'CUSTOM') custom(event);
    },
    settle(answer) {
      for (const messageId of messages.keys()) endMessage(messageId);
      if (answer.trim() === '' || lastShown.trim() === answer.trim()) return;
      const escaper = escapeInPieces();
      speak();
      pen.text(escaper.push(answer) + escaper.end());
      pen.rest();
      lastShown = answer;
    },
  };
}

function parseArgs(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
