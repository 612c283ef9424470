import type { SessionStore } from '@guildhall/sessions';
import type { Database } from '../database.ts';
import { inboxStore } from './inbox.ts';
import { outboundStore } from './outbound.ts';
import { transcriptStore } from './transcript.ts';
import { turnEnds } from './turn-ends.ts';
import { turnSteps } from './turn-steps.ts';

export function sessionStore(database: Database): SessionStore {
  return { ...inboxStore(database), ...turnEnds(database), ...turnSteps(database), ...transcriptStore(database), ...outboundStore(database) };
}
