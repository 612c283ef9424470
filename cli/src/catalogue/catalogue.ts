/** Every verb of the command line, in the order of the help. */
import type { Group } from '../verb.ts';
import { handoffNouns } from './handoff-verbs.ts';
import { laterDatabaseVerbs } from './later.ts';
import { kanbanNouns } from './kanban-verbs.ts';
import { laneNouns } from './lane-verbs.ts';
import { planNouns } from './plan-verbs.ts';
import { mcpVerb } from './protocol-verbs.ts';
import { approvalVerbs, sessionVerbs } from './conversation-verbs.ts';
import { roleNouns } from './role-verbs.ts';
import { scheduleNouns } from './schedule-verbs.ts';
import { skillNouns } from './skill-verbs.ts';
import { startVerbs } from './start-verbs.ts';
import { agentVerbs, configVerbs, routeVerbs, toolVerbs } from './team-verbs.ts';
import { auditVerbs, budgetVerbs, costsVerb, databaseVerbs, eventVerbs } from './record-verbs.ts';
import { completionVerb, tokenVerbs } from './access-verbs.ts';

export const catalogue: readonly Group[] = [
  { heading: 'Start here', entries: startVerbs },
  {
    heading: 'The team',
    entries: [
      { name: 'agents', summary: 'List, show, add and import agents', verbs: agentVerbs },
      { name: 'route', summary: 'Which agent a message goes to, and why', verbs: routeVerbs },
      { name: 'tools', summary: 'What an agent may use, and why', verbs: toolVerbs },
      { name: 'config', summary: 'Check the configuration; see, compare and revert its versions', verbs: configVerbs },
    ],
  },
  {
    heading: 'Their work',
    entries: [
      { name: 'sessions', summary: 'Conversations: list, read, export, stop', verbs: sessionVerbs },
      { name: 'approvals', summary: 'What waits for your yes or no', verbs: approvalVerbs },
      { name: 'events', summary: 'Watch what happens', verbs: eventVerbs },
    ],
  },
  { heading: 'Handoffs', entries: handoffNouns },
  { heading: 'Plans and roles', entries: [...planNouns, ...roleNouns, ...skillNouns, ...scheduleNouns] },
  { heading: 'The board', entries: [...kanbanNouns, ...laneNouns, mcpVerb] },
  {
    heading: 'Money and proof',
    entries: [
      { name: 'budget', summary: 'Limits, and what is left of them', verbs: budgetVerbs },
      costsVerb,
      { name: 'audit', summary: 'Check and export the journal', verbs: auditVerbs },
    ],
  },
  {
    heading: 'The installation',
    entries: [
      { name: 'tokens', summary: 'Credentials for programs and browsers', verbs: tokenVerbs },
      { name: 'db', summary: 'Back up, restore and check the database', verbs: databaseVerbs, later: laterDatabaseVerbs },
      completionVerb,
    ],
  },
];
