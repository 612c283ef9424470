/** The plan a verb is about, and how it is written in commands that are told to people. */
import { planId, type PlanView, shellWord } from '@guildhall/protocol';
import { z } from 'zod';

export const planArgument = z.object({ id: planId });

export function planWord(plan: string | Pick<PlanView, 'id'>): string {
  return shellWord(typeof plan === 'string' ? plan : plan.id);
}
