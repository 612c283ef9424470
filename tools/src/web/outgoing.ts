/** Whether words may leave for the web without a person's yes. */
import type { ToolContext } from '@guildhall/sessions';
import { plainHost } from './web-address.ts';

/** Hosts an agent may ask without a yes: exact names, or `*.example.org` for the names below. Absent means any. */
export type AllowedHosts = readonly string[] | undefined;

/** A sentence when sending to `hosts` needs a yes: a host that is not listed, or a chain that strangers' words began and no list. */
export function dangerOfSending(hosts: readonly string[], allowed: AllowedHosts, context: ToolContext): string | null {
  if (allowed !== undefined) {
    const unlisted = hosts.find((host) => !allowed.some((pattern) => matchesHost(pattern, host)));
    return unlisted === undefined ? null : `"${unlisted}" is not on this agent's list of web hosts`;
  }
  return context.provenance.trust === 'untrusted' ? 'an untrusted source began this chain, and a web address can carry words out' : null;
}

/** Which redirects of `url` may be followed: the gate has seen its host alone, so another is a call of its own wherever one could be refused. */
export function followable(url: string, allowed: AllowedHosts, context: ToolContext): (host: string) => boolean {
  const asked = URL.canParse(url) ? plainHost(new URL(url)) : '';
  return (host) => host === asked || (context.provenance.forbidden.length === 0 && dangerOfSending([host], allowed, context) === null);
}

function matchesHost(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase();
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted;
}
