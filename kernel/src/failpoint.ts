/**
 * Named points at which a test can stop the process, throw or wait. Compiled in always, asleep unless `configureFailpoints` was called with a spec such as
 * `turn.step-recorded=kill@3,outbound.sent=throw`: at the third passing kill -9 this process; throw at every passing.
 */
import { Fault } from '@guildhall/protocol';

/** Points on the way of a message to its answer. A crash test runs each; a name that is in no list of failpoints does not type. */
export const failpoints = [
  'inbox.before-accept',
  'inbox.after-accept',
  'turn.after-begin',
  'turn.after-prepare',
  'turn.after-model-step',
  'turn.after-tool-started',
  'turn.after-tool-effect',
  'turn.after-tool-finished',
  'turn.before-finish',
  'turn.after-finish',
  'outbound.before-send',
  'outbound.after-send',
  'outbound.after-mark',
  'migration.before-commit',
  'migration.after-commit',
] as const;

/** Points on the way of what is asked of a role, from asking to the judged outcome, and of a finding until it is closed. */
export const roleFailpoints = [
  'role.before-invoke',
  'role.after-invoke',
  'role.before-retire',
  'role.after-retire',
  'role.before-reopen',
  'role.after-reopen',
  'role.before-rotate',
  'role.after-rotate',
  'role.before-settle',
  'role.after-settle',
  'finding.before-report',
  'finding.after-report',
  'finding.before-dispose',
  'finding.after-dispose',
  'finding.before-deliver',
  'finding.after-deliver',
  'finding.before-task',
  'finding.after-task',
  'finding.before-remediate',
  'finding.after-remediate',
] as const;

/** Before and after the transaction in which a due schedule becomes a message. */
export const scheduleFailpoints = ['schedule.before-fire', 'schedule.after-fire'] as const;

/** Points on the way of a handoff: before and after each transaction of it. */
export const handoffFailpoints = [
  'handoff.before-request',
  'handoff.after-request',
  'handoff.before-approval',
  'handoff.after-approval',
  'handoff.before-start',
  'handoff.after-start',
  'handoff.before-settle',
  'handoff.after-settle',
  'handoff.before-summary',
  'handoff.after-summary',
  'handoff.before-cancel',
  'handoff.after-cancel',
] as const;

export type Failpoint =
  | (typeof failpoints)[number]
  | (typeof roleFailpoints)[number]
  | (typeof scheduleFailpoints)[number]
  | (typeof handoffFailpoints)[number];

interface Armed {
  readonly action: 'kill' | 'throw' | 'delay';
  /** Act at the n-th passing only; 0 means at every passing. */
  readonly at: number;
  passed: number;
}

const armed = new Map<Failpoint, Armed>();

/** Arms failpoints from their written form; an unknown name or action is a fault, so that a test cannot pass by a typing error. */
export function configureFailpoints(spec: string): void {
  armed.clear();
  for (const part of spec.split(',').filter((text) => text !== '')) {
    const [name, rest = ''] = part.split('=');
    const [action, at = '0'] = rest.split('@');
    const point = [...failpoints, ...roleFailpoints, ...scheduleFailpoints, ...handoffFailpoints].find((candidate) => candidate === name);
    if (point === undefined || (action !== 'kill' && action !== 'throw' && action !== 'delay')) {
      throw new Fault('bad-failpoint', `"${part}" is not <failpoint>=kill|throw|delay[@n]`);
    }
    armed.set(point, { action, at: Number(at), passed: 0 });
  }
}

export async function failpoint(name: Failpoint): Promise<void> {
  const point = armed.get(name);
  if (point === undefined) return;
  point.passed += 1;
  if (point.at !== 0 && point.passed !== point.at) return;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (point.action === 'throw') throw new Fault('failpoint', `failpoint ${name}`);
  await new Promise((resolve) => setTimeout(resolve, 200));
}
