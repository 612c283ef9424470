import type { BoardStore } from '@guildhall/board';
import type { Clock, Ids } from '@guildhall/kernel';
import type { Database } from '../database.ts';
import { boardReads } from './board-reads.ts';
import { boardVerbs } from './boards.ts';
import { claimVerbs } from './claims.ts';
import { laneVerbs } from './lanes.ts';
import { taskVerbs } from './task-verbs.ts';

export function boardStore(database: Database, parts: { readonly clock: Clock; readonly ids: Ids }): BoardStore {
  return { ...boardVerbs(database), ...taskVerbs(database, parts), ...claimVerbs(database), ...laneVerbs(database), ...boardReads(database) };
}
