/** Asks the person at the terminal about an action that waits for an approval. */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { approvalView, type ApprovalView, type StreamEvent, type TurnView } from '@guildhall/protocol';
import { answerApproval } from '../commands/approvals/answer.ts';
import { describeAction } from '../commands/approvals/describe-approval.ts';
import { joinShown, show, type Shown } from '../terminal/shown.ts';
import type { Call } from '../verb.ts';
import type { LinePen } from './line-pen.ts';
import { readText } from './stream-event.ts';

export interface ApprovalWatch {
  look(event: StreamEvent): void;
  /** Handoffs of a turn that has ended and that wait for a person all the same. */
  tellWaiting(turn: TurnView): Promise<void>;
  close(): void;
}

export interface Question {
  readonly approval: ApprovalView;
  /** What exactly would be done. */
  readonly text: Shown;
  /** What is asked, in three words. */
  readonly words: string;
  /** The turn goes no further without an answer; a handoff leaves its turn free to end. */
  readonly holdsUp: boolean;
}

const handoffTool = 'dispatch_handoff';

/** The exact action, and the question; undefined when it is not open any more. */
export async function readQuestion(call: Call, id: string): Promise<Question | undefined> {
  const daemon = await call.connect();
  const approval = daemon.ok ? await daemon.value.ask('get', '/v1/approvals/{id}', approvalView, { params: { id } }) : daemon;
  if (!approval.ok || approval.value.status !== 'pending') return undefined;
  return askAbout(call, approval.value);
}

function askAbout(call: Call, approval: ApprovalView): Question {
  const { paint, marks } = call.output.screen;
  const isHandoff = approval.tool === handoffTool;
  const whether = isHandoff ? 'hand over exactly this' : 'run exactly this';
  const text = joinShown([paint('yellow', `${marks.warn} ${approval.agent} asks whether it may ${whether}:`), describeAction(call.output.screen, approval)]);
  return { approval, text, words: isHandoff ? 'hand it over?' : 'run it?', holdsUp: !isHandoff };
}

/** Only `y` and `yes` are a yes; only `n` and `no` are a no. */
export function readAnswer(line: string): 'approve' | 'deny' | undefined {
  const said = line.trim().toLowerCase();
  if (said === 'y' || said === 'yes') return 'approve';
  return said === 'n' || said === 'no' ? 'deny' : undefined;
}

/** Sends the answer and says how that went. */
export async function sendAnswer(call: Call, id: string, said: 'approve' | 'deny'): Promise<Shown> {
  const daemon = await call.connect();
  const approval = daemon.ok ? await answerApproval(daemon.value, id, said) : daemon;
  const { paint, marks } = call.output.screen;
  if (!approval.ok) return paint('red', show`${marks.no} ${approval.refusal.message}`);
  return said === 'approve' ? paint('green', `${marks.yes} approved, once`) : paint('red', `${marks.no} denied`);
}

/** For one turn: asks inline on a terminal, else says which command answers. An answer given elsewhere takes the question back. */
export function watchApprovals(call: Call, pen: LinePen): ApprovalWatch {
  const asking = new Map<string, AbortController>();
  const mayAsk = call.stdin.isTTY === true && call.output.screen.width !== undefined && !call.output.json;
  let queue = Promise.resolve();
  return {
    look(event) {
      if (event.type !== 'CUSTOM') return;
      const id = readText(event, 'approvalId');
      if (event.name === 'guildhall.approval-answered') {
        asking.get(id)?.abort();
        if (!call.output.json && !asking.has(id)) pen.aside(show`Approval ${id}: ${readText(event, 'status')}`);
        asking.delete(id);
      }
      if (event.name !== 'guildhall.approval-asked' || call.output.json) return;
      const taken = new AbortController();
      asking.set(id, taken);
      queue = queue.then(() => ask(call, pen, id, mayAsk, taken.signal));
    },
    async tellWaiting({ sessionKey, startedAt = 0 }) {
      if (call.output.json) return;
      const daemon = await call.connect();
      const pending = daemon.ok ? await daemon.value.ask('get', '/v1/approvals', z.array(approvalView), { query: { status: 'pending', limit: 500 } }) : daemon;
      if (!pending.ok) return;
      const mine = pending.value.filter((approval) => approval.tool === handoffTool && approval.sessionKey === sessionKey && approval.askedAt >= startedAt);
      for (const approval of mine) {
        if (!asking.has(approval.id)) pen.aside(askAbout(call, approval).text);
        if (mayAsk || !asking.has(approval.id)) pen.aside(whoAnswers(approval.id));
      }
    },
    close() {
      for (const taken of asking.values()) taken.abort();
    },
  };
}

async function ask(call: Call, pen: LinePen, id: string, mayAsk: boolean, taken: AbortSignal): Promise<void> {
  const question = await readQuestion(call, id);
  if (question === undefined || taken.aborted) return;
  pen.aside(question.text);
  if (!mayAsk) {
    pen.aside(whoAnswers(id));
    return;
  }
  const said = await readYesOrNo(call, `${question.words.replace(/^./, (letter) => letter.toUpperCase())} y/n `, taken);
  if (said !== undefined) pen.aside(await sendAnswer(call, id, said));
}

function whoAnswers(id: string): Shown {
  return show`It waits for you: guildhall approvals approve ${id} (or deny). Without an answer it is a no.`;
}

/** Asks until the answer is one; undefined when the question was taken back or the input ended. */
function readYesOrNo(call: Call, question: string, taken: AbortSignal): Promise<'approve' | 'deny' | undefined> {
  return new Promise((resolve) => {
    const reader = createInterface({ input: call.stdin, output: call.stdout, prompt: question });
    const finish = (said: 'approve' | 'deny' | undefined) => {
      taken.removeEventListener('abort', giveUp);
      resolve(said);
      reader.close();
    };
    const giveUp = () => finish(undefined);
    taken.addEventListener('abort', giveUp, { once: true });
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.on('close', () => resolve(undefined));
    reader.on('line', (line) => {
      const said = readAnswer(line);
      if (said === undefined) reader.prompt();
      else finish(said);
    });
    reader.prompt();
  });
}
