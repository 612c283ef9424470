/**
 * Hooks: programs and addresses of the operator that are told of turns and tool calls. A `before_…` hook can refuse; it can never allow what policy denies. A command gets the event as
 * JSON on standard input and allows with exit 0, refuses with exit 2 (standard error is the reason); an address gets it as a POST and allows with 2xx and no `{"allow": false}`.
 * Anything else, also silence past the deadline, refuses before and is only noted after.
 */
import { spawn } from 'node:child_process';
import { deadline } from '@guildhall/kernel';
import type { HookAnswer, HookEvent, TurnHooks } from '@guildhall/sessions';

export interface Hook {
  readonly event: 'before_turn' | 'after_turn' | 'before_tool' | 'after_tool';
  /** Agents it is for; absent means all. */
  readonly agents?: readonly string[];
  readonly command?: readonly string[];
  readonly url?: string;
  readonly timeoutMs: number;
}

export function createHooks(
  hooksInForce: () => readonly Hook[],
  onHook: (ran: {
    readonly hook: Hook;
    readonly agent: string;
    readonly sessionKey: string;
    readonly allow: boolean;
    readonly reason: string;
  }) => Promise<void>,
): TurnHooks {
  const run = async (event: Hook['event'], { signal, ...facts }: HookEvent & Record<string, unknown>): Promise<HookAnswer> => {
    for (const hook of hooksInForce()) {
      if (hook.event !== event || hook.agents?.includes(facts.agent) === false) continue;
      const answer = await runHook(hook, JSON.stringify({ event, ...facts }), signal);
      await onHook({ hook, agent: facts.agent, sessionKey: facts.sessionKey, allow: answer.allow, reason: answer.allow ? '' : answer.reason });
      if (!answer.allow) return answer;
    }
    return { allow: true };
  };
  return {
    beforeTurn: (event) => run('before_turn', { ...event }),
    beforeTool: (event) => run('before_tool', { ...event }),
    async afterTurn(event) {
      await run('after_turn', { ...event });
    },
    async afterTool(event) {
      await run('after_tool', { ...event });
    },
  };
}

async function runHook(hook: Hook, payload: string, signal: AbortSignal): Promise<HookAnswer> {
  const limit = deadline(hook.timeoutMs, signal);
  try {
    return await (hook.url === undefined ? runCommand(hook.command ?? [], payload, limit.signal) : post(hook.url, payload, limit.signal));
  } catch (error) {
    const why = limit.expired() ? `did not answer within ${hook.timeoutMs} ms` : error instanceof Error ? error.message : String(error);
    return { allow: false, reason: `the hook ${hook.url ?? hook.command?.[0] ?? ''} ${why}` };
  } finally {
    limit.clear();
  }
}

async function post(url: string, payload: string, signal: AbortSignal): Promise<HookAnswer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: payload, signal, redirect: 'error' });
  const text = (await response.text()).slice(0, 10_000);
  if (!response.ok) return { allow: false, reason: `answered ${response.status}` };
  if (text.trim() === '') return { allow: true };
  const answer: unknown = JSON.parse(text);
  if (typeof answer === 'object' && answer !== null && 'allow' in answer && answer.allow === false) {
    return { allow: false, reason: 'reason' in answer && typeof answer.reason === 'string' ? answer.reason.slice(0, 500) : 'it said no' };
  }
  return { allow: true };
}

function runCommand(argv: readonly string[], payload: string, signal: AbortSignal): Promise<HookAnswer> {
  const [program, ...args] = argv;
  if (program === undefined) return Promise.resolve({ allow: false, reason: 'the hook has no command' });
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], detached: true, env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' } });
    const kill = () => {
      if (child.pid !== undefined) tryKill(-child.pid);
      reject(new Error('was stopped'));
    };
    signal.addEventListener('abort', kill, { once: true });
    let reason = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (reason.length < 500) reason += chunk.toString('utf8');
    });
    child.stdin.on('error', () => {});
    child.stdin.end(payload);
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', kill);
      if (code === 0) resolve({ allow: true });
      else resolve({ allow: false, reason: reason.trim().slice(0, 500) || `exited with ${code}` });
    });
  });
}

function tryKill(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}
