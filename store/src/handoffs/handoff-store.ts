/** What handoffs ask of a store, put together. */
import type { HandoffStore } from '@guildhall/handoffs';
import { settle, type Database } from '../database.ts';
import { cancelVerbs } from './cancel-handoff.ts';
import { editHandoff } from './edit-handoff.ts';
import { handoffReads } from './handoff-reads.ts';
import { pauseHandoff, resumeHandoff } from './pause-handoff.ts';
import { noteProgress } from './note-progress.ts';
import { requestHandoff } from './request-handoff.ts';
import { settleApproval } from './settle-approval.ts';
import { settleHandoff } from './settle-handoff.ts';
import { startHandoff } from './start-handoff.ts';
import { summaryVerbs } from './summaries.ts';

export function handoffStore(database: Database): HandoffStore {
  return {
    requestHandoff: (handoff, question) => settle(database, (tx) => requestHandoff(tx, handoff, question)),
    editHandoff: (id, change, question, actor) => settle(database, (tx) => editHandoff(tx, id, change, question, actor)),
    settleApproval: (id, notice) => settle(database, (tx) => settleApproval(tx, id, notice)),
    startHandoff: (id, work, question) => settle(database, (tx) => startHandoff(tx, id, work, question)),
    pauseHandoff: (id, reason) => settle(database, (tx) => pauseHandoff(tx, id, reason)),
    resumeHandoff: (id, notice, actor) => settle(database, (tx) => resumeHandoff(tx, id, notice, actor)),
    noteProgress: (id, text) => database.transaction((tx) => noteProgress(tx, id, text)),
    settleHandoff: (id, end, breaker) => settle(database, (tx) => settleHandoff(tx, id, end, breaker)),
    ...cancelVerbs(database),
    ...summaryVerbs(database),
    ...handoffReads(database),
  };
}
