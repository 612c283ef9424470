/** A session runner on a real store and a rehearsed model, with tools made for the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootProvenance } from '@guildhall/authority';
import { systemClock, systemIds } from '@guildhall/kernel';
import { type PolicyLayer, type Provenance, done, expectDone } from '@guildhall/protocol';
import { createRehearsalRuntime } from '@guildhall/runtimes';
import {
  type BusyMode,
  type SessionRunner,
  type Tool,
  type Turn,
  type TurnDeps,
  createLiveHub,
  nothingToPrepare,
  createSessionRunner,
} from '@guildhall/sessions';
import { type Store, openStore } from '@guildhall/store';
import { z } from 'zod';

interface AcceptOptions {
  readonly chat?: string;
  readonly messageId?: string;
  readonly busy?: BusyMode;
  readonly agent?: string;
  /** What its chain is beside the operator's own. */
  readonly chain?: Partial<Pick<Provenance, 'trust' | 'forbidden'>>;
}

export interface World {
  /** Of every agent. */
  readonly workspace: string;
  readonly store: Store;
  readonly deps: TurnDeps;
  readonly runner: SessionRunner;
  /** Faults that drives threw. */
  readonly faults: unknown[];
  accept(text: string, options?: AcceptOptions): Promise<string>;
  /** Drives until the turn has ended. */
  ended(turnId: string): Promise<Turn>;
  /** Another daemon on the same database: a new boot, a new runner. */
  restart(changes?: Partial<TurnDeps>): Promise<World>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly rehearsal: string;
  readonly tools?: readonly Tool[];
  readonly layers?: readonly PolicyLayer[];
  readonly maxSteps?: number;
  readonly maxToolCalls?: number;
  readonly turnTimeoutMs?: number;
  readonly toolTimeoutMs?: number;
  readonly compactAtTokens?: number;
  readonly budgets?: TurnDeps['agents'] extends { describeAgent: unknown }
    ? readonly { scope: string; window: string; microUsd?: number; tokens?: number }[]
    : never;
  readonly leaseMs?: number;
  readonly deps?: Partial<TurnDeps>;
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), 'guildhall-turns-'));
  writeFileSync(path.join(folder, 'rehearsal.yaml'), options.rehearsal);
  return open(folder, options, {});
}

async function open(folder: string, options: WorldOptions, changes: Partial<TurnDeps>): Promise<World> {
  const ids = systemIds(systemClock.now);
  const boot = ids.next('boot');
  const store = expectDone(await openStore({ kind: 'sqlite', file: path.join(folder, 'guildhall.db') }, { clock: systemClock, ids, boot }));
  const faults: unknown[] = [];
  const layers = options.layers ?? [{ source: 'test', allow: '*' as const, deny: [] }];
  const deps: TurnDeps = {
    store: store.sessions,
    approvals: store.approvals,
    standingApprovals: store.standingApprovals,
    actions: () => new Map(),
    budgets: store.budgets,
    live: createLiveHub(),
    clock: systemClock,
    ids,
    runtime: createRehearsalRuntime({ folder }),
    agents: {
      describeAgent: async (id) =>
        done({
          id,
          model: 'rehearsal/default',
          system: 'You are tested.',
          remembers: false,
          layers,
          workspace: folder,
          budgets: options.budgets ?? [],
          maxSteps: options.maxSteps ?? 20,
          maxToolCalls: options.maxToolCalls ?? 50,
          compactAtTokens: options.compactAtTokens ?? 100_000,
          turnTimeoutMs: options.turnTimeoutMs ?? 20_000,
          toolTimeoutMs: options.toolTimeoutMs ?? 5000,
        }),
      policyOf: () => layers,
      estimateStep: async (_model, tokens) => ({ microUsd: 0, tokens }),
    },
    tools: { toolsFor: async () => options.tools ?? [], missingFor: async () => [] },
    hooks: { beforeTurn: async () => ({ allow: true }), afterTurn: async () => {}, beforeTool: async () => ({ allow: true }), afterTool: async () => {} },
    replyTo: (turn, text) =>
      turn.message.platform === 'terminal'
        ? null
        : { id: `out_${turn.id}`, platform: turn.message.platform, account: 'default', chat: turn.message.chat, text },
    preparation: nothingToPrepare,
    answerCommand: async () => undefined,
    approvalTimeoutMs: () => 2000,
    maxAttempts: 6,
    approvalHint: (signal) => systemClock.sleep(20, signal),
    ...options.deps,
    ...changes,
  };
  const runner = createSessionRunner(deps, {
    holder: `node:${boot}`,
    leaseMs: options.leaseMs ?? 5000,
    maxParallel: 8,
    isChild: () => false,
    patience: { attempts: 3, firstMs: 1, longestMs: 5 },
    onFault: (error) => faults.push(error),
    onEnd: () => {},
  });
  const world: World = {
    workspace: folder,
    store,
    deps,
    runner,
    faults,
    async accept(text, { chat = 'c', messageId = ids.next('msg'), busy = 'queue', agent = 'main', chain = {} } = {}) {
      const message = { platform: 'terminal', account: 'default', chat, chatType: 'group' as const, messageId, text };
      const root = rootProvenance({ id: ids.next('root'), origin: 'operator', trust: 'operator', agent, via: 'message', ref: messageId });
      const accepted = expectDone(
        await store.sessions.acceptMessage({
          message,
          from: 'operator',
          sessionKey: `agent:${agent}:terminal:group:chat=${chat}`,
          agent,
          turnId: ids.next('turn'),
          provenance: { ...root, ...chain },
          busy,
          maxQueued: 100,
          route: {},
        }),
      );
      if (accepted.interrupted !== undefined) runner.stopTurn(accepted.interrupted);
      runner.wake(accepted.sessionKey);
      return accepted.turnId;
    },
    async ended(turnId) {
      for (let waited = 0; waited < 2000; waited += 1) {
        const turn = await store.sessions.readTurn(turnId);
        if (turn !== undefined && turn.status !== 'queued' && turn.status !== 'running') return turn;
        await systemClock.sleep(5);
      }
      throw new Error(`the turn did not end: ${JSON.stringify(await store.sessions.readTurn(turnId))} ${String(faults.at(-1))}`);
    },
    async restart(next = {}) {
      await store.close();
      return open(folder, options, next);
    },
    async close() {
      await runner.drain(2000);
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** A tool that does what it is told in the test. */
export function testTool(
  name: string,
  run: Tool['run'],
  traits: Partial<Pick<Tool, 'idempotent' | 'danger' | 'effects' | 'standing' | 'untrusted' | 'private' | 'canonicalise'>> = {},
): Tool {
  return {
    name,
    description: name,
    idempotent: false,
    untrusted: false,
    private: false,
    input: z.record(z.string(), z.json()),
    run,
    canonicalise: async (input) => done(input),
    danger: () => null,
    effects: () => ({ kind: 'none' }),
    ...traits,
  };
}
