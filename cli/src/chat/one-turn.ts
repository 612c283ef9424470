/** One message, one turn, streamed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { agentView, done, turnView, type AcceptedAnswer, type Settled, type StreamEvent, type TurnView } from '@guildhall/protocol';
import { followStream } from '../streaming/follow-stream.ts';
import { show } from '../terminal/shown.ts';
import type { Answer, Call } from '../verb.ts';
import { watchApprovals, type ApprovalWatch } from './approval-question.ts';
import { describeCost, describeFailure, exitOfTurn } from './describe-turn.ts';
import { watchHandedOver, type HandedOver } from './handed-over.ts';
import { createLinePen, type LinePen } from './line-pen.ts';
import { isStreamEvent } from './stream-event.ts';
import { createTurnScreen, type TurnScreen } from './turn-screen.ts';
import { awaitTurn, findBeginning, readEntry, sendMessage, type ChatAddress } from './turns.ts';

/** How long after the end of a turn its last events may still arrive. */
const graceMs = 1000;

export async function sayOnce(call: Call, address: ChatAddress, text: string): Promise<Settled<Answer>> {
  const accepted = await sendMessage(call, address, text, randomUUID());
  if (!accepted.ok) return accepted;
  const stopping = stopOnInterrupt(call, accepted.value);
  const pen = createLinePen(call.output);
  const [beginning, screen] = await Promise.all([findBeginning(call, accepted.value), call.output.json ? undefined : openScreen(call, accepted.value, pen)]);
  const seen = new AbortController();
  const ended = awaitTurn(call, accepted.value.turnId);
  void ended
    .then(() => delay(graceMs, undefined, { signal: seen.signal }))
    .then(
      () => seen.abort(),
      () => undefined,
    );
  const approvals = watchApprovals(call, pen);
  const handedOver = watchHandedOver(call);
  await follow(call, accepted.value, beginning, { screen, pen, approvals, handedOver, signal: AbortSignal.any([call.signal, seen.signal]) });
  seen.abort();
  approvals.close();
  const turn = await ended;
  if (!turn.ok) return turn;
  finish(call, turn.value, screen, pen);
  const later = call.output.json ? undefined : await handedOver.describe(turn.value);
  if (later !== undefined) pen.aside(later);
  await approvals.tellWaiting(turn.value);
  return done({ written: true, exit: stopping.stopped() ? 130 : exitOfTurn(turn.value) });
}

/** The first Ctrl-C stops the turn, the second leaves. */
function stopOnInterrupt(call: Call, accepted: AcceptedAnswer): { readonly stopped: () => boolean } {
  let stopped = false;
  call.onInterrupt(() => {
    if (stopped) {
      call.interrupt();
      return;
    }
    stopped = true;
    call.output.tell(show`Stopping. Ctrl-C again leaves at once; the turn then ends by itself.`);
    void call
      .connect()
      .then((daemon) => (daemon.ok ? daemon.value.ask('post', '/v1/turns/{id}/cancel', turnView, { params: { id: accepted.turnId } }) : undefined));
  });
  return { stopped: () => stopped };
}

async function openScreen(call: Call, accepted: AcceptedAnswer, pen: LinePen): Promise<TurnScreen> {
  const daemon = await call.connect();
  const agent = daemon.ok ? await daemon.value.ask('get', '/v1/agents/{id}', agentView, { params: { id: accepted.agent } }) : daemon;
  return createTurnScreen({
    pen,
    screen: call.output.screen,
    named: call.output.screen.width !== undefined,
    agent: accepted.agent,
    rehearsal: agent.ok && agent.value.rehearsal,
    readEntry: (seq) => readEntry(call, accepted.sessionKey, seq),
  });
}

interface Watching {
  readonly screen: TurnScreen | undefined;
  readonly pen: LinePen;
  readonly approvals: ApprovalWatch;
  readonly handedOver: HandedOver;
  readonly signal: AbortSignal;
}

async function follow(call: Call, accepted: AcceptedAnswer, afterSeq: number, { screen, pen, approvals, handedOver, signal }: Watching): Promise<void> {
  const { sessionKey: key, turnId } = accepted;
  let run: string | undefined;
  for await (const followed of followStream(call, { path: '/v1/sessions/{key}/stream', params: { key }, lastEventId: String(afterSeq), signal })) {
    if (followed.kind === 'lost') pen.aside(show`The connection was lost; looking for the daemon.`);
    if (followed.kind === 'back') pen.aside(show`The daemon is back; going on where it was.`);
    if (followed.kind === 'refused') return;
    if (followed.kind !== 'message' || !isStreamEvent(followed.data)) continue;
    const event = followed.data;
    run = runAfter(run, event);
    if (run !== turnId) continue;
    if (call.output.json) call.output.emit(event);
    await screen?.show(event);
    approvals.look(event);
    handedOver.look(event);
    if ((event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR') && event.runId === turnId) return;
  }
}

/** The turn whose events come now. A session runs one at a time; a message of another turn that joins it counts as that one. */
function runAfter(run: string | undefined, event: StreamEvent): string | undefined {
  return event.type === 'RUN_STARTED' || event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR' ? event.runId : run;
}

function finish(call: Call, turn: TurnView, screen: TurnScreen | undefined, pen: LinePen): void {
  if (call.output.json) {
    call.output.emit(turn);
    return;
  }
  if (turn.answer !== undefined) screen?.settle(turn.answer);
  const failure = describeFailure(call.output.screen, turn);
  if (failure !== undefined) pen.aside(failure);
  pen.aside(describeCost(call.output.screen, turn));
}
