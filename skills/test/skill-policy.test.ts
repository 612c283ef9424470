import { done, refuse } from '@guildhall/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  askedSkills,
  complianceOf,
  diffPolicies,
  hashOfSkill,
  judgeDrift,
  narrowestSkill,
  parsePolicy,
  policyFromDocument,
  policyToDocument,
  type RolePolicy,
  type Skill,
  type SkillTrigger,
} from '../src/index.ts';
import { matchesGlob } from '../src/path-glob.ts';

const roleOf = (written: string) => (/^(dev|developer)$/i.test(written) ? done('developer') : refuse('not-found', `there is no role "${written}"`));

function policyOf(text: string): RolePolicy {
  const parsed = parsePolicy(text, roleOf);
  const policy = parsed.ok ? parsed.value.get('developer') : undefined;
  if (policy === undefined) throw new Error(parsed.ok ? 'no developer' : parsed.refusal.message);
  return policy;
}

function refusal(text: string): string {
  const parsed = parsePolicy(text, roleOf);
  return parsed.ok ? 'it was taken' : parsed.refusal.message;
}

function trigger(changes: Partial<SkillTrigger>): RolePolicy {
  return { required: [], recommended: [], triggered: [{ skill: 'sql', paths: [], labels: [], words: [], ...changes }], blocking: false };
}

describe('a policy', () => {
  test('reads the same from YAML and JSON, with roles by their canonical names', () => {
    const yaml = 'roles:\n  Dev:\n    required: [pdf]\n    triggered:\n      - skill: sql\n        paths: ["db/**"]\n    blocking: true\n';
    const json = JSON.stringify({ roles: { developer: { required: ['pdf'], triggered: [{ skill: 'sql', paths: ['db/**'] }], blocking: true } } });
    expect(policyOf(yaml)).toEqual(policyOf(json));
    const parsed = parsePolicy(yaml, roleOf);
    if (parsed.ok) expect(policyFromDocument(policyToDocument(parsed.value))).toEqual(parsed.value);
  });

  test.each([
    ['an unknown role', 'roles:\n  wizard: {}\n', 'line 2: there is no role "wizard"'],
    ['one role in two spellings', 'roles:\n  dev: {}\n  DEVELOPER: {}\n', 'line 3: "DEVELOPER" is the role developer'],
    ['a name that is none', 'roles:\n  dev:\n    required:\n      - ../x\n', 'line 4'],
    ['an unknown field', 'roles:\n  dev:\n    allow: [terminal]\n', 'allow'],
    ['a trigger without a cause', 'roles:\n  dev:\n    triggered: [{skill: sql}]\n', 'nothing triggers "sql"'],
    ['a skill named twice', 'roles:\n  dev:\n    required: [a]\n    recommended: [a]\n', 'named twice'],
    ['a pattern that is none', 'roles:\n  dev:\n    triggered: [{skill: sql, paths: ["(a+)+"]}]\n', 'means nothing here'],
    ['aliases', 'a: &a {}\nroles:\n  dev: *a\n', 'anchors'],
    ['no roles', 'x: 1', 'line 1'],
    ['nothing', '', 'line 1'],
  ])('refuses %s with its line', (_what, text, message) => {
    expect(refusal(text)).toContain(message);
  });

  test('is compared in words', () => {
    const [before, after] = [
      'roles: {dev: {required: [a], blocking: true}}',
      'roles: {dev: {required: [a, b], triggered: [{skill: sql, words: [query]}]}}',
    ].map((text) => {
      const parsed = parsePolicy(text, roleOf);
      return parsed.ok ? parsed.value : new Map<string, RolePolicy>();
    });
    if (before === undefined || after === undefined) throw new Error('two were given');
    expect(diffPolicies(before, after)).toEqual([
      { role: 'developer', what: 'required', before: 'a', after: 'a, b' },
      { role: 'developer', what: 'triggered sql', before: '', after: 'words query' },
      {
        role: 'developer',
        what: 'blocking',
        before: 'the role does not work without its skills',
        after: 'the role works without its skills, and its artifacts say so',
      },
    ]);
    expect(diffPolicies(after, after)).toEqual([]);
  });
});

describe('triggers', () => {
  test.each([
    ['*.sql', 'db/deep/a.sql', true],
    ['db/**', 'db/a/b.sql', true],
    ['db/**', 'other/db/a', false],
    ['**/test/*.ts', 'a/test/b.ts', true],
    ['**/test/*.ts', 'a/test/c/b.ts', false],
    ['a?.md', 'x/ab.md', true],
    ['./db/*', 'db/a', true],
    ['*.sql', 'a.sqlx', false],
  ])('the pattern %s on %s: %s', (pattern, path, matches) => {
    expect(matchesGlob(pattern, path)).toBe(matches);
  });

  test('no pattern takes long, whatever the path', () => {
    const marks = fc.array(fc.constantFrom('a', '*', '**', '?', '/', '**/', '*a'), { maxLength: 60 }).map((parts) => parts.join('').slice(0, 200));
    fc.assert(
      fc.property(marks, fc.array(fc.constantFrom('a', 'aa', '/', 'b'), { maxLength: 200 }), (pattern, parts) => {
        const started = performance.now();
        matchesGlob(pattern, parts.join('').slice(0, 500));
        return performance.now() - started < 200;
      }),
      { numRuns: 500 },
    );
    const started = performance.now();
    expect(matchesGlob('*a'.repeat(100), `${'a'.repeat(499)}b`)).toBe(false);
    expect(matchesGlob('**/a/'.repeat(40), `${'a/'.repeat(249)}b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('words are whole words whatever their case, labels whole labels', () => {
    const asks = (policy: RolePolicy, words: string, labels: readonly string[] = []) =>
      askedSkills(policy, { words, labels, paths: [] }).map(({ because }) => because);
    expect(asks(trigger({ words: ['query'] }), 'A QUERY, please')).toEqual(['word query']);
    expect(asks(trigger({ words: ['query'] }), 'querying jquery query_x')).toEqual([]);
    expect(asks(trigger({ words: ['c++'] }), 'in C++ now')).toEqual(['word c++']);
    expect(asks(trigger({ labels: ['DB'] }), '', ['db'])).toEqual(['label DB']);
    expect(asks(trigger({ labels: ['db'] }), '', ['dbx'])).toEqual([]);
  });

  test('two skills with one trigger come in the order of the policy, each once, and required before triggered', () => {
    const words = { words: ['x'], paths: [], labels: [] };
    const policy: RolePolicy = { required: ['c'], recommended: ['a', 'd'], triggered: ['b', 'a', 'c'].map((skill) => ({ skill, ...words })), blocking: true };
    const asked = askedSkills(policy, { words: 'x', labels: [], paths: [] });
    expect(asked.map(({ skill, tier }) => `${skill} ${tier}`)).toEqual(['c required', 'b triggered', 'a triggered', 'd recommended']);
  });
});

describe('compliance', () => {
  const use = (tier: 'required' | 'triggered' | 'recommended' | 'asked', loaded: boolean) => ({
    tier,
    status: loaded ? ('loaded' as const) : ('changed' as const),
  });

  test.each([
    ['none', []],
    ['none', [use('recommended', false), use('asked', true)]],
    ['verified', [use('required', true), use('triggered', true), use('recommended', false)]],
    ['partial', [use('required', true), use('triggered', false)]],
    ['missing', [use('required', false), use('triggered', true)]],
    ['missing', [use('triggered', false)]],
  ] as const)('is %s for %j', (compliance, uses) => {
    expect(complianceOf(uses)).toBe(compliance);
  });

  test('drifts when what was used is no longer what is approved', () => {
    const used = { status: 'loaded' as const, found: 'h1' };
    const skill = (status: Skill['status'], pinned: string, hash: string) => ({ status, pinned, hash });
    expect(judgeDrift(used, [skill('approved', 'h1', 'h1')])).toBe('none');
    expect(judgeDrift(used, [skill('quarantined', 'h1', 'h2')])).toBe('changed-on-disk');
    expect(judgeDrift(used, [skill('approved', 'h2', 'h2')])).toBe('approved-since');
    expect(judgeDrift(used, [])).toBe('quarantined');
    expect(judgeDrift({ status: 'missing', found: '' }, [])).toBe('not-loaded');
  });
});

describe('a skill of several', () => {
  const skill = (scope: string, changes: Partial<Skill> = {}): Skill => ({
    name: 'pdf',
    scope,
    folder: '',
    description: '',
    version: '',
    license: '',
    asksForTools: [],
    hash: 'h',
    files: [],
    warnings: [],
    status: 'approved',
    reason: '',
    pinned: 'h',
    seenAt: 0,
    approvedAt: 1,
    approvedBy: 'operator',
    ...changes,
  });

  test("is the agent's, else a project's, else the installation's; unapproved ones stand in nobody's way, and those of others are not seen", () => {
    const all = [skill('global'), skill('project:b'), skill('project:a'), skill('agent:other'), skill('agent:coder')];
    expect(narrowestSkill(all, 'coder')?.scope).toBe('agent:coder');
    expect(narrowestSkill(all, 'writer')?.scope).toBe('project:a');
    expect(narrowestSkill([skill('global'), skill('agent:coder', { pinned: '', status: 'discovered' })], 'coder')?.scope).toBe('global');
    expect(narrowestSkill([skill('global'), skill('agent:coder', { status: 'quarantined' })], 'coder')?.status).toBe('quarantined');
    expect(narrowestSkill([skill('staged:global'), skill('agent:other')], 'coder')).toBeUndefined();
  });

  test('has another hash when any byte or name of any file is another, and the same in any order', () => {
    const sha = fc.stringMatching(/^[0-9a-f]{64}$/);
    const files = fc.uniqueArray(fc.record({ path: fc.stringMatching(/^[a-z/]{1,8}$/), bytes: fc.nat(), sha256: sha }), {
      selector: ({ path }) => path,
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(files, sha, (list, other) => {
        const [first, ...rest] = list;
        if (first === undefined) return;
        expect(hashOfSkill(list.toReversed())).toBe(hashOfSkill(list));
        if (first.sha256 !== other) expect(hashOfSkill([{ ...first, sha256: other }, ...rest])).not.toBe(hashOfSkill(list));
        expect(hashOfSkill([{ ...first, path: `${first.path}x` }, ...rest])).not.toBe(hashOfSkill(list));
        expect(hashOfSkill(rest)).not.toBe(hashOfSkill(list));
      }),
    );
  });
});
