import { z } from 'zod';
import { done, skillDetail, skillName, skillScope } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { describeSkill } from './describe-skill.ts';

const input = z.object({ name: skillName, scope: skillScope.optional() });

export const showSkill: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { name, scope } = options.value;
  const skill = await askOnce(call, { method: 'get', path: '/v1/skills/{name}', answer: skillDetail, params: { name }, query: { scope } });
  if (!skill.ok) return skill;
  const { approvedText, text } = skill.value;
  const changed = !call.output.json && approvedText !== null && approvedText !== text;
  const diff = changed ? (await call.local()).diffConfigs(approvedText, text) : '';
  return done({ json: skill.value, text: () => describeSkill(call.output.screen, skill.value, diff) });
};
