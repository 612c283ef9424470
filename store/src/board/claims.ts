import type { ClaimVerbs } from '@guildhall/board';
import type { Database } from '../database.ts';
import { claimEnds } from './claim-ends.ts';
import { claimReads } from './claim-reads.ts';
import { claimTask } from './claim-take.ts';
import { claimWrites } from './claim-writes.ts';
import { reclaimLapsed } from './lapse.ts';

export function claimVerbs(database: Database): ClaimVerbs {
  return {
    claimTask: (attempt) => claimTask(database, attempt),
    ...claimWrites(database),
    ...claimEnds(database),
    ...claimReads(database),
    reclaimLapsed: (limit) => reclaimLapsed(database, limit),
  };
}
