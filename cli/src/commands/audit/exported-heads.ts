/** The file of heads that is kept elsewhere: what is written of the journal, and what is read of it later. */
import { createHash } from 'node:crypto';
import { auditHeads, auditHeadsPage, done, headLine, refuse, type AuditHeads, type AuditHeadsPage, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';
import { issueWords } from '../../input.ts';
import { parseJson, readFileOrStdin } from '../../typed-text.ts';
import type { Call } from '../../verb.ts';

const pageSize = 1000;

/** Every head, page by page, all as they were at the moment of the first page. */
export async function collectHeads(daemon: Daemon): Promise<Settled<AuditHeads>> {
  const first = await readPage(daemon, '', undefined);
  if (!first.ok) return first;
  const streams = [...first.value.streams];
  for (let page = first.value; page.streams.length === pageSize;) {
    const next = await readPage(daemon, page.streams.at(-1)?.name ?? '', first.value.events);
    if (!next.ok) return next;
    page = next.value;
    streams.push(...page.streams);
  }
  const digest = createHash('sha256');
  for (const head of streams) digest.update(headLine(head));
  return done({ at: first.value.at, head: digest.digest('hex'), events: first.value.events, streams });
}

function readPage(daemon: Daemon, after: string, events: number | undefined): Promise<Settled<AuditHeadsPage>> {
  return daemon.ask('get', '/v1/audit/heads', auditHeadsPage, { query: { after, events, limit: pageSize } });
}

/** One stream on each line, so that two files can be compared by eye. */
export function fileText({ streams, ...about }: AuditHeads): string {
  const lines = streams.map((head) => `    ${JSON.stringify(head)}`);
  return `${JSON.stringify(about, null, 2).slice(0, -2)},\n  "streams": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

export async function readExported(call: Call, file: string): Promise<Settled<AuditHeads>> {
  const text = await readFileOrStdin(call, file);
  if (!text.ok) return text;
  const parsed = auditHeads.safeParse(parseJson(text.value));
  if (parsed.success) return done(parsed.data);
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  return refuse(
    'invalid-input',
    `${file} holds no exported heads${where === '' ? '' : `: ${where}, ${issueWords(issue)}`}. Such a file comes from: guildhall audit head --export FILE`,
    { file },
  );
}
