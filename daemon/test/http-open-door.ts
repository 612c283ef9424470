/** A real door on a free port, before a daemon in memory. */
import { afterEach } from 'vitest';
import type { z } from 'zod';
import { expectDone, type Refusal } from '@guildhall/protocol';
import { systemClock, systemIds } from '@guildhall/kernel';
import type { Scope } from '@guildhall/authority';
import { createHttpDoor, type OpenDoor } from '../src/http/door.ts';
import type { IdempotencyState, IdempotencyStore } from '../src/http/idempotency.ts';
import { defaultDoorLimits, type DoorLimits } from '../src/http/limits.ts';
import { createFakeDaemon, type FakeDaemon } from './http-fake-daemon.ts';

const open: OpenDoor[] = [];

afterEach(async () => {
  for (const door of open.splice(0)) await door.close();
});

interface Told {
  readonly faults: unknown[];
  readonly refused: { readonly refusal: Refusal; readonly credentialId?: string | undefined }[];
}

export interface TestDoor extends FakeDaemon {
  readonly url: string;
  readonly port: number;
  readonly door: OpenDoor;
  readonly told: Told;
  readonly operator: string;
  readonly idempotency: MemoryIdempotency;
  /** Calls a path with a bearer secret (the operator's unless said otherwise); `body` is sent as JSON. */
  call(
    method: string,
    path: string,
    how?: { readonly secret?: string | null; readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<Answer>;
  secretFor(scope: Scope): string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the answer is no JSON. */
  readonly json: unknown;
  /** The JSON, which must have the shape the interface promises. */
  as<T>(shape: z.ZodType<T>): T;
}

export async function openDoor(limits: Partial<DoorLimits> = {}): Promise<TestDoor> {
  const fake = createFakeDaemon();
  const told: Told = { faults: [], refused: [] };
  const idempotency = createMemoryIdempotency();
  const door = expectDone(
    await createHttpDoor({
      operations: fake.operations,
      idempotency,
      clock: systemClock,
      ids: systemIds(() => Date.now()),
      page: { html: '<!doctype html><title>Guildhall</title>', assets: new Map([['page.js', { type: 'text/javascript', body: 'export {}' }]]) },
      limits: { ...defaultDoorLimits, drainMs: 2_000, ...limits },
      observer: {
        fault: (error) => void told.faults.push(error),
        refused: (refusal, at) => void told.refused.push({ refusal, credentialId: at.credentialId }),
      },
    }).listen(0),
  );
  open.push(door);
  const operator = fake.issue(['operator']).secret;
  return {
    ...fake,
    url: door.url,
    port: Number(new URL(door.url).port),
    door,
    told,
    operator,
    idempotency,
    secretFor: (scope) => fake.issue([scope]).secret,
    async call(method, path, { secret = operator, body, headers = {} } = {}) {
      const response = await fetch(`${door.url}${path}`, {
        method,
        headers: {
          ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const json: unknown = /[/+]json$/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
      return { status: response.status, headers: response.headers, text, json, as: (shape) => shape.parse(json) };
    },
  };
}

/** Waits until `isTrue`, at most `ms`. */
export async function eventually(isTrue: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!(await isTrue())) {
    if (Date.now() > giveUpAt) throw new Error(`not true within ${ms} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type MemoryIdempotency = IdempotencyStore & { readonly rows: Map<string, { digest: string; status?: number; body?: string }> };

function createMemoryIdempotency(): MemoryIdempotency {
  const rows: MemoryIdempotency['rows'] = new Map();
  const place = (key: string, credentialId: string) => `${credentialId} ${key}`;
  return {
    rows,
    async begin(key, credentialId, digest): Promise<IdempotencyState> {
      const row = rows.get(place(key, credentialId));
      if (row === undefined) {
        rows.set(place(key, credentialId), { digest });
        return { state: 'first' };
      }
      if (row.digest !== digest) return { state: 'mismatch' };
      return row.status === undefined || row.body === undefined ? { state: 'in-progress' } : { state: 'replay', status: row.status, body: row.body };
    },
    async finish(key, credentialId, status, body) {
      rows.set(place(key, credentialId), { digest: rows.get(place(key, credentialId))?.digest ?? '', status, body });
    },
    async abandon(key, credentialId) {
      rows.delete(place(key, credentialId));
    },
  };
}
