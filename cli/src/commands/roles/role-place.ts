/** Which role of which plan a verb is about. */
import { planId, shellWord } from '@guildhall/protocol';
import { z } from 'zod';

export const rolePlace = { plan: planId, role: z.string().trim().min(1) } as const;

/** `--plan parser --role developer`, as it is typed. */
export function placeWords({ plan, role }: { readonly plan: string; readonly role: string }): string {
  return `--plan ${shellWord(plan)} --role ${shellWord(role)}`;
}
