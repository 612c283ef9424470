import type { RunVerb } from '../../verb.ts';
import { refuse } from '@guildhall/protocol';

export const exportPlan: RunVerb = async () => Promise.resolve(refuse('not-available', 'soon'));
