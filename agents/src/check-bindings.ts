/** Bindings that name nobody, can never match, or are never asked. */
import { expandBinding, findShadows } from './bindings.ts';
import type { Binding } from './config.ts';
import type { ConfigPath } from './config-error.ts';
import type { Draft, Findings } from './draft.ts';
import { meantHint, nearest } from './nearest.ts';
import { isKnownPlatform, platforms } from './platforms.ts';
import { describeMatch } from './route.ts';

export function checkBindings(draft: Draft, findings: Findings): void {
  const bindings: Binding[] = [];
  for (const { index, written } of draft.bindings) {
    const path: ConfigPath = ['bindings', index];
    if (!draft.agentIds.includes(written.agent))
      findings.error([...path, 'agent'], `there is no agent "${written.agent}"`, meantHint(written.agent, draft.agentIds, 'agents'));
    const { platform } = written;
    if (platform !== undefined && platform !== '*' && !isKnownPlatform(platform)) warnOfPlatform(platform, [...path, 'platform'], findings);
    const expanded = expandBinding(written, { index, line: 0 });
    if (expanded.ok) bindings.push(expanded.binding);
    else findings.error(expanded.problem.key === '' ? path : [...path, expanded.problem.key], expanded.problem.message, expanded.problem.hint);
  }
  for (const [binding, shadows] of findShadows(bindings)) {
    const names = shadows.map((shadow) => `bindings[${shadow.index}] (${describeMatch(shadow.match)} → ${shadow.agent})`).join(' and ');
    findings.error(
      ['bindings', binding.index],
      `this never matches: ${names} ${shadows.length === 1 ? 'takes' : 'take'} every message it could`,
      'remove it, move it up, or add a key',
    );
  }
}

function warnOfPlatform(platform: string, path: ConfigPath, findings: Findings): void {
  const near = nearest(platform, platforms);
  findings.warn(
    path,
    `"${platform}" is not a platform Guildhall brings`,
    near === undefined ? 'fine when an adapter of your own sends it' : `did you mean "${near}"?`,
  );
}
