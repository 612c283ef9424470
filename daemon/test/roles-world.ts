/** A daemon with a team whose roles are filled, for tests that ask work of them. */
import { type RoleRunView, planFindingView, roleRunView, roleView } from '@guildhall/protocol';
import { z } from 'zod';
import { rehearsalOf } from '../../test/e2e/conversation.ts';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../../test/harness/daemon-process.ts';

export interface RolesWorld {
  readonly place: DaemonHome;
  readonly daemon: DaemonProcess;
  /** As the operator; throws unless the answer is 2xx. */
  operator(method: string, route: string, body?: unknown): Promise<unknown>;
  /** Asks work of a role and waits for its outcome. */
  invoke(role: string, task: string, more?: object): Promise<RoleRunView>;
  runs(): Promise<readonly RoleRunView[]>;
  findings(): Promise<readonly z.infer<typeof planFindingView>[]>;
  role(role: string): Promise<z.infer<typeof roleView>>;
  stop(): Promise<void>;
}

/** With a space and a slash: the id is what was written, everywhere. */
export const plan = 'A/B plan';
export const planRoute = `/v1/plans/${encodeURIComponent(plan)}`;

export async function startRolesWorld(
  options: { readonly rules?: readonly object[]; readonly config?: object; readonly env?: Record<string, string> } = {},
): Promise<RolesWorld> {
  const config = {
    agents: {
      chief: { default: true, tools: { profile: 'coding' } },
      smith: { tools: { profile: 'coding', also_allow: ['invoke_role'] } },
      tester: { tools: { profile: 'coding' } },
    },
    roles: { lead: { agent: 'chief' }, developer: { agent: 'smith' }, validator: { agent: 'tester' }, release: { person: true } },
    model: 'rehearsal/default',
    ...options.config,
  };
  const place = createHome(JSON.stringify(config), rehearsalOf(options.rules ?? []));
  const daemon = await startDaemonProcess(place, options.env === undefined ? {} : { env: options.env });
  const operator = async (method: string, route: string, body?: unknown): Promise<unknown> => {
    const answer = await daemon.request(method, route, body);
    if (answer === undefined || answer.status >= 300) throw new Error(`${method} ${route} was answered ${JSON.stringify(answer)}\n${daemon.output()}`);
    return answer.body;
  };
  return {
    place,
    daemon,
    operator,
    async invoke(role, task, more = {}) {
      const begun = roleRunView.parse(await operator('POST', `${planRoute}/roles/${role}/turns`, { task, ...more }));
      return roleRunView.parse(await operator('GET', `${planRoute}/runs/${begun.id}?waitMs=20000`));
    },
    runs: async () => z.array(roleRunView).parse(await operator('GET', `${planRoute}/runs`)),
    findings: async () => z.array(planFindingView).parse(await operator('GET', '/v1/findings')),
    role: async (role) => roleView.parse(await operator('GET', `${planRoute}/roles/${role}`)),
    async stop() {
      await daemon.stop();
      place.remove();
    },
  };
}
