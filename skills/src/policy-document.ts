/** The skill policy as people write it. Everything wrong is told with its line; nothing is guessed. */
import { type Settled, type SkillPolicyDocument, done, refuse, skillPolicyDocument } from '@guildhall/protocol';
import { findGlobProblem } from './path-glob.ts';
import { readPlainYaml } from './plain-yaml.ts';
import type { RolePolicy, SkillPolicy } from './skill-policy.ts';

const mostProblems = 10;

/** `roleOf` gives the canonical role that a written name means. `invalid-input` lists what is wrong. */
export function parsePolicy(text: string, roleOf: (written: string) => Settled<string>): Settled<SkillPolicy> {
  const yaml = readPlainYaml(text, { allText: false });
  if (!yaml.ok)
    return refuse('invalid-input', `the skill policy cannot be read, line ${yaml.trouble.line}: ${yaml.trouble.message}`, { line: yaml.trouble.line });
  const parsed = skillPolicyDocument.safeParse(yaml.value);
  if (!parsed.success)
    return refuseProblems(
      parsed.error.issues.map((issue) => ({ line: yaml.lineOf(issue.path), message: `${issue.path.map(String).join('.')}: ${issue.message}` })),
    );
  const problems: Problem[] = [];
  const policy = new Map<string, RolePolicy>();
  for (const [written, entry] of Object.entries(parsed.data.roles)) {
    const line = yaml.lineOf(['roles', written]);
    const role = roleOf(written);
    if (!role.ok) problems.push({ line, message: role.refusal.message });
    else if (policy.has(role.value)) problems.push({ line, message: `"${written}" is the role ${role.value}, which is written already` });
    else policy.set(role.value, toRolePolicy(entry));
    problems.push(...contradictions(entry).map((message) => ({ line, message: `${written}: ${message}` })));
  }
  return problems.length > 0 ? refuseProblems(problems) : done(policy);
}

export function policyToDocument(policy: SkillPolicy): SkillPolicyDocument {
  const roles = [...policy].map(([role, { required, recommended, triggered, blocking }]): [string, WrittenRole] => [
    role,
    {
      required: [...required],
      recommended: [...recommended],
      triggered: triggered.map(({ skill, paths, labels, words }) => ({ skill, paths: [...paths], labels: [...labels], words: [...words] })),
      blocking,
    },
  ]);
  return { roles: Object.fromEntries(roles) };
}

export function policyFromDocument(document: SkillPolicyDocument): SkillPolicy {
  return new Map(Object.entries(document.roles).map(([role, entry]) => [role, toRolePolicy(entry)]));
}

type WrittenRole = SkillPolicyDocument['roles'][string];

function toRolePolicy(entry: WrittenRole): RolePolicy {
  const triggers = (entry.triggered ?? []).map(({ skill, paths = [], labels = [], words = [] }) => ({ skill, paths, labels, words }));
  return { required: entry.required ?? [], recommended: entry.recommended ?? [], triggered: triggers, blocking: entry.blocking ?? false };
}

function contradictions({ required = [], recommended = [], triggered = [] }: WrittenRole): readonly string[] {
  const twice = [...required, ...recommended].filter((skill, index, all) => all.indexOf(skill) !== index);
  const bare = triggered.filter(({ paths = [], labels = [], words = [] }) => paths.length + labels.length + words.length === 0);
  return [
    ...twice.map((skill) => `"${skill}" is named twice; once is enough`),
    ...bare.map(({ skill }) => `nothing triggers "${skill}": name paths, labels or words, or require it`),
    ...triggered.flatMap(({ paths = [] }) => paths.flatMap((path) => findGlobProblem(path) ?? [])),
  ];
}

interface Problem {
  readonly line: number;
  readonly message: string;
}

function refuseProblems(problems: readonly Problem[]): Settled<never> {
  const told = problems.slice(0, mostProblems).map(({ line, message }) => `line ${line}: ${message}`);
  const more = problems.length > told.length ? `\nand ${problems.length - told.length} more` : '';
  return refuse('invalid-input', `the skill policy has ${problems.length === 1 ? 'an error' : `${problems.length} errors`}:\n${told.join('\n')}${more}`, {
    line: problems[0]?.line ?? 1,
  });
}
