/** One command for each thing that can be done to a board, on the specification and on the store. Picks are numbers that are taken modulo what there is. */
import { claimToken, hashClaimToken, type ClaimProof } from '@guildhall/board';
import type { Settled } from '@guildhall/protocol';
import fc from 'fast-check';
import type { Store } from '../src/index.ts';
import type { Spec, SpecClaim, SpecTask } from './board-spec.ts';
import { attempt, completion, newTask } from './claim-fixtures.ts';
import { ids } from './databases.ts';

/** What the commands need of the store under test. */
export interface Real {
  readonly store: () => Store;
  readonly lanes: readonly string[];
  /** Lets time pass, on the wall and for leases. */
  readonly pass: (ms: number) => Promise<void>;
  /** A millisecond on the wall, so that no two commands share one. */
  readonly tick: () => void;
  readonly reopen: () => Promise<void>;
  readonly figures: { operations: number; claims: number; stale: number };
}

type Command = fc.AsyncCommand<Spec, Real>;

function command(name: string, run: (spec: Spec, real: Real) => Promise<void>, check: (spec: Readonly<Spec>) => boolean = () => true): Command {
  return {
    check,
    async run(spec, real) {
      real.figures.operations += 1;
      real.tick();
      spec.now += 1;
      await run(spec, real);
    },
    toString: () => name,
  };
}

const hasTask = ({ tasks }: Readonly<Spec>) => tasks.size > 0;
const hasClaim = ({ claims }: Readonly<Spec>) => claims.length > 0;

function pick<T>(from: Iterable<T>, index: number): T {
  const all = [...from];
  const picked = all[index % all.length];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

function same(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: the store says ${a}, the specification ${b}`);
}

/** `ok`, or the code of the refusal. */
function answer(settled: Settled<unknown>): string {
  return settled.ok ? 'ok' : settled.refusal.code;
}

const create = fc
  .record({ lane: fc.nat(1), priority: fc.nat(2), most: fc.integer({ min: 1, max: 3 }), parents: fc.array(fc.nat(30), { maxLength: 2 }) })
  .map((given) =>
    command(`create ${JSON.stringify(given)}`, async (spec, { store, lanes }) => {
      const parents = hasTask(spec) ? [...new Set(given.parents.map((index) => pick(spec.tasks.keys(), index)))] : [];
      const task = { id: ids.next('task'), lane: pick(lanes, given.lane), priority: given.priority, most: given.most };
      const expected = spec.create(task, parents);
      const made = await store().board.createTask(newTask({ id: task.id, assignee: task.lane, priority: task.priority, maxAttempts: task.most, parents }));
      same('create', answer(made), expected);
      if (made.ok) same('created', made.value.task.status, spec.task(task.id).status);
    }),
  );

const link = fc.tuple(fc.nat(30), fc.nat(30)).map(([parent, child]) =>
  command(
    `link ${parent} before ${child}`,
    async (spec, { store }) => {
      const [before, after] = [pick(spec.tasks.keys(), parent), pick(spec.tasks.keys(), child)];
      const linked = await store().board.linkTasks(before, after, 'operator');
      same('link', answer(linked), spec.link(before, after));
      if (linked.ok) same('linked', linked.value.status, spec.task(after).status);
    },
    hasTask,
  ),
);

/** With a request of its own, or with one that was made before. */
const take = fc.tuple(fc.nat(1), fc.option(fc.nat(40))).map(([which, again]) =>
  command(`claim for ${which}${again === null ? '' : `, as request ${again}`}`, async (spec, { store, lanes, figures }) => {
    const earlier = again === null || !hasClaim(spec) ? undefined : pick(spec.claims, again);
    const lane = earlier?.lane ?? pick(lanes, which);
    const requestId = earlier?.request ?? ids.next('req');
    const expected = spec.claim(lane, requestId);
    const claimed = await store().board.claimTask(attempt(lane, { requestId }));
    if (expected === null || typeof expected === 'string') {
      same('claim', claimed.ok ? claimed.value?.task.id : claimed.refusal.code, expected ?? undefined);
      return;
    }
    figures.claims += 1;
    const found = claimed.ok && claimed.value !== null ? claimed.value : undefined;
    same('claim', [answer(claimed), found?.task.id, found?.run.epoch, found?.repeated], ['ok', expected.task, expected.epoch, earlier !== undefined]);
    same('token', found?.run.tokenHash, proofOf(expected).tokenHash);
    if (earlier !== undefined) return;
    const { note, progress, lastHeartbeatAt, attempt: number, summary } = found?.run ?? {};
    same('fresh', [note, progress, lastHeartbeatAt, summary, number], ['', null, null, '', expected.epoch]);
  }),
);

function proofOf({ task, epoch, request }: SpecClaim): ClaimProof {
  return { task, tokenHash: hashClaimToken(claimToken('key', { task, epoch, requestId: request })) };
}

const verbs = ['heartbeat', 'complete', 'needs_input', 'transient', 'dependency', 'attach', 'comment', 'annotate', 'release', 'crash'] as const;
type Verb = (typeof verbs)[number];

/** Any verb, with any token ever issued, now and then held out for another task: it works exactly while that claim lives. */
const use = fc.tuple(fc.nat(60), fc.constantFrom(...verbs), fc.nat(30), fc.nat(9)).map(([which, verb, other, foreign]) =>
  command(
    `${verb} with token ${which}`,
    async (spec, real) => {
      const claim = pick(spec.claims, which);
      const on = pick(spec.tasks.keys(), other);
      const isForeign = foreign === 0 && on !== claim.task;
      const proof = isForeign ? { ...proofOf(claim), task: on } : proofOf(claim);
      const lives = spec.lives(claim) && !isForeign;
      const expected = lives ? follow(spec, claim, verb, on) : 'stale-claim';
      const answered = await perform(real.store().board, proof, verb, on);
      same(verb, answer(answered), expected);
      if (!lives) real.figures.stale += 1;
      await compare(real.store(), spec.task(proof.task));
    },
    hasClaim,
  ),
);

function follow(spec: Spec, claim: SpecClaim, verb: Verb, on: string): string {
  if (verb === 'heartbeat') spec.heartbeat(claim);
  if (verb === 'complete') spec.complete(claim);
  if (verb === 'release') spec.release(claim);
  if (verb === 'crash') spec.fail(claim);
  return verb === 'needs_input' || verb === 'transient' || verb === 'dependency' ? spec.block(claim, verb, on) : 'ok';
}

function perform(board: Store['board'], proof: ClaimProof, verb: Verb, on: string): Promise<Settled<unknown>> {
  switch (verb) {
    case 'heartbeat':
      return board.renewClaim(proof, {});
    case 'complete':
      return board.completeClaim(proof, completion);
    case 'needs_input':
    case 'transient':
    case 'dependency':
      return board.blockClaim(proof, { kind: verb, reason: 'so', dependsOn: verb === 'dependency' ? [on] : [], retryAfterMs: null });
    case 'attach':
      return board.attachClaim(proof, { id: ids.next('file'), name: 'a', mediaType: 'text/plain', content: 'YQ==', bytes: 1, sha256: 'a', author: 'x' });
    case 'comment':
      return board.commentClaim(proof, { id: ids.next('comment'), text: 'hm', author: 'x' });
    case 'annotate':
      return board.annotateClaim(proof, { seen: proof.tokenHash });
    case 'release':
      return board.releaseClaim(proof, 'not now');
    case 'crash':
      return board.failClaim(proof, 'crashed', 'gone');
    default:
      return verb satisfies never;
  }
}

/** The task as the specification has it. */
export async function compare(store: Store, expected: SpecTask): Promise<void> {
  const task = await store.board.readTask(expected.id);
  const found = [task?.status, task?.attempts, task?.blockedCount, task?.block?.kind ?? null, task?.runId !== null];
  same(expected.id, found, [expected.status, expected.attempts, expected.pauses, expected.block, expected.status === 'running']);
}

const unblock = fc.nat(30).map((which) =>
  command(
    `unblock ${which}`,
    async (spec, { store }) => {
      const id = pick(spec.tasks.keys(), which);
      same('unblock', answer(await store().board.unblockTask(id, 'go on', 'operator')), spec.unblock(id));
    },
    hasTask,
  ),
);

const archive = fc.nat(30).map((which) =>
  command(
    `archive ${which}`,
    async (spec, { store }) => {
      const id = pick(spec.tasks.keys(), which);
      same('archive', answer(await store().board.archiveTask(id, 'operator')), spec.archive(id));
    },
    hasTask,
  ),
);

const minutes = 60_000;

/** No sum of these is a lease's length, so a little real time does not matter where the database counts it. */
const pass = fc.constantFrom(30 * minutes, 60 * minutes, 120 * minutes).map((ms) =>
  command(`pass ${ms / minutes} minutes`, async (spec, real) => {
    await real.pass(ms);
    spec.now += ms;
  }),
);

const reclaim = fc.constant(
  command('reclaim what lapsed', async (spec, { store }) => {
    const expected = spec.reclaimLapsed();
    const reclaimed = await store().board.reclaimLapsed(1_000);
    same(
      'reclaim',
      reclaimed.map(({ id }) => id),
      expected,
    );
  }),
);

const wake = command('wake what is due', async (spec, { store }) => {
  spec.wake();
  await store().board.wakeDueTasks(1_000);
});

const reopen = command('close and open', (_spec, real) => real.reopen());

/** To open takes longer than forty other commands. */
const seldom = fc.constantFrom(wake, wake, wake, reopen);

export const commands = [create, create, link, take, take, take, use, use, use, use, use, unblock, archive, pass, reclaim, seldom] as const;
