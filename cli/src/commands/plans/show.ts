import { z } from 'zod';
import { done, planFindingView, planView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { describePlan } from './describe-plan.ts';
import { planArgument } from './plan-name.ts';

export const showPlan: RunVerb = async (call) => {
  const options = readInput(call, planArgument);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const plan = await daemon.value.ask('get', '/v1/plans/{plan}', planView, { params: { plan: options.value.id } });
  if (!plan.ok) return plan;
  if (call.output.json || plan.value.findings.open === 0) return done({ json: plan.value, text: () => describePlan(call.output.screen, plan.value, []) });
  const findings = await daemon.value.ask('get', '/v1/findings', z.array(planFindingView), { query: { plan: plan.value.id, limit: 100 } });
  if (!findings.ok) return findings;
  const open = findings.value.filter(({ status }) => status !== 'closed' && status !== 'rejected');
  return done({ json: plan.value, text: () => describePlan(call.output.screen, plan.value, open) });
};
