/**
 * What is kept elsewhere of the journal, so that even a rewritten end is noticed: for every stream the number and the hash of its last event. Whoever has them can be told later that each of these
 * events is still there, whatever was recorded since.
 */
import { z } from 'zod';

const streamHeadFields = { name: z.string().min(1).max(2100), seq: z.number().int().positive(), hash: z.string().min(1).max(200) };

export const streamHead = z.strictObject(streamHeadFields);
export type StreamHead = z.output<typeof streamHead>;

/** Every stream by its name, as all of them were when the journal had `events` events. `head` is the SHA-256 over their lines (`headLine`). */
export const auditHeads = z.object({ at: z.number(), head: z.string(), events: z.number(), streams: z.array(z.object(streamHeadFields)).readonly() });
export type AuditHeads = z.output<typeof auditHeads>;

/** One page of them; the next follows after the name of its last stream. */
export const auditHeadsPage = auditHeads.omit({ head: true });
export type AuditHeadsPage = z.output<typeof auditHeadsPage>;

export const headsPerRequest = 20_000;
export const verifyAuditRequest = z.strictObject({
  streams: z
    .array(streamHead)
    .max(headsPerRequest)
    .refine((streams) => new Set(streams.map(({ name }) => name)).size === streams.length, 'Each stream is named once')
    .describe('Each must still have exactly this hash at this number'),
});
export type VerifyAuditRequest = z.output<typeof verifyAuditRequest>;

export const auditVerdict = z.object({
  valid: z.boolean(),
  head: z.string().describe('SHA-256 over the heads of all streams, by their names'),
  events: z.number(),
  erased: z.number().optional().describe('Events whose body was taken away; what remains of them holds'),
  firstBad: z.object({ stream: z.string(), seq: z.number(), reason: z.string() }).optional(),
});

/** What a stream adds to the digest over all heads. */
export function headLine({ name, seq, hash }: StreamHead): string {
  return `${JSON.stringify([name, seq, hash])}\n`;
}
