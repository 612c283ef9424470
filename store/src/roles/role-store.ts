/** What roles ask of a store, put together. */
import type { RoleStore } from '@guildhall/roles';
import type { Database } from '../database.ts';
import { completionVerbs } from './completion.ts';
import { findingVerbs } from './findings.ts';
import { planVerbs } from './plans.ts';
import { runVerbs } from './role-runs.ts';
import { roleVerbs } from './role-sessions.ts';

export function roleStore(database: Database): RoleStore {
  return { ...planVerbs(database), ...roleVerbs(database), ...runVerbs(database), ...completionVerbs(database), ...findingVerbs(database) };
}
