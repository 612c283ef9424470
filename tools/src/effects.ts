/** What calls do, for the gate: it looks here for actions that a chain may not take. */
import type { CallEffects } from '@guildhall/authority';
import type { ToolContext } from '@guildhall/sessions';

/** It reads, says or remembers, or what it starts carries the chain of this turn and is judged there. */
export function noEffects(): CallEffects {
  return { kind: 'none' };
}

/** Replaces the file at `path`, which is parsed; `hosts` are asked on the way. */
export function writesFile(path: string, { workspace }: ToolContext, hosts: readonly string[] = []): CallEffects {
  return { kind: 'known', paths: [path, `${workspace}/${path}`], ...(hosts.length === 0 ? {} : { hosts }) };
}

export function reachesHosts(hosts: readonly string[]): CallEffects {
  return { kind: 'known', hosts };
}
