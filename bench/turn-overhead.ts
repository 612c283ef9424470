/** What a turn costs beside its model: from sending a message until its answer arrives on the session's stream, over HTTP, with a rehearsed model. */
import path from 'node:path';
import { createRehearsalRuntime } from '@guildhall/runtimes';
import type { ModelRequest } from '@guildhall/sessions';
import type { Backend } from './backends.ts';
import { connect, type Client } from './client.ts';
import { figure, perSecond, quantile, type Figure } from './figures.ts';

const config = 'model: rehearsal/default\nagents:\n  main: { default: true }\n';
const rehearsal = `
rules:
  - match: { text: "plan" }
    steps:
      - call: { tool: todo, args: { todos: [{ id: a, text: look }] } }
      - say: It is on the list.
  - say: Yes.
`;

/** Turns of one session before the next is opened: a conversation of usual length. */
const turnsPerSession = 20;

interface TurnLoad {
  readonly sessions: number;
  readonly turns: number;
  readonly text: string;
  readonly label: string;
}

export async function measureTurnOverhead(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace(config, rehearsal);
  const daemon = await place.startDaemon();
  const client = connect(daemon);
  try {
    await runLoad(client, { sessions: 4, turns: Math.ceil(200 * scale), text: 'warm', label: 'warm' });
    const found: Figure[] = [figure('the rehearsed model alone, in all of these: p50', 'ms', await timeOfModel(path.join(place.home, 'config')))];
    for (const [text, kind] of [
      ['hello', 'turn of one step'],
      ['plan', 'turn with a tool call'],
    ] as const) {
      for (const sessions of [1, 16]) {
        const label = `${kind}, ${sessions} ${sessions === 1 ? 'session' : 'sessions'}`;
        found.push(...(await runLoad(client, { sessions, turns: Math.ceil((sessions === 1 ? 400 : 1600) * scale), text, label })));
      }
    }
    return found;
  } finally {
    client.close();
    await daemon.stop();
    place.remove();
  }
}

async function timeOfModel(folder: string): Promise<number> {
  const runtime = createRehearsalRuntime({ folder });
  const request: ModelRequest = {
    model: 'rehearsal/default',
    agent: 'main',
    sessionKey: 'agent:main:main',
    system: 'You are measured.',
    messages: [{ speaker: 'user', text: 'hello' }],
    tools: [],
  };
  const took: number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const began = performance.now();
    let parts = 0;
    for await (const _part of runtime.stream(request, new AbortController().signal)) parts += 1;
    if (parts === 0) throw new Error('the rehearsed model said nothing');
    took.push(performance.now() - began);
  }
  return quantile(took, 0.5);
}

async function runLoad(client: Client, load: TurnLoad): Promise<readonly Figure[]> {
  const took: number[] = [];
  const began = performance.now();
  let left = load.turns;
  const takeTurn = () => left-- > 0;
  await Promise.all(
    Array.from({ length: load.sessions }, async (_, index) => {
      for (let session = 0; left > 0; session += 1) await talk(client, `${load.label} ${index} ${session}`, load.text, takeTurn, took);
    }),
  );
  const elapsed = performance.now() - began;
  const aim = load.text === 'hello' && load.sessions === 1 ? 15 : undefined;
  return [
    figure(`${load.label}: p50`, 'ms', quantile(took, 0.5), aim),
    figure(`${load.label}: p95`, 'ms', quantile(took, 0.95)),
    figure(`${load.label}: turns`, 'per s', perSecond(load.turns, elapsed)),
  ];
}

/** Opens a session with its first turn, follows it, and times the others. */
async function talk(client: Client, chat: string, text: string, takeTurn: () => boolean, took: number[]): Promise<void> {
  if (!takeTurn()) return;
  const first = await client.send(chat, text);
  await client.awaitTurn(first.turnId);
  let ended = () => {};
  const stream = await client.follow(first.sessionKey, () => ended());
  for (let turn = 1; turn < turnsPerSession && takeTurn(); turn += 1) {
    const end = new Promise<void>((resolve) => (ended = resolve));
    const began = performance.now();
    await client.send(chat, text);
    await end;
    took.push(performance.now() - began);
  }
  stream.close();
}
