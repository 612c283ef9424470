/** The guardrails that look at what is asked, by whom, within which chain and under which rules. Nothing is counted here. */
import { chainLimits, handoffDepth } from '@guildhall/authority';
import type { Guardrail } from '@guildhall/protocol';
import { type Answer, ask, type Ask, type Judged, no, yes } from './guardrail.ts';
import { confirmationRule, isKnownRisk } from './risk.ts';

type Stated = Extract<
  Guardrail,
  'enabled' | 'source-allowed' | 'target-allowed' | 'target-accepts' | 'target-open' | 'risk' | 'forbidden-actions' | 'depth' | 'loop' | 'visible-delivery'
>;

export const statedGuardrails: Readonly<Record<Stated, Ask>> = {
  enabled: ({ rules }) => {
    if (!rules.enabled) return no('handoffs are switched off: set session_triggers.enabled to true', { enabled: false });
    return yes('handoffs are switched on', { enabled: true });
  },
  'source-allowed': ({ source, rules }) => {
    const inputs = { source: source.name, agent: source.agent };
    if (rules.source === undefined) return no(`${source.agent} may hand off nothing: name it under session_triggers.sources`, inputs);
    return yes(`${source.agent} is named under session_triggers.sources`, inputs);
  },
  'target-allowed': targetAllowed,
  'target-accepts': ({ source, rules: { target }, target: { agent } }) => {
    const inputs = { source: source.agent, target: agent, allowedSources: target.allowedSources === '*' ? '*' : [...target.allowedSources] };
    if (target.allowedSources === '*') return yes(`${agent} takes work from whoever may name it`, inputs);
    if (target.allowedSources.includes(source.agent)) return yes(`${agent} takes work from ${source.agent}`, inputs);
    return no(`${agent} takes no work from ${source.agent}: it is not in session_triggers.targets.${agent}.allowed_sources`, inputs);
  },
  'target-open': ({ target, targetClosed }) => {
    const inputs = { target: target.name, session: target.sessionKey };
    return targetClosed === null ? yes(`${target.name} can take work`, inputs) : no(targetClosed, { ...inputs, closed: targetClosed });
  },
  risk: riskGuardrail,
  'forbidden-actions': ({ allForbidden, rules }) => {
    const inputs = { forbidden: allForbidden };
    const unknown = allForbidden.filter((name) => !rules.actions.has(name));
    if (unknown.length > 0)
      return no(`nobody has said what ${unknown.map((name) => `"${name}"`).join(', ')} covers, so it cannot be kept from happening: define it under actions`, {
        ...inputs,
        unknown,
      });
    return yes(allForbidden.length === 0 ? 'no action is forbidden' : `it is defined what these cover: ${allForbidden.join(', ')}`, inputs);
  },
  depth: depthGuardrail,
  loop: ({ source, target, chain }) => {
    const visited = [...new Set([...(chain?.visited ?? []), source.agent, source.name])];
    const inputs = { target: target.name, agent: target.agent, visited };
    const wanted = isRole(target.name) ? target.name : target.agent;
    if (visited.includes(wanted)) return no(`${wanted} has already acted in this chain (${visited.join(' → ')}), so this would go in a circle`, inputs);
    return yes(`${wanted} has not acted in this chain`, inputs);
  },
  'visible-delivery': ({ target, hidden }) => {
    const inputs = { target: target.name, session: target.sessionKey };
    return hidden === null ? yes('people see it where it is done', inputs) : no(hidden, { ...inputs, hidden });
  },
};

function targetAllowed({ source, target, rules }: Judged): Answer {
  const inputs = { target: target.name, agent: target.agent, allowedTargets: [...(rules.source?.allowedTargets ?? [])] };
  if (target.sessionKey === source.sessionKey) return no(`${source.name} may not hand off to itself`, inputs);
  // Without rules for the source it is refused as a source; there is no list to look into.
  if (rules.source === undefined) return yes('there is no list to look into', inputs);
  if (rules.source.allowedTargets.includes(target.agent)) return yes(`${source.agent} may hand off to ${target.agent}`, inputs);
  return no(`${source.agent} may not hand off to ${target.agent}: it is not in session_triggers.sources.${source.agent}.allowed_targets`, inputs);
}

function riskGuardrail({ risk, riskLevel, mustAsk, rules }: Judged): Answer {
  const waitFor = rules.source?.requireHumanConfirmationFor ?? [];
  const names = [risk, rules.target.risk, ...(rules.source === undefined ? [] : [rules.source.defaultRisk])];
  const unknown = names.find((name) => !isKnownRisk(name, rules.riskClasses));
  const inputs = {
    declared: risk,
    sourceDefault: rules.source?.defaultRisk ?? null,
    targetLeast: rules.target.risk,
    level: riskLevel,
    waitFor: [...waitFor],
    mustAsk,
  };
  if (mustAsk) return ask('whoever asked for it wants a person to say yes first', inputs);
  if (unknown !== undefined) return ask(`nobody knows a risk "${unknown}", so it counts as dangerous and waits for a person`, inputs);
  const entry = confirmationRule(waitFor, riskLevel, names);
  if (entry === undefined) return yes(`risk ${riskLevel} needs no person's yes`, inputs);
  const named = names.find((name) => name !== riskLevel && name === entry);
  return ask(`risk ${named ?? riskLevel} waits for a person: require_human_confirmation_for names ${entry}`, inputs);
}

function depthGuardrail({ chain, source, rules }: Judged): Answer {
  const depth = (chain === null ? 0 : handoffDepth(chain)) + 1;
  const steps = (chain?.depth ?? 0) + 1;
  const limits = chain === null ? undefined : chainLimits(chain);
  const allowed = Math.min(rules.source?.maxDepth ?? Infinity, limits?.handoffs ?? Infinity);
  const inputs = { depth, maxDepth: Number.isFinite(allowed) ? allowed : null, steps, maxSteps: limits?.depth ?? null };
  if (rules.source?.maxDepth === 0) return no(`${source.agent} may hand off nothing: session_triggers.sources.${source.agent}.max_depth is 0`, inputs);
  if (depth > allowed) return no(`this would be handoff ${depth} in a row, and ${allowed} may follow one another (max_depth)`, inputs);
  if (limits !== undefined && steps > limits.depth)
    return no(`this would be step ${steps} of a chain that may have ${limits.depth} (limits.chain_depth)`, inputs);
  return yes(`handoff ${depth} in a row is within what may follow one another`, inputs);
}

function isRole(name: string): boolean {
  return name.startsWith('role:');
}
