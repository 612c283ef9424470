import { refuse } from '@guildhall/protocol';
import type { RunVerb } from '../verb.ts';

/** For verbs whose concept this version does not have. */
export const refuseLater: RunVerb = async (call) => {
  const words = String(call.input['words']);
  return Promise.resolve(refuse('not-available', `"${words}" is not part of this version of Guildhall. See what is: guildhall --help`, { command: words }));
};
