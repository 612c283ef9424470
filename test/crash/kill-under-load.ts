/**
 * kill -9 under load: a driver that never dies sends messages to a daemon that does, keeps every acknowledgement, and afterwards holds the daemon's records and the counted effects against them.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';

export interface CrashPlan {
  readonly kills: number;
  /** Sessions that are written to in turn. */
  readonly sessions: number;
  readonly messagesPerSecond: number;
  /** Makes the same kill times again. */
  readonly seed: number;
  readonly databaseUrl?: string;
  readonly progress?: (line: string) => void;
}

export interface CrashReport {
  readonly kills: number;
  readonly acknowledged: number;
  /** Acknowledged and then not to be found. */
  readonly lost: readonly string[];
  /** With more than one turn, message entry or answer. */
  readonly answeredTwice: readonly string[];
  /** With an end that is not an answer, and why. */
  readonly unanswered: readonly string[];
  /** Effects counted more than once. */
  readonly repeatedEffects: readonly string[];
  /** Recorded as done and not counted. */
  readonly missingEffects: readonly string[];
  /** Calls cut between start and result, told as such. */
  readonly unknownOutcomes: number;
  readonly outOfOrder: readonly string[];
  readonly brokenInvariants: readonly string[];
  readonly restartMs: { readonly p50: number; readonly p95: number };
}

const rehearsal = `
rules:
  - match: { text: "bump {key}" }
    steps:
      - say: "I count {key}."
        call: { tool: "mcp:effect/bump", args: { key: "{key}" } }
      - say: "done: {result}"
  - say: "I only count."
`;

const effectServer = path.join(path.dirname(import.meta.dirname), 'harness', 'effect-server.ts');

interface Acknowledged {
  readonly key: string;
  readonly turnId: string;
  readonly sessionKey: string;
}

export async function killUnderLoad(plan: CrashPlan): Promise<CrashReport> {
  const place = createHome('', rehearsal);
  const effects = path.join(place.home, 'effects.log');
  writeConfig(place, effects);
  try {
    const random = seeded(plan.seed);
    const load = new Load(plan);
    const restarts: number[] = [];
    const start = () => startDaemonProcess(place, plan.databaseUrl === undefined ? {} : { databaseUrl: plan.databaseUrl });
    let daemon = await start();
    for (let kill = 1; kill <= plan.kills; kill += 1) {
      const sending = load.sendTo(daemon);
      await pause(lifetime(random));
      await daemon.kill9();
      await sending;
      daemon = await start();
      restarts.push(daemon.readyAfterMs);
      if (kill % 10 === 0) plan.progress?.(`${kill}/${plan.kills} kills, ${load.acknowledged.length} acknowledged`);
    }
    await settleAll(daemon);
    const report = await inspect(daemon, load.acknowledged, effects);
    await daemon.stop();
    return { ...report, kills: plan.kills, restartMs: { p50: quantile(restarts, 0.5), p95: quantile(restarts, 0.95) } };
  } finally {
    place.remove();
  }
}

function writeConfig(place: DaemonHome, effects: string): void {
  appendFileSync(
    place.configFile,
    `agents:\n  main:\n    model: rehearsal/default\n    mcp_servers:\n      effect: { command: ${JSON.stringify(process.execPath)}, args: [${JSON.stringify(effectServer)}, ${JSON.stringify(effects)}] }\n`,
  );
}

/** Mostly too short to get anywhere, sometimes long enough to work off what waits. */
function lifetime(random: () => number): number {
  return random() < 0.75 ? 5 + random() * 495 : 500 + random() * 3500;
}

/** Sends until the daemon is gone; a message without an acknowledgement is sent again, with the same id, to the next daemon. */
class Load {
  readonly acknowledged: Acknowledged[] = [];
  readonly #plan: CrashPlan;
  readonly #unacknowledged: { readonly chat: string; readonly key: string }[] = [];
  #sent = 0;

  constructor(plan: CrashPlan) {
    this.#plan = plan;
  }

  async sendTo(daemon: DaemonProcess): Promise<void> {
    let alive = true;
    const inFlight: Promise<void>[] = [];
    for (const message of this.#unacknowledged.splice(0)) inFlight.push(this.#send(daemon, message));
    void daemon.ended.then(() => (alive = false));
    while (alive) {
      this.#sent += 1;
      const message = { chat: `chat-${this.#sent % this.#plan.sessions}`, key: `k${this.#sent}` };
      inFlight.push(this.#send(daemon, message));
      await pause(1000 / this.#plan.messagesPerSecond);
    }
    await Promise.all(inFlight);
  }

  async #send(daemon: DaemonProcess, message: { readonly chat: string; readonly key: string }): Promise<void> {
    const answer = await daemon.request('POST', '/v1/messages', {
      platform: 'terminal',
      chat: message.chat,
      messageId: message.key,
      text: `bump ${message.key}`,
    });
    const body = answer?.body;
    if (answer?.status === 202 && typeof body === 'object' && body !== null && 'turnId' in body && 'sessionKey' in body) {
      this.acknowledged.push({ key: message.key, turnId: String(body.turnId), sessionKey: String(body.sessionKey) });
    } else this.#unacknowledged.push(message);
  }
}

async function settleAll(daemon: DaemonProcess): Promise<void> {
  for (let waited = 0; waited < 600; waited += 1) {
    const status = (await daemon.request('GET', '/v1/status'))?.body as { turns: { queued: number; running: number } } | undefined;
    if (status !== undefined && status.turns.queued + status.turns.running === 0) return;
    await pause(200);
  }
  throw new Error(`turns were still open two minutes after the last kill:\n${daemon.output()}`);
}

interface EntryRow {
  readonly seq: number;
  readonly turnId: string;
  readonly kind: string;
  readonly callId?: string;
  readonly outcome?: string;
}

async function inspect(daemon: DaemonProcess, acknowledged: readonly Acknowledged[], effects: string): Promise<Omit<CrashReport, 'kills' | 'restartMs'>> {
  const counted = new Map<string, number>();
  for (const key of existsSync(effects) ? readFileSync(effects, 'utf8').split('\n').filter(Boolean) : []) counted.set(key, (counted.get(key) ?? 0) + 1);
  const bySession = Map.groupBy(acknowledged, (one) => one.sessionKey);
  const found = {
    lost: [] as string[],
    answeredTwice: [] as string[],
    unanswered: [] as string[],
    missingEffects: [] as string[],
    outOfOrder: [] as string[],
    unknownOutcomes: 0,
  };
  for (const [sessionKey, messages] of bySession) {
    const entries = await readAll<EntryRow>(daemon, `/v1/sessions/${encodeURIComponent(sessionKey)}/entries`);
    const byTurn = Map.groupBy(entries, (entry) => entry.turnId);
    for (const { key, turnId } of messages) {
      const own = byTurn.get(turnId) ?? [];
      const count = (kind: string) => own.filter((entry) => entry.kind === kind).length;
      if (count('message') === 0) found.lost.push(key);
      if (count('message') > 1 || count('answer') > 1) found.answeredTwice.push(key);
      if (count('answer') === 0) found.unanswered.push(`${key}: ${JSON.stringify((await daemon.request('GET', `/v1/turns/${turnId}`))?.body)}`);
      const outcomes = own.filter((entry) => entry.kind === 'tool-result').map((entry) => entry.outcome);
      if (outcomes.includes('done') && (counted.get(key) ?? 0) === 0) found.missingEffects.push(key);
      found.unknownOutcomes += outcomes.filter((outcome) => outcome === 'unknown').length;
    }
    const begun = entries.filter((entry) => entry.kind === 'message').map((entry) => entry.turnId);
    const accepted = await acceptOrder(daemon, sessionKey);
    if (begun.join() !== accepted.join()) found.outOfOrder.push(sessionKey);
  }
  const verdict = (await daemon.request('GET', '/v1/db/verify'))?.body as readonly { ok: boolean; subject: string; message: string }[];
  return {
    ...found,
    acknowledged: acknowledged.length,
    repeatedEffects: [...counted].filter(([, times]) => times > 1).map(([key, times]) => `${key} ×${times}`),
    brokenInvariants: verdict.filter((finding) => !finding.ok).map((finding) => `${finding.subject}: ${finding.message}`),
  };
}

async function readAll<Row extends { readonly seq: number }>(daemon: DaemonProcess, route: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await get<readonly Row[]>(daemon, `${route}?after=${rows.at(-1)?.seq ?? 0}&limit=500`);
    rows.push(...page);
    if (page.length === 0) return rows;
  }
}

async function get<Body>(daemon: DaemonProcess, route: string): Promise<Body> {
  const answer = await daemon.request('GET', route);
  if (answer?.status !== 200) throw new Error(`${route} answered ${JSON.stringify(answer)}`);
  return answer.body as Body;
}

async function acceptOrder(daemon: DaemonProcess, sessionKey: string): Promise<readonly string[]> {
  const turns: string[] = [];
  for (let after = ''; ;) {
    const query = new URLSearchParams({ stream: `session:${sessionKey}`, after, limit: '500' });
    const page = await get<{ events: readonly { type: string; data: { turnId?: string } | null }[]; cursor: string }>(daemon, `/v1/events?${query.toString()}`);
    turns.push(...page.events.filter((event) => event.type === 'message.accepted').map((event) => event.data?.turnId ?? '?'));
    if (page.events.length === 0) return turns;
    after = page.cursor;
  }
}

/** mulberry32: small, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
