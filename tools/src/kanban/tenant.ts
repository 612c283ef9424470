/** A tenant keeps the tasks of several projects on one board apart; here it is a label of its own kind. */
import { z } from 'zod';

export const tenantName = z.string().trim().min(1).max(50);

export function tenantLabel(tenant: string): string {
  return `tenant:${tenant}`;
}
