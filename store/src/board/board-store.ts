import type { BoardVerbs } from '@guildhall/board';
import type { Ids } from '@guildhall/kernel';
import type { Database } from '../database.ts';
import { boardVerbs } from './boards.ts';

export function boardStore(database: Database, _ids: Ids): BoardVerbs {
  return { ...boardVerbs(database) };
}
