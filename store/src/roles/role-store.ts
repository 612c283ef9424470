/** What roles ask of a store, put together. */
import { Fault } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { Database } from '../database.ts';
import { completionVerbs } from './completion.ts';
import { findingVerbs } from './findings.ts';

export function roleStore(database: Database): RoleStore {
  const missing = () => Promise.reject(new Fault('not-built', 'this verb is not there yet'));
  return {
    createPlan: missing,
    changePlan: missing,
    reopenPlan: missing,
    readPlan: missing,
    listPlans: missing,
    readPackets: missing,
    openRole: missing,
    retireRole: missing,
    reopenRole: missing,
    rotateRole: missing,
    assignRole: missing,
    readRole: missing,
    listRoles: missing,
    incarnationsOf: missing,
    invokeRole: missing,
    answerRun: missing,
    unsettledRuns: missing,
    settleRun: missing,
    readRun: missing,
    runOfTurn: missing,
    listRuns: missing,
    artifactsOf: missing,
    readArtifact: missing,
    ...completionVerbs(database),
    ...findingVerbs(database),
  };
}
