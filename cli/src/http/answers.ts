/** Shapes of answers that are no view of their own in the protocol: the envelopes around lists, and short confirmations. */
import { z } from 'zod';
import { entryView, sessionView } from '@guildhall/protocol';

export const sessionPage = z.object({ sessions: z.array(sessionView), next: z.string().nullable() });

export const entryPage = z.array(entryView);

export const configText = z.object({ rev: z.number(), text: z.string(), file: z.string() });
export const configVersionText = z.object({ rev: z.number(), text: z.string() });

export const cancelledTurns = z.object({ cancelled: z.array(z.string()) });

export const costRow = z.object({
  key: z.string(),
  costMicroUsd: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  turns: z.number(),
  unpricedSteps: z.number(),
});
export type CostRow = z.infer<typeof costRow>;

export const auditVerdict = z.object({
  valid: z.boolean(),
  head: z.string(),
  events: z.number().optional(),
  firstBad: z.object({ stream: z.string(), seq: z.number(), reason: z.string() }).optional(),
});
export const auditHead = z.looseObject({ head: z.string() });

export const backupTaken = z.object({ file: z.string(), bytes: z.number() });

/** An event of the journal as far as the terminal looks at it: types it has never heard of pass. */
export const watchedEvent = z.looseObject({ cursor: z.string(), stream: z.string(), seq: z.number(), at: z.number(), type: z.string(), actor: z.string() });
