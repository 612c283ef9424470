/** Skills, their policies and the evidence of loading, on both databases. */
import { sha256 } from '@guildhall/kernel';
import { hashOfSkill, type FoundSkill, type NewEvidence, type SkillPolicy, stagedFor } from '@guildhall/skills';
import { expect, test } from 'vitest';
import { ids, onBothDatabases, refusalOf, severalDaemons, value, type Suite } from './databases.ts';
import { beginTurn } from './session-fixtures.ts';

function found(name: string, text = 'first', changes: Partial<FoundSkill> = {}): FoundSkill {
  const files = [{ path: 'SKILL.md', bytes: text.length, sha256: sha256(text) }];
  const described = { description: 'what it is for', version: '1', license: '', asksForTools: [], warnings: [] };
  return { name, scope: 'global', folder: `/skills/${name}`, hash: hashOfSkill(files), files, text, problem: '', ...described, ...changes };
}

function fresh(): string {
  return ids.next('s').toLowerCase().replaceAll('_', '-');
}

function policy(required: readonly string[]): SkillPolicy {
  return new Map([['developer', { required, recommended: [], triggered: [{ skill: 'sql', paths: ['*.sql'], labels: [], words: [] }], blocking: true }]]);
}

async function eventsOf({ store }: Suite, name: string): Promise<readonly string[]> {
  const { events } = value(await store.journal.readEvents({ after: '', stream: 'installation', limit: 1000 }));
  return events.filter((event) => event.data?.['name'] === name).map((event) => event.type);
}

async function observeOne({ store }: Suite, one: FoundSkill) {
  const [row] = await store.skills.observeSkills([one], []);
  return row;
}

onBothDatabases('skills', (suite) => {
  test('a skill that was found is inert, and finding it again records nothing', async () => {
    const name = fresh();
    expect(await observeOne(suite, found(name))).toMatchObject({ status: 'discovered', pinned: '' });
    await observeOne(suite, found(name));
    expect(await eventsOf(suite, name)).toEqual(['skill.discovered']);
    expect(await suite.store.skills.readSkillText(found(name).hash)).toBe('first');
  });

  test('an approved skill whose bytes change is quarantined, and other bytes are never approved by finding them', async () => {
    const name = fresh();
    await observeOne(suite, found(name));
    const approved = value(await suite.store.skills.approveSkill(found(name), 'operator'));
    expect(approved).toMatchObject({ status: 'approved', pinned: found(name).hash, approvedBy: 'operator' });
    const changed = await observeOne(suite, found(name, 'second'));
    expect(changed).toMatchObject({ status: 'quarantined', pinned: approved.pinned, hash: found(name, 'second').hash });
    expect(changed?.reason).toContain(approved.pinned.slice(0, 12));
    expect(await observeOne(suite, found(name))).toMatchObject({ status: 'quarantined' });
    expect(value(await suite.store.skills.approveSkill(found(name, 'second'), 'operator'))).toMatchObject({ status: 'approved', reason: '' });
    expect(await suite.store.skills.readSkillText(approved.pinned)).toBe('first');
    expect(await eventsOf(suite, name)).toEqual(['skill.discovered', 'skill.approved', 'skill.quarantined', 'skill.approved']);
  });

  test('a skill that goes and comes back is approved again only with the pinned bytes', async () => {
    const [kept, swapped] = [fresh(), fresh()];
    const scope = `project:${fresh()}`;
    for (const name of [kept, swapped]) value(await suite.store.skills.approveSkill(found(name, 'first', { scope }), 'operator'));
    const gone = await suite.store.skills.observeSkills([], [scope]);
    expect(gone.map((skill) => [skill.status, skill.hash])).toEqual([
      ['gone', ''],
      ['gone', ''],
    ]);
    const back = await suite.store.skills.observeSkills([found(kept, 'first', { scope }), found(swapped, 'other', { scope })], [scope]);
    expect(new Map(back.map((skill) => [skill.name, skill.status]))).toEqual(
      new Map([
        [kept, 'approved'],
        [swapped, 'quarantined'],
      ]),
    );
  });

  test('one that never was approved comes back as found', async () => {
    const name = fresh();
    const scope = `project:${fresh()}`;
    await observeOne(suite, found(name, 'first', { scope }));
    await suite.store.skills.observeSkills([], [scope]);
    expect(await observeOne(suite, found(name, 'first', { scope }))).toMatchObject({ status: 'discovered' });
  });

  test('a folder that cannot be read is quarantined with the reason until it can', async () => {
    const name = fresh();
    const broken = found(name, '', { hash: '', files: [], problem: 'SKILL.md has no front matter' });
    expect(await observeOne(suite, broken)).toMatchObject({ status: 'quarantined', reason: 'cannot be read: SKILL.md has no front matter' });
    expect(refusalOf(await suite.store.skills.approveSkill(broken, 'operator'))).toBe('wrong-state');
    expect(await observeOne(suite, found(name))).toMatchObject({ status: 'discovered', reason: '' });
    value(await suite.store.skills.approveSkill(found(name), 'operator'));
    expect(await observeOne(suite, broken)).toMatchObject({ status: 'quarantined' });
    expect(await observeOne(suite, found(name))).toMatchObject({ status: 'quarantined', pinned: found(name).hash });
  });

  test('what a person quarantined stays so, and has no approved hash any more', async () => {
    const name = fresh();
    value(await suite.store.skills.approveSkill(found(name), 'operator'));
    expect(value(await suite.store.skills.quarantineSkill('global', name, 'it lies', 'operator'))).toMatchObject({
      status: 'quarantined',
      reason: 'it lies',
      pinned: '',
    });
    expect(await observeOne(suite, found(name))).toMatchObject({ status: 'quarantined', reason: 'it lies' });
    expect(refusalOf(await suite.store.skills.quarantineSkill('global', fresh(), 'x', 'operator'))).toBe('not-found');
  });

  test('a staged skill lies beside the approved one until it is approved in its place', async () => {
    const name = fresh();
    value(await suite.store.skills.approveSkill(found(name), 'operator'));
    const staged = found(name, 'second', { scope: stagedFor('global'), folder: '/staging' });
    expect(await observeOne(suite, staged)).toMatchObject({ status: 'staged' });
    expect(await suite.store.skills.readSkill('global', name)).toMatchObject({ status: 'approved', pinned: found(name).hash });
    expect(refusalOf(await suite.store.skills.approveSkill(staged, 'operator'))).toBe('wrong-state');
    value(await suite.store.skills.approveSkill(found(name, 'second'), 'operator'));
    expect(await suite.store.skills.readSkill(stagedFor('global'), name)).toMatchObject({ status: 'gone' });
  });
});

onBothDatabases('skill policies', (suite) => {
  const propose = (required: readonly string[]) =>
    suite.store.skills.proposePolicy({ policy: policy(required), text: required.join(' '), note: 'why', actor: 'operator' });

  test('a proposal changes nothing until it is approved, and one made against another policy is refused', async () => {
    const first = await propose(['pdf']);
    const second = await propose(['pdf', 'sql']);
    expect(await suite.store.skills.policyInForce()).toBeUndefined();
    value(await suite.store.skills.approvePolicy(first.rev, 'operator'));
    expect(refusalOf(await suite.store.skills.approvePolicy(second.rev, 'operator'))).toBe('wrong-state');
    expect(refusalOf(await suite.store.skills.approvePolicy(first.rev, 'operator'))).toBe('wrong-state');
    expect(refusalOf(await suite.store.skills.approvePolicy(9999, 'operator'))).toBe('not-found');
    const third = await propose(['sql']);
    expect(third.against).toBe(first.rev);
    value(await suite.store.skills.approvePolicy(third.rev, 'operator'));
    expect(await suite.store.skills.policyInForce()).toMatchObject({ rev: third.rev, status: 'in-force', approvedBy: 'operator', policy: policy(['sql']) });
    expect(await suite.store.skills.readPolicy(first.rev)).toMatchObject({ status: 'superseded', text: 'pdf' });
    expect((await suite.store.skills.listPolicies(10)).map(({ rev }) => rev)).toEqual([third.rev, second.rev, first.rev]);
  });

  test('of many approvals at once one comes into force', async () => {
    const daemons = await severalDaemons(suite);
    const proposals = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) => daemons.of(index).skills.proposePolicy({ policy: policy([]), text: 't', note: '', actor: 'operator' })),
    );
    expect(new Set(proposals.map(({ rev }) => rev)).size).toBe(6);
    const approved = await Promise.all(proposals.map(({ rev }, index) => daemons.of(index).skills.approvePolicy(rev, 'operator')));
    await daemons.close();
    expect(approved.filter(({ ok }) => ok)).toHaveLength(1);
  });
});

onBothDatabases('skill evidence', (suite) => {
  const use = (skill: string, changes: Partial<NewEvidence['uses'][number]> = {}) => {
    const { hash } = found(skill);
    return {
      skill,
      tier: 'required' as const,
      status: 'loaded' as const,
      version: '1',
      wanted: hash,
      found: hash,
      how: 'before-first-step' as const,
      ...changes,
    };
  };
  const missing = { status: 'missing', found: '', how: 'not' } as const;

  test('is recorded once under the lease, and tells of what was loaded', async () => {
    const [loaded, lost] = [fresh(), fresh()];
    for (const name of [loaded, lost]) value(await suite.store.skills.approveSkill(found(name), 'operator'));
    const { turn, fence } = await beginTurn(suite.store.sessions);
    const evidence = { sessionKey: turn.sessionKey, turnId: turn.id, plan: null, role: null, policyRev: 3, uses: [use(loaded), use(lost, missing)] };
    value(await suite.store.skills.recordEvidence(fence, evidence));
    value(await suite.store.skills.recordEvidence(fence, { ...evidence, uses: [use(loaded, missing), use(lost, missing)] }));
    const kept = await suite.store.skills.evidenceOfTurn(turn.id);
    expect(kept.policyRev).toBe(3);
    expect(new Map(kept.uses.map(({ skill, status }) => [skill, status]))).toEqual(
      new Map([
        [loaded, 'loaded'],
        [lost, 'missing'],
      ]),
    );
    value(await suite.store.skills.recordEvidence(fence, { ...evidence, uses: [use(lost, { how: 'by-tool' })] }));
    const { events } = value(await suite.store.journal.readEvents({ after: '', stream: `session:${turn.sessionKey}`, limit: 100 }));
    expect(events.filter(({ type }) => type === 'skill.loaded').map(({ data }) => data?.['skill'])).toEqual([loaded, lost]);
  });

  test('is refused to a holder whose lease is over', async () => {
    const name = fresh();
    value(await suite.store.skills.approveSkill(found(name), 'operator'));
    const { turn, fence } = await beginTurn(suite.store.sessions);
    await suite.database.advance(61_000);
    const evidence = { sessionKey: turn.sessionKey, turnId: turn.id, plan: null, role: null, policyRev: null, uses: [use(name)] };
    expect(refusalOf(await suite.store.skills.recordEvidence(fence, evidence))).toBe('stale-claim');
    expect((await suite.store.skills.evidenceOfTurn(turn.id)).uses).toEqual([]);
  });

  test('what was recommended becomes triggered when the work turns out to call for it', async () => {
    const name = fresh();
    const { turn, fence } = await beginTurn(suite.store.sessions);
    const offered = use(name, { tier: 'recommended', status: 'offered', found: '', how: 'not' });
    const evidence = { sessionKey: turn.sessionKey, turnId: turn.id, plan: null, role: null, policyRev: null, uses: [offered] };
    value(await suite.store.skills.recordEvidence(fence, evidence));
    value(await suite.store.skills.recordEvidence(fence, { ...evidence, uses: [{ ...offered, tier: 'triggered' }] }));
    expect((await suite.store.skills.evidenceOfTurn(turn.id)).uses).toMatchObject([{ skill: name, tier: 'triggered', status: 'offered' }]);
  });

  test('shows what is no longer what was used', async () => {
    const [same, moved, dropped] = [fresh(), fresh(), fresh()];
    for (const name of [same, moved, dropped]) value(await suite.store.skills.approveSkill(found(name), 'operator'));
    const { turn, fence } = await beginTurn(suite.store.sessions);
    const uses = [use(same), use(moved), use(dropped), use('never', missing)];
    value(
      await suite.store.skills.recordEvidence(fence, { sessionKey: turn.sessionKey, turnId: turn.id, plan: 'p', role: 'developer', policyRev: null, uses }),
    );
    value(await suite.store.skills.approveSkill(found(moved, 'second'), 'operator'));
    value(await suite.store.skills.quarantineSkill('global', dropped, 'no', 'operator'));
    const drift = await suite.store.skills.readDrift({ plan: 'p', limit: 100 });
    const judged = new Map(drift.filter((row) => row.turn === turn.id).map((row) => [row.skill, row.drift]));
    expect(judged).toEqual(
      new Map([
        [same, 'none'],
        [moved, 'approved-since'],
        [dropped, 'quarantined'],
        ['never', 'not-loaded'],
      ]),
    );
    expect(await suite.store.skills.readDrift({ plan: 'other', limit: 100 })).toEqual([]);
  });
});
