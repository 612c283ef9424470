import { z } from 'zod';
import { blockerView, completePlanRequest, done, exitCodeOf, planId, planView, refuse, type Refusal, type Settled, shellWord } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { count } from '../../terminal/output.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import { dollars } from '../../terminal/words.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { describeBlocker } from './describe-plan.ts';
import { planWord } from './plan-name.ts';

const input = z.object({ id: planId, waive: z.array(z.string()).optional(), reason: z.array(z.string()).optional() });

export const completePlan: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id: plan, waive, reason } = options.value;
  const waivers = pairWaivers(plan, waive ?? [], reason ?? []);
  if (!waivers.ok) return waivers;
  const body = makeRequest(completePlanRequest, { waivers: waive === undefined ? undefined : waivers.value });
  if (!body.ok) return body;
  const completed = await askOnce(call, { method: 'post', path: '/v1/plans/{plan}/complete', answer: planView, params: { plan }, body: body.value });
  if (!completed.ok) return tellBlockers(call, plan, completed.refusal);
  const { value } = completed;
  return done({
    json: value,
    text: () => {
      const { paint, marks } = call.output.screen;
      return joinShown([
        show`${paint('green', marks.yes)} The plan ${paint('bold', value.id)} is completed. It cost ${dollars(value.costMicroUsd)}.`,
        paint('dim', show`  Keep it: guildhall plans export ${planWord(value)} --to FOLDER`),
      ]);
    },
  });
};

/** One reason is for all of them; else each has its own, in their order. */
function pairWaivers(plan: string, waive: readonly string[], reasons: readonly string[]): Settled<{ blocker: string; reason: string }[]> {
  if (waive.length === 0 && reasons.length > 0)
    return refuse('invalid-input', `A reason for what? Name what is waived: guildhall plans complete ${planWord(plan)} --waive BLOCKER --reason "why"`);
  const [first = ''] = waive;
  if (waive.length > 0 && reasons.length === 0)
    return refuse('invalid-input', `Why? Say it with --reason: guildhall plans complete ${planWord(plan)} --waive ${shellWord(first)} --reason "…"`);
  if (waive.length > 0 && reasons.length !== 1 && reasons.length !== waive.length)
    return refuse('invalid-input', `${waive.length} waived and ${reasons.length} reasons: give one --reason for all, or one for each --waive`, {
      waived: waive.length,
      reasons: reasons.length,
    });
  return done(waive.map((blocker, at) => ({ blocker, reason: reasons[reasons.length === 1 ? 0 : at] ?? '' })));
}

/** People read each blocker with what helps; programs find them in the details of the refusal. */
function tellBlockers(call: Call, plan: string, refusal: Refusal): Settled<Answer> {
  const parsed = z.array(blockerView).safeParse(refusal.details?.['blockers']);
  if (call.output.json || !parsed.success || parsed.data.length === 0) return { ok: false, refusal };
  const { screen } = call.output;
  const blockers = parsed.data;
  call.output.tell(
    show`${screen.paint('red', screen.marks.no)} ${screen.paint('bold', plan)} is not complete: ${count(blockers.length, 'blocker')}. [${refusal.code}]`,
  );
  for (const line of blockers.flatMap((blocker) => describeBlocker(screen, blocker))) call.output.tell(line);
  const waivable = blockers.find((blocker) => blocker.waivable);
  if (waivable !== undefined && !waivable.remedy.includes('--waive')) {
    const command = `guildhall plans complete ${planWord(plan)} --waive ${shellWord(waivable.id)} --reason "why"`;
    call.output.tell(screen.paint('dim', show`  Or take one upon yourself: ${command}`));
  }
  return done({ written: true, exit: exitCodeOf(refusal.code) });
}
