/** Asks the person at the terminal about an action that waits for an approval. */
import { createInterface } from 'node:readline';
import { approvalView, type ApprovalView, type StreamEvent } from '@guildhall/protocol';
import { answerApproval } from '../commands/approvals/answer.ts';
import { describeAction } from '../commands/approvals/describe-approval.ts';
import { joinShown, show, type Shown } from '../terminal/shown.ts';
import type { Call } from '../verb.ts';
import type { LinePen } from './line-pen.ts';
import { readText } from './stream-event.ts';

export interface ApprovalWatch {
  look(event: StreamEvent): void;
  close(): void;
}

/** The exact action, and the question. */
export async function readQuestion(call: Call, id: string): Promise<{ readonly approval: ApprovalView; readonly text: Shown } | undefined> {
  const daemon = await call.connect();
  const approval = daemon.ok ? await daemon.value.ask('get', '/v1/approvals/{id}', approvalView, { params: { id } }) : daemon;
  if (!approval.ok || approval.value.status !== 'pending') return undefined;
  const { paint, marks } = call.output.screen;
  const text = joinShown([
    paint('yellow', `${marks.warn} ${approval.value.agent} asks whether it may run exactly this:`),
    describeAction(call.output.screen, approval.value),
  ]);
  return { approval: approval.value, text };
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
    pen.aside(show`It waits for you: guildhall approvals approve ${id} (or deny). Without an answer it is a no.`);
    return;
  }
  const said = await readYesOrNo(call, 'Run it? y/n ', taken);
  if (said !== undefined) pen.aside(await sendAnswer(call, id, said));
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
