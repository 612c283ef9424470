/** Stands behind the doors until handoffs are kept. */
import { refuse } from '@guildhall/protocol';
import type { HandoffOperations } from './handoff-operations.ts';

const notYet = async () => refuse('not-available', 'Handoffs are not there yet.');

export const handoffsToCome: HandoffOperations = {
  dispatchHandoff: notYet,
  dispatchAsAgent: notYet,
  importHandoff: notYet,
  listHandoffs: async () => [],
  readHandoff: notYet,
  explainHandoff: notYet,
  editHandoff: notYet,
  cancelHandoff: notYet,
  resumeHandoff: notYet,
  listEdges: async () => [],
};
