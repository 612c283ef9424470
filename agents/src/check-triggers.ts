/** What the part about handing work over says about agents, actions, risks and people. */
import { builtInActions } from '@guildhall/authority';
import type { ConfigPath } from './config-error.ts';
import type { Draft, Findings } from './draft.ts';
import { meantHint } from './nearest.ts';
import { approverProblem } from './approvers.ts';
import { platforms } from './platforms.ts';
import { isRiskLevel, riskNames } from './risk-names.ts';
import { findPatternProblem } from './tool-policy.ts';
import type { WrittenTriggerSource } from './trigger-schema.ts';

export function checkTriggers(draft: Draft, findings: Findings): void {
  const triggers = draft.written.session_triggers;
  for (const [source, rule] of Object.entries(triggers?.sources ?? {})) checkSource(source, rule, draft, findings);
  for (const [target, rule] of Object.entries(triggers?.targets ?? {})) {
    const path = ['session_triggers', 'targets', target];
    checkIsAgent(target, path, draft, findings, 'name');
    if (rule.allowed_sources !== undefined && rule.allowed_sources !== '*')
      checkAgents(target, rule.allowed_sources, [...path, 'allowed_sources'], draft, findings);
    if (rule.risk !== undefined) checkRisk(rule.risk, [...path, 'risk'], draft, findings);
  }
  checkActions(draft, findings);
  for (const name of Object.keys(draft.written.risk_classes ?? {})) {
    if (isRiskLevel(name)) findings.keyError(['risk_classes', name], `"${name}" is a level of risk already`, 'give the class another name');
  }
  checkApprovers(draft, findings);
}

function checkSource(source: string, rule: WrittenTriggerSource, draft: Draft, findings: Findings): void {
  const path = ['session_triggers', 'sources', source];
  checkIsAgent(source, path, draft, findings, 'name');
  checkAgents(source, rule.allowed_targets, [...path, 'allowed_targets'], draft, findings);
  if (rule.default_risk !== undefined) checkRisk(rule.default_risk, [...path, 'default_risk'], draft, findings);
  for (const [index, name] of (rule.require_human_confirmation_for ?? []).entries())
    checkRisk(name, [...path, 'require_human_confirmation_for', index], draft, findings);
  const known = [...new Set([...builtInActions.keys(), ...draft.actionNames])];
  for (const [index, name] of (rule.forbidden_actions ?? []).entries()) {
    if (!known.includes(name))
      findings.error([...path, 'forbidden_actions', index], `nobody has said what the action "${name}" covers`, unknownActionHint(name, known));
  }
  checkBudgets(source, rule, path, findings);
}

function unknownActionHint(name: string, known: readonly string[]): string {
  return `${meantHint(name, known, 'actions known')}; others are defined under actions`;
}

/** What is spent in a day is only kept to when each handoff sets aside what it may cost. */
function checkBudgets(source: string, rule: WrittenTriggerSource, path: ConfigPath, findings: Findings): void {
  const days = [
    { at: [...path, 'budget'], day: rule.budget },
    ...Object.entries(rule.edges ?? {}).map(([target, day]) => ({ at: [...path, 'edges', target], day })),
  ];
  for (const { at, day } of days) {
    for (const unit of ['usd', 'tokens'] as const) {
      const [limit, each] = [day?.[`${unit}_per_day`], rule.budget?.[`${unit}_per_handoff`]];
      if (limit === undefined) continue;
      const here = [...at, `${unit}_per_day`];
      if (each === undefined)
        findings.error(here, `${unit}_per_day needs ${unit}_per_handoff, which is set aside for each handoff`, `add budget.${unit}_per_handoff to ${source}`);
      else if (each > limit) findings.error(here, `one handoff may cost ${each}, so not even one fits into ${limit}`, `raise it, or lower ${unit}_per_handoff`);
    }
  }
  for (const target of Object.keys(rule.edges ?? {})) {
    if (!rule.allowed_targets.includes(target))
      findings.keyError(
        [...path, 'edges', target],
        `${source} may not hand off to ${target}, so this limits nothing`,
        `add ${target} to allowed_targets, or remove it`,
      );
  }
}

function checkAgents(self: string, agents: readonly string[], path: ConfigPath, draft: Draft, findings: Findings): void {
  for (const [index, agent] of agents.entries()) {
    const here = [...path, index];
    if (agent === self) findings.error(here, `${self} may not hand off to itself`, 'remove it');
    else if (!draft.agentIds.includes(agent)) checkIsAgent(agent, here, draft, findings, 'value');
    else if (agents.indexOf(agent) !== index) findings.warn(here, `${agent} is listed twice`, 'remove it');
  }
}

function checkIsAgent(agent: string, path: ConfigPath, draft: Draft, findings: Findings, what: 'name' | 'value'): void {
  if (draft.agentIds.includes(agent)) return;
  const [message, hint] = [`there is no agent "${agent}"`, meantHint(agent, draft.agentIds, 'agents')];
  if (what === 'name') findings.keyError(path, message, hint);
  else findings.error(path, message, hint);
}

function checkRisk(name: string, path: ConfigPath, draft: Draft, findings: Findings): void {
  const known = riskNames(draft.riskClassNames);
  if (known.includes(name)) return;
  findings.error(path, `"${name}" is neither a level nor a class of risk`, `${meantHint(name, known, 'known are')}; others are described under risk_classes`);
}

function checkActions(draft: Draft, findings: Findings): void {
  const servers = [...draft.agents.values()].flatMap((agent) => Object.keys(agent.mcp_servers ?? {}));
  for (const [name, { tools = [], argv = [], hosts = [], paths = [] }] of Object.entries(draft.written.actions ?? {})) {
    const path = ['actions', name];
    if (tools.length + argv.length + hosts.length + paths.length === 0)
      findings.keyError(path, `${name} covers nothing, so forbidding it would keep nothing from happening`, 'add tools, argv, hosts or paths');
    for (const [index, pattern] of tools.entries()) {
      const problem = findPatternProblem(pattern, servers, 'no agent has an');
      if (problem === undefined) continue;
      const { message, typed, candidates } = problem;
      findings.error([...path, 'tools', index], message, candidates.length === 0 ? 'add it to an agent first' : meantHint(typed, candidates, 'known are'));
    }
    for (const [index, line] of argv.entries()) {
      if (typeof line === 'string' && line.trim() === '') findings.error([...path, 'argv', index], 'this is no command', 'write the program, or remove it');
    }
  }
}

function checkApprovers(draft: Draft, findings: Findings): void {
  const known = [...platforms, ...Object.values(draft.written.channels ?? {}).map(({ platform }) => platform)];
  for (const [index, approver] of (draft.written.approvals?.approvers ?? []).entries()) {
    const path = ['approvals', 'approvers', index];
    const problem = approverProblem(approver);
    if (problem === undefined) {
      const platform = approver.slice(0, approver.indexOf(':'));
      if (!known.includes(platform)) findings.warn(path, `no message comes from a platform "${platform}"`, meantHint(platform, known, 'platforms known'));
      continue;
    }
    findings.error(path, 'an approver is a platform and the id it gave the person for good; a name can be taken by somebody else', problem.hint);
  }
}
