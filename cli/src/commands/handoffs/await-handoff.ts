/** Waiting for the end of a handoff, told by the events of its stream. */
import { done, handoffStream, handoffView, type HandoffView, type Settled } from '@guildhall/protocol';
import { watchedEvent } from '../../http/answers.ts';
import { followStream } from '../../streaming/follow-stream.ts';
import { joinShown, nothing, show, type Shown } from '../../terminal/shown.ts';
import { onOneLine } from '../../terminal/words.ts';
import type { Call } from '../../verb.ts';
import { isOpenHandoff, nextStep } from './describe-handoff.ts';

const endings: ReadonlySet<string> = new Set(['handoff.refused', 'handoff.finished', 'handoff.cancelled', 'handoff.uncertain']);

/** The handoff when it has ended, or as it is when the time is over; null when the person stopped waiting. Goes on over restarts of the daemon. */
export async function awaitHandoff(call: Call, asked: HandoffView, waitMs: number | undefined): Promise<Settled<HandoffView | null>> {
  if (!isOpenHandoff(asked)) return done(asked);
  const over = waitMs === undefined ? undefined : AbortSignal.timeout(waitMs);
  const followed = await followToEnd(call, asked, over === undefined ? call.signal : AbortSignal.any([call.signal, over]));
  if (call.signal.aborted) {
    call.output.tell(show`The handoff goes on. Call it off: guildhall handoffs cancel ${asked.id}`);
    return done(null);
  }
  if (!followed.ok) return followed;
  const now = await readHandoff(call, asked.id);
  if (now.ok && isOpenHandoff(now.value)) call.output.tell(show`The time is over; it goes on.`);
  return now;
}

async function followToEnd(call: Call, { id }: HandoffView, signal: AbortSignal): Promise<Settled<null>> {
  for await (const followed of followStream(call, { path: '/v1/events', query: { stream: handoffStream(id) }, signal })) {
    if (followed.kind === 'refused') return signal.aborted ? done(null) : { ok: false, refusal: followed.refusal };
    if (followed.kind === 'lost') call.output.tell(show`The connection was lost; looking for the daemon.`);
    if (followed.kind === 'back') call.output.tell(show`The daemon is back; nothing was missed.`);
    if (followed.kind !== 'message') continue;
    const event = watchedEvent.safeParse(followed.data);
    if (!event.success) continue;
    if (endings.has(event.data.type)) return done(null);
    await tell(call, id, event.data.type, event.data['data']);
  }
  return done(null);
}

/** A line for each step. What needs a person is told from the record: it says what to do now. */
async function tell(call: Call, id: string, type: string, data: unknown): Promise<void> {
  const { output } = call;
  const { paint, marks } = output.screen;
  const line = (words: string, more: Shown | string = nothing) =>
    output.tell(show`${paint('cyan', marks.dot)} ${paint('bold', words)}${more === nothing ? '' : show` ${more}`}`);
  switch (type) {
    case 'handoff.requested':
      return line('asked', paint('dim', id));
    case 'handoff.queued':
      return line('queued');
    case 'handoff.edited':
      return line('changed');
    case 'handoff.resumed':
      return line('announced again');
    case 'handoff.started':
      return line('started');
    case 'handoff.progressed':
      return line('says', onOneLine(textIn(data, 'text')));
    case 'handoff.awaiting-approval':
    case 'handoff.paused': {
      const now = await readHandoff(call, id);
      if (now.ok && isWaiting(now.value)) output.tell(describeWaiting(call, now.value));
      return undefined;
    }
    default:
      return undefined;
  }
}

function isWaiting({ status }: HandoffView): boolean {
  return status === 'awaiting-approval' || status === 'paused';
}

function describeWaiting(call: Call, handoff: HandoffView): Shown {
  const { paint, marks } = call.output.screen;
  const why = handoff.status === 'paused' ? handoff.reason : handoff.decision.rule;
  return joinShown([show`${paint('yellow', marks.warn)} ${paint('bold', handoff.status)} ${onOneLine(why)}`, show`  ${nextStep(handoff)}`]);
}

async function readHandoff(call: Call, id: string): Promise<Settled<HandoffView>> {
  const daemon = await call.connect();
  return daemon.ok ? daemon.value.ask('get', '/v1/handoffs/{id}', handoffView, { params: { id } }) : daemon;
}

function textIn(data: unknown, name: string): string {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
  return typeof value === 'string' ? value : '';
}
