import { z } from 'zod';
import { done, type Settled } from '@guildhall/protocol';
import { followStream, type Followed, type FollowOptions } from '../../streaming/follow-stream.ts';
import { watchedEvent } from '../../http/answers.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { show, type Shown } from '../../terminal/shown.ts';
import { isoTime } from '../../terminal/words.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';

const input = z.object({ after: z.string().optional(), stream: z.string().min(1).optional() });

export const watchEvents: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { after, stream } = options.value;
  return watchJournal(call, { path: '/v1/events', query: { stream, after } });
};

/** Shows the events of a stream until somebody stops it; with --json one on each line. */
export async function watchJournal(call: Call, from: Pick<FollowOptions, 'path' | 'params' | 'query'>): Promise<Settled<Answer>> {
  for await (const followed of followStream(call, { ...from, signal: call.signal })) {
    const ended = showFollowed(call, followed);
    if (ended !== undefined) return ended;
  }
  return done({ written: true });
}

function showFollowed(call: Call, followed: Followed): Settled<Answer> | undefined {
  const { output } = call;
  if (followed.kind === 'refused') return { ok: false, refusal: followed.refusal };
  if (followed.kind === 'lost') output.tell(show`The connection was lost; looking for the daemon.`);
  if (followed.kind === 'back') output.tell(show`The daemon is back; nothing was missed.`);
  if (followed.kind !== 'message') return undefined;
  if (output.json) output.emit(followed.data);
  else output.print(describe(output.screen, followed.data));
  return undefined;
}

function describe({ paint }: Screen, data: unknown): Shown {
  const parsed = watchedEvent.safeParse(data);
  if (!parsed.success) return show`${JSON.stringify(data)}`;
  const { at, stream, seq, type, actor, data: body } = parsed.data;
  const noted = body === undefined || body === null ? '' : ` ${JSON.stringify(body)}`;
  return show`${paint('dim', isoTime(at))} ${paint('bold', type)} ${stream}@${seq} ${paint('dim', show`by ${actor}${noted}`)}`;
}
