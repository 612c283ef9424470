/** The journal: pages, live, checked and exported. */
import { z } from 'zod';
import { auditHeadsPage, auditVerdict, done, eventView, verifyAuditRequest, type Settled } from '@guildhall/protocol';
import type { JournalPage } from '@guildhall/kernel';
import type { Operations } from '../../operations.ts';
import { endpoint, freeEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import type { JournalFeed } from '../journal-feed.ts';
import { cursor, limit, wholeNumber } from './queries.ts';

type Names = 'get /v1/events' | 'get /v1/audit/verify' | 'post /v1/audit/verify' | 'get /v1/audit/head' | 'get /v1/audit/heads' | 'get /v1/audit/export';

const eventPage = z.object({ events: z.array(eventView), cursor: z.string() });
const exportPage = 500;

export function journalEndpoints(operations: Operations, feed: JournalFeed): Pick<Endpoints, Names> {
  return {
    'get /v1/events': freeEndpoint({
      query: z.strictObject({ after: cursor.optional(), stream: z.string().min(1).max(2100).optional(), limit: limit(100, 500) }),
      answer: { status: 200, content: { 'application/json': eventPage, 'text/event-stream': undefined } },
      work: async ({ query }, call) => {
        const after = query.after ?? call.header('last-event-id') ?? '';
        if (call.header('accept')?.includes('text/event-stream') === true) return feed.follow(after, query.stream, call);
        const page = await operations.readEvents({ after, limit: query.limit, ...(query.stream === undefined ? {} : { stream: query.stream }) });
        return page.ok ? done({ kind: 'json', status: 200, body: page.value }) : page;
      },
    }),
    'get /v1/audit/verify': endpoint({ answer: auditVerdict, work: async () => done(await operations.verifyAudit()) }),
    'post /v1/audit/verify': endpoint({
      body: verifyAuditRequest,
      answer: auditVerdict,
      work: async ({ body }) => done(await operations.verifyAudit(body.streams)),
    }),
    'get /v1/audit/heads': endpoint({
      query: z.strictObject({ after: z.string().max(2100).default(''), events: wholeNumber.optional(), limit: limit(1000, 1000) }),
      answer: auditHeadsPage,
      work: async ({ query: { events, ...query } }) => done(await operations.readAuditHeads({ ...query, ...(events === undefined ? {} : { events }) })),
    }),
    'get /v1/audit/head': endpoint({
      answer: z.object({ head: z.string(), events: z.number() }),
      work: async () => {
        const { head, events } = await operations.verifyAudit();
        return done({ head, events });
      },
    }),
    'get /v1/audit/export': freeEndpoint({
      answer: { status: 200, content: { 'application/x-ndjson': undefined } },
      work: async (_input, call) => {
        const first = await operations.readEvents({ after: '', limit: exportPage });
        if (!first.ok) return first;
        await call.sendLines('application/x-ndjson', eventLines(operations, first));
        return done({ kind: 'sent' });
      },
    }),
  };
}

async function* eventLines(operations: Operations, first: Settled<JournalPage>): AsyncGenerator<string> {
  for (let page = first; ;) {
    if (!page.ok) throw new Error(`the journal could not be read to its end: ${page.refusal.message}`);
    for (const event of page.value.events) yield JSON.stringify(event);
    if (page.value.events.length < exportPage) return;
    page = await operations.readEvents({ after: page.value.cursor, limit: exportPage });
  }
}
