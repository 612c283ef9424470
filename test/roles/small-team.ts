/** A small team for tests: a Lead, a developer and a validator, who rehearse. Their tools are real. */
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { createHome, DaemonEnded, startDaemonProcess, type DaemonHome, type DaemonProcess } from '../harness/daemon-process.ts';

const config = `
agents:
  chief: { default: true, model: rehearsal/default, tools: full }
  smith: { model: rehearsal/default, tools: coding }
  tester: { model: rehearsal/default, tools: coding }
roles:
  lead: { agent: chief }
  developer: { agent: smith }
  validator: { agent: tester }
`;

const rehearsal = `
rules:
  - match: { agent: smith, text: "kanban_complete" }
    steps:
      - call: { tool: write_file, args: { path: fixed.txt, content: "mended" } }
      - call: { tool: kanban_complete, args: { summary: "mended", evidence: [{ kind: check, text: "looked at it" }] } }
      - say: "mended"
  - match: { agent: smith, text: "write thirty files named {name}" }
    steps:
      - calls: [${Array.from({ length: 30 }, (_, n) => `{ tool: write_file, args: { path: "{name}-${n}.txt", content: "written" } }`).join(', ')}]
      - say: "written"
  - match: { agent: smith, text: "write {file}" }
    steps:
      - call: { tool: write_file, args: { path: "{file}", content: "written" } }
      - say: "written"
  - match: { agent: tester, text: "look for trouble" }
    steps:
      - call: { tool: report_finding, args: { title: "It is wrong", severity: high, description: "very", evidence: ["I looked"] } }
      - say: "one finding"
  - match: { agent: chief }
    say: "I have read it."
  - say: "yes"
`;

export function smallTeam(): DaemonHome {
  return createHome(config, rehearsal);
}

/** A daemon that is started again whenever it was killed, and asked again until it has answered. */
export interface Team {
  /** Asks until somebody answers; a daemon that died on the way is started again, without failpoints. */
  ask(method: string, route: string, body?: unknown): Promise<unknown>;
  /** Asks once; a daemon that dies on the way is started again, and nobody knows whether it did what was asked. */
  tryOnce(method: string, route: string, body?: unknown): Promise<void>;
  read<S extends z.ZodType>(shape: S, route: string): Promise<z.output<S>>;
  /** Looks until what it sees holds, for a minute at most. */
  until<S extends z.ZodType>(shape: S, route: string, holds: (seen: z.output<S>) => boolean): Promise<z.output<S>>;
  readonly deaths: () => number;
  stop(): Promise<void>;
}

export async function openTeam(place: DaemonHome, options: { readonly failpoints?: string; readonly databaseUrl?: string } = {}): Promise<Team> {
  const { failpoints: _, ...usual } = options;
  let deaths = 0;
  const begin = async () => {
    try {
      return await startDaemonProcess(place, options);
    } catch (error) {
      if (!(error instanceof DaemonEnded)) throw error;
      deaths += 1;
      return startDaemonProcess(place, usual);
    }
  };
  let daemon: DaemonProcess = await begin();
  const again = async () => {
    await daemon.ended;
    deaths += 1;
    daemon = await startDaemonProcess(place, usual);
  };
  const ask: Team['ask'] = async (method, route, body) => {
    for (;;) {
      const answer = await daemon.request(method, route, body);
      if (answer !== undefined) return answer.body;
      await again();
    }
  };
  const read: Team['read'] = async (shape, route) => shape.parse(await ask('GET', route));
  return {
    ask,
    async tryOnce(method, route, body) {
      if ((await daemon.request(method, route, body)) === undefined) await again();
    },
    read,
    async until(shape, route, holds) {
      const until = performance.now() + 60_000;
      for (;;) {
        const seen = await ask('GET', route);
        const parsed = shape.safeParse(seen);
        if (parsed.success && holds(parsed.data)) return parsed.data;
        if (performance.now() > until) throw new Error(`${route} did not become so within a minute; last seen: ${JSON.stringify(seen)}`);
        await pause(25);
      }
    },
    deaths: () => deaths,
    stop: async () => void (await daemon.stop()),
  };
}

export const planPath = (plan: string) => `/v1/plans/${encodeURIComponent(plan)}`;
export const rolePath = (plan: string, role: string) => `${planPath(plan)}/roles/${encodeURIComponent(role)}`;
export const runsPath = (plan: string) => `${planPath(plan)}/runs`;
