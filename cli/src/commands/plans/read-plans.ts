import { z } from 'zod';
import { done, planView, type PlanStatus, type PlanView, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';

const pageSize = 100;

/** All of them, page by page. */
export async function readAllPlans(daemon: Daemon, status: PlanStatus | undefined): Promise<Settled<readonly PlanView[]>> {
  const plans: PlanView[] = [];
  for (;;) {
    const query = { status, after: plans.at(-1)?.id, limit: pageSize };
    const page = await daemon.ask('get', '/v1/plans', z.array(planView), { query });
    if (!page.ok) return page;
    plans.push(...page.value);
    if (page.value.length < pageSize) return done(plans);
  }
}
