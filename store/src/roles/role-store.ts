/** What roles ask of a store, put together. */
import { Fault } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { Database } from '../database.ts';

export function roleStore(_database: Database): RoleStore {
  const missing = () => Promise.reject(new Fault('not-built', 'this verb is not there yet'));
  return {
    createPlan: missing,
    changePlan: missing,
    completePlan: missing,
    reopenPlan: missing,
    readPlan: missing,
    listPlans: missing,
    planFacts: missing,
    blockersOf: missing,
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
    reportFinding: missing,
    disposeFinding: missing,
    answerFinding: missing,
    findingsWithoutTask: missing,
    linkRemediation: missing,
    remediateDone: missing,
    revalidateFinding: missing,
    findingsToDeliver: missing,
    markDelivered: missing,
    readFinding: missing,
    listFindings: missing,
  };
}
