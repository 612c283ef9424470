/** Why handoffs do not get on, asked of a real database: the first finding that is not fine is the reason, and it names the command that mends it. */
import { rootProvenance } from '@guildhall/authority';
import type { Handoff, HandoffQuestion, NewHandoff } from '@guildhall/handoffs';
import type { FindingView } from '@guildhall/protocol';
import { canonicalRoles, createRoleCatalogue } from '@guildhall/roles';
import type { Store } from '@guildhall/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ids, sqliteDatabase, value, type TestDatabase } from '../../store/test/databases.ts';
import { createWorkHealth, type WorkHealth } from '../src/operations/work-health/work-health.ts';

const breaker = { failures: 2, restMs: 600_000 };
const approval = () => ({ id: ids.next('apr'), expiresInMs: 3_600_000 });
const notice = () => ({ turnId: ids.next('turn'), text: 'work was handed over' });
const asking = {
  whyTurn: async (turn: string): Promise<readonly FindingView[]> => [
    { subject: 'approval', ok: false, level: 'warning', message: `${turn} waits for your yes` },
    { subject: 'model', ok: false, level: 'warning', message: 'only rehearses' },
  ],
  whyTask: async () => undefined,
};

let database: TestDatabase;
let store: Store;
let health: WorkHealth;
/** Agents of their own for each test, so that none waits for another's. */
let source: string;
let target: string;

beforeAll(async () => {
  database = sqliteDatabase();
  store = await database.open();
  health = createWorkHealth({
    roles: store.roles,
    skills: store.skills,
    schedules: store.schedules,
    catalogue: () => ({ resolve: value(createRoleCatalogue(canonicalRoles)).resolve, fillerOf: () => ({ kind: 'person' }) }),
    hasAgent: (agent) => agent !== 'gone',
    readTurn: (turn) => store.sessions.readTurn(turn),
    handoffs: {
      store: store.handoffs,
      approvals: store.approvals,
      triggers: () => ({
        enabled: true,
        sources: new Map([['director', { ...sourceRules, budget, edges: new Map(), forbiddenActions: [] }]]),
        targets: new Map(),
        duplicateWindowMs: 0,
        approvalTimeoutMs: 1,
        breaker,
      }),
      hasChat: (agent) => agent === 'seen',
    },
    clock: database.clock,
  });
});

afterAll(() => database.dispose());

beforeEach(() => {
  source = `source-${ids.code(6).toLowerCase()}`;
  target = `target-${ids.code(6).toLowerCase()}`;
});

const budget = { microUsdPerHandoff: undefined, tokensPerHandoff: undefined, microUsdPerDay: undefined, tokensPerDay: undefined };
const sourceRules = {
  allowedTargets: ['seen', 'unseen'],
  maxDepth: 4,
  maxConcurrentTargets: 4,
  defaultRisk: 'low',
  requireHumanConfirmationFor: ['high'],
  maxPerHour: 100,
};

function endpoint(agent: string) {
  return { name: agent, agent, sessionKey: `agent:${agent}:main` };
}

interface Changes {
  readonly risk?: string;
  readonly allowedTargets?: readonly string[];
  readonly target?: string;
  readonly sourceTurn?: string;
  readonly awaited?: boolean;
}

function question(
  asked: Pick<NewHandoff, 'source' | 'target' | 'task' | 'risk'>,
  moment: HandoffQuestion['moment'],
  allowedTargets: readonly string[],
): HandoffQuestion {
  return {
    ...asked,
    moment,
    forbidden: [],
    mustAsk: false,
    chain: null,
    targetClosed: null,
    hidden: null,
    rules: {
      enabled: true,
      source: { ...sourceRules, allowedTargets, forbidden: [] },
      target: { allowedSources: '*', maxConcurrent: 1, maxWaiting: 10, risk: 'low' },
      riskClasses: new Map(),
      actions: new Map(),
      duplicateWindowMs: 0,
      breaker,
    },
    reservation: null,
  };
}

async function requested(changes: Changes = {}): Promise<Handoff> {
  const id = ids.next('hnd');
  const to = changes.target ?? target;
  const asked = { source: endpoint(source), target: endpoint(to), task: `look at ${id}`, risk: changes.risk ?? 'low' };
  const root = rootProvenance({ id: ids.next('root'), origin: 'operator', trust: 'operator', agent: source, via: 'message', ref: 'm' });
  const provenance = { ...root, hops: [...root.hops, { via: 'handoff' as const, actor: source, ref: id }] };
  const { handoff } = value(
    await store.handoffs.requestHandoff(
      {
        ...asked,
        id,
        sourceTurn: changes.sourceTurn ?? null,
        sourceCall: changes.sourceTurn === undefined ? null : ids.next('call'),
        requestedBy: 'operator',
        targetChat: 'telegram:-1',
        dedupKey: null,
        forbidden: [],
        mustAsk: false,
        parent: null,
        provenance,
        allowance: [],
        awaited: changes.awaited ?? false,
        needed: null,
        notice: notice(),
        approval: approval(),
        reservation: null,
        maxQueued: 20,
      },
      question(asked, 'requested', changes.allowedTargets ?? [to]),
    ),
  );
  return handoff;
}

/** The next turn of the target's session is answered. */
async function answerNext(to = target): Promise<string> {
  const held = value(await store.sessions.beginTurn(`agent:${to}:main`, 'node:test', 60_000));
  value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'said', usage: null }, null));
  return held.turn.id;
}

async function started(handoff: Handoff): Promise<Handoff> {
  await answerNext(handoff.target.agent);
  const work = { turnId: ids.next('turn'), text: 'do it', provenance: handoff.provenance, maxQueued: 20, approval: approval() };
  return value(await store.handoffs.startHandoff(handoff.id, work, question(handoff, 'starting', [handoff.target.agent])));
}

async function why(id: string): Promise<readonly FindingView[]> {
  return (await health.why(id, asking)) ?? [];
}

describe('why', () => {
  it('a handoff was refused: by which guardrail, under which rule', async () => {
    const { id } = await requested({ allowedTargets: ['somebody-else'] });
    expect(await why(id)).toMatchObject([
      {
        subject: 'target-allowed',
        level: 'problem',
        message: expect.stringContaining(`${id} (${source} → ${target}) was refused by`),
        remedy: `guildhall handoffs explain ${id}`,
      },
    ]);
  });

  it('a handoff waits: for a yes, which names the approval, and for the daemon when nobody acts on the answer', async () => {
    const { id, approvalId } = await requested({ risk: 'dangerous' });
    expect(await why(id)).toMatchObject([{ subject: 'approval', level: 'warning', remedy: `guildhall approvals show ${approvalId}` }]);
    expect(await health.examine()).toContainEqual(expect.objectContaining({ subject: 'handoffs', remedy: `guildhall approvals show ${approvalId}` }));
    value(await store.approvals.answerApproval(approvalId ?? '', 'approve', 'operator'));
    expect(await why(id)).toMatchObject([{ subject: 'approval', ok: true }]);
    await database.advance(120_000);
    expect(await why(id)).toMatchObject([{ subject: 'approval', level: 'problem', remedy: 'guildhall doctor' }]);
    expect(value(await store.handoffs.settleApproval(id, notice())).status).toBe('queued');
  });

  it('a handoff waits for its notice, and then for nothing but the daemon', async () => {
    const { id, noticeTurn } = await requested();
    expect(await why(id)).toMatchObject([
      { subject: 'approval', message: `${noticeTurn} waits for your yes` },
      { subject: 'notice', remedy: `guildhall why ${noticeTurn}` },
    ]);
    await answerNext();
    expect(await why(id)).toMatchObject([{ ok: true, message: expect.stringContaining('is about to start') }]);
    await database.advance(120_000);
    expect(await why(id)).toMatchObject([{ level: 'problem', message: expect.stringContaining('2 min ago'), remedy: 'guildhall doctor' }]);
  });

  it('a handoff waits for a place at its target, behind what keeps the one that holds it', async () => {
    const first = await started(await requested());
    const second = await requested();
    expect(await answerNext()).toBe(first.turnId);
    await answerNext();
    const found = await why(second.id);
    expect(found.at(-1)).toMatchObject({ subject: 'place', message: expect.stringContaining(`held by ${first.id}`), remedy: `guildhall why ${first.id}` });
    expect(found).toHaveLength(1);
    await database.advance(120_000);
    expect((await why(second.id))[0]).toMatchObject({ level: 'problem', message: expect.stringContaining(`the turn of ${first.id}`) });
    expect(await health.examine()).toContainEqual(expect.objectContaining({ subject: 'handoffs', level: 'problem', remedy: `guildhall why ${first.id}` }));
  });

  it('a handoff runs: what its turn waits for, then that it runs and how far it is', async () => {
    const { id, turnId } = await started(await requested());
    await store.handoffs.noteProgress(id, 'half of the tests');
    expect((await why(id)).map(({ subject }) => subject)).toEqual(['approval', 'handoff', 'model']);
    expect((await why(id))[0]?.message).toBe(`${turnId} waits for your yes`);
    expect((await why(id))[1]).toMatchObject({ ok: true, message: expect.stringContaining('is running: half of the tests') });
  });

  it('a handoff is paused, called off, over, or nobody knows: with the reason, and what to do', async () => {
    const paused = await requested();
    value(await store.handoffs.pauseHandoff(paused.id, 'the bot was removed from the chat'));
    expect(await why(paused.id)).toMatchObject([
      { level: 'warning', message: expect.stringContaining('the bot was removed'), remedy: `guildhall handoffs resume ${paused.id}` },
    ]);
    expect(await health.examine()).toContainEqual(expect.objectContaining({ subject: 'handoffs', remedy: `guildhall handoffs resume ${paused.id}` }));
    value(await store.handoffs.cancelHandoff(paused.id, 'operator', 'the release is off'));
    expect(await why(paused.id)).toMatchObject([{ ok: true, message: expect.stringContaining('is cancelled: called off by operator: the release is off') }]);
    const lost = await started(await requested());
    await answerNext();
    value(await store.handoffs.settleHandoff(lost.id, { as: 'uncertain', reason: 'killed while it deployed', result: null }, breaker));
    expect(await why(lost.id)).toMatchObject([
      { level: 'problem', message: expect.stringContaining('killed while it deployed'), remedy: `guildhall handoffs show ${lost.id}` },
    ]);
  });

  it('a handoff failed, and too much in a row failed: the doctor names the edge', async () => {
    for (let failed = 0; failed < 2; failed += 1) {
      const { id } = await started(await requested());
      await answerNext();
      value(await store.handoffs.settleHandoff(id, { as: 'finished', outcome: 'failed', result: null, reason: 'the model is gone' }, breaker));
      expect(await why(id)).toMatchObject([{ level: 'problem', message: expect.stringContaining('failed: the model is gone') }]);
    }
    expect(await health.examine()).toContainEqual(
      expect.objectContaining({
        subject: 'handoffs',
        message: expect.stringContaining(`${source} → ${target} failed 2 times in a row`),
        remedy: 'guildhall handoffs edges',
      }),
    );
    const { id } = await requested();
    expect(await why(id)).toMatchObject([{ subject: 'breaker', remedy: 'guildhall handoffs edges' }]);
  });

  it('its agent is gone', async () => {
    const { id } = await requested({ target: 'gone' });
    expect(await why(id)).toMatchObject([{ subject: 'agent', level: 'problem', remedy: 'guildhall agents list' }]);
  });
});

describe('a turn', () => {
  it('waits for what it handed on, and says for whose handoff it works', async () => {
    const outer = await started(await requested());
    const turn = await store.sessions.readTurn(outer.turnId ?? '');
    if (turn === undefined) throw new Error('its turn is gone');
    const inner = await requested({ target: 'elsewhere', sourceTurn: turn.id, awaited: true, risk: 'high' });
    expect(await health.handedOn(turn, asking)).toMatchObject([
      { subject: 'approval', remedy: `guildhall approvals show ${inner.approvalId}` },
      { subject: 'handoff', message: expect.stringContaining(`it waits for ${inner.id}`), remedy: `guildhall why ${inner.id}` },
    ]);
    expect(await health.ofChain(turn.provenance)).toMatchObject([{ ok: true, message: expect.stringContaining(outer.id) }]);
    value(await store.handoffs.cancelHandoff(outer.id, 'operator', 'enough'));
    expect(await health.ofChain(turn.provenance)).toMatchObject([{ ok: false, message: expect.stringContaining('was called off') }]);
    expect(await health.handedOn({ ...turn, id: 'turn_other' }, asking)).toEqual([]);
  });
});

it('the doctor names targets that no chat is bound to', async () => {
  const found = await health.examine();
  expect(found).toContainEqual(expect.objectContaining({ subject: 'handoffs', message: expect.stringMatching(/no chat is bound to unseen:/u) }));
});
