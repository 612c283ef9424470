/** What one incarnation of a role said and did, as text to read: cut to what a context can hold, newest kept. */
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { Entry, SessionStore } from '@guildhall/sessions';
import { type RolePlace, roleSessionKey } from './role-place.ts';

export interface RecordSources {
  readonly store: Pick<RoleStore, 'incarnationsOf'>;
  readonly sessions: Pick<SessionStore, 'readEntries'>;
  readonly compactAtTokens: () => number;
}

const pageSize = 500;
/** Of the context limit; the rest is for the question and what was asked before. */
const share = 0.6;
const charsPerToken = 4;
const mostOfOne = 4000;

export async function incarnationRecord(sources: RecordSources, place: RolePlace, number: number): Promise<Settled<string>> {
  const incarnation = (await sources.store.incarnationsOf(place.plan, place.role)).find((each) => each.number === number);
  if (incarnation === undefined) return refuse('not-found', `the role ${place.role} has no incarnation ${number} in this plan`);
  const most = Math.floor(sources.compactAtTokens() * charsPerToken * share);
  const lines: string[] = [];
  let length = 0;
  for await (const line of linesOf(sources, roleSessionKey(place), incarnation.firstSeq, incarnation.lastSeq)) {
    lines.push(line);
    length += line.length + 1;
    while (length > most && lines.length > 1) length -= (lines.shift()?.length ?? 0) + 1;
  }
  return done(lines.length === 0 ? '(it has no record)' : lines.join('\n').slice(-most).toWellFormed());
}

async function* linesOf(sources: RecordSources, sessionKey: string, firstSeq: number | null, lastSeq: number | null): AsyncGenerator<string> {
  if (firstSeq === null) return;
  for (let afterSeq = firstSeq - 1; ;) {
    const page = await sources.sessions.readEntries(sessionKey, { afterSeq, limit: pageSize });
    for (const entry of page) {
      if (lastSeq !== null && entry.seq > lastSeq) return;
      const line = lineOf(entry);
      if (line !== undefined) yield line;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    afterSeq = last.seq;
  }
}

function lineOf({ seq, body }: Entry): string | undefined {
  switch (body.kind) {
    case 'message':
      return `${seq}. asked by ${body.from}: ${cut(body.text)}`;
    case 'model-step':
      return body.text === '' ? undefined : `${seq}. said: ${cut(body.text)}`;
    case 'tool-result':
      return `${seq}. ${body.tool} (${body.outcome}): ${cut(body.text)}`;
    case 'answer':
      return `${seq}. answered: ${cut(body.text)}`;
    case 'compaction':
      return `${seq}. summary: ${cut(body.summary)}`;
    case 'tool-started':
    case 'note':
      return undefined;
    default:
      return body satisfies never;
  }
}

function cut(text: string): string {
  return text.length > mostOfOne ? `${text.slice(0, mostOfOne)} …` : text;
}
