/** What a person decides about a skill. */
import path from 'node:path';
import { z } from 'zod';
import { approveSkillRequest, quarantineSkillRequest, refuse, skillName, skillScope, skillView, stageSkillRequest, type SkillView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { byteSize, onOneLine } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { skillPaint } from './describe-skill.ts';

const stageInput = z.object({ path: z.string().min(1), scope: skillScope.optional() });
/** Unpacking and hashing a large archive takes its time. */
const stageMs = 120_000;

export const stageSkill: RunVerb = async (call) => {
  const options = readInput(call, stageInput);
  if (!options.ok) return options;
  const body = makeRequest(stageSkillRequest, { path: path.resolve(options.value.path), scope: options.value.scope });
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path: '/v1/skills', answer: skillView, body: body.value, timeoutMs: stageMs }, (skill, screen) =>
    joinShown([
      skillLine(screen, skill),
      ...skill.warnings.map((warning) => show`  ${screen.paint('yellow', screen.marks.warn)} ${onOneLine(warning)}`),
      screen.paint('dim', show`  Nobody loads it yet. Read it: guildhall skills show ${skill.name} --scope ${skill.scope}`),
      screen.paint('dim', show`  Then: guildhall skills approve ${skill.name} --scope ${skill.scope} --hash ${skill.hash}`),
    ]),
  );
};

const approveInput = z.object({ name: skillName, hash: z.string().optional(), scope: skillScope.optional() });

export const approveSkill: RunVerb = async (call) => {
  const options = readInput(call, approveInput);
  if (!options.ok) return options;
  const { name, ...fields } = options.value;
  const body = makeRequest(approveSkillRequest, fields);
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path: '/v1/skills/{name}/approve', answer: skillView, params: { name }, body: body.value }, (skill, screen) =>
    joinShown([skillLine(screen, skill), screen.paint('dim', show`  Exactly ${skill.pinned} may be loaded; anything else under its name is quarantined.`)]),
  );
};

const quarantineInput = z.object({ name: skillName, reason: z.string().optional(), scope: skillScope.optional() });

export const quarantineSkill: RunVerb = async (call) => {
  const options = readInput(call, quarantineInput);
  if (!options.ok) return options;
  const { name, reason, scope } = options.value;
  if (reason === undefined)
    return refuse('invalid-input', `Why? Say it with --reason: guildhall skills quarantine ${name} --reason "…"`, { option: '--reason' });
  const body = makeRequest(quarantineSkillRequest, { reason, scope });
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path: '/v1/skills/{name}/quarantine', answer: skillView, params: { name }, body: body.value }, (skill, screen) =>
    joinShown([skillLine(screen, skill), screen.paint('dim', '  Nobody loads it any more.')]),
  );
};

function skillLine({ paint, marks }: Screen, skill: SkillView): Shown {
  const version = skill.version === '' ? '' : ` ${skill.version}`;
  return show`${paint('green', marks.yes)} ${paint('bold', skill.name)}${version} (${skill.scope}) is ${paint(skillPaint[skill.status], skill.status)}, ${byteSize(skill.bytes)}.`;
}
