/** The agents, their tools, and where a message would go. */
import { type Config, type MessageFacts, type Route, describeMatch, route, sessionAddress } from '@guildhall/agents';
import { askStack } from '@guildhall/authority';
import { type AgentView, type RouteQuery, type RouteView, type Settled, type ToolView, done, formatSessionKey, refuse } from '@guildhall/protocol';
import type { InboundMessage, ToolCatalogue, TranscriptStore } from '@guildhall/sessions';
import type { TeamDirectory } from '../agent-directory.ts';
import type { Operations } from '../operations.ts';

export interface TeamDeps {
  readonly config: () => Config;
  readonly directory: TeamDirectory;
  readonly tools: ToolCatalogue;
  readonly store: TranscriptStore;
  readonly modelReason: () => string;
  readonly reviewServer: (agent: string, server: string, actor: string) => ReturnType<Operations['reviewMcpServer']>;
}

export function teamOperations(deps: TeamDeps): Pick<Operations, 'listAgents' | 'readAgent' | 'listTools' | 'reviewMcpServer' | 'explainRoute'> {
  return {
    async listAgents() {
      const counts = await deps.store.countSessions();
      const views = await Promise.all([...deps.config().agents.keys()].map((id) => viewAgent(deps, id, counts)));
      return views.filter((view) => view !== undefined);
    },

    async readAgent(id) {
      const view = await viewAgent(deps, id, await deps.store.countSessions());
      return view === undefined ? noAgent(id, deps.config()) : done(view);
    },

    async listTools(id) {
      if (deps.directory.agent(id) === undefined) return noAgent(id, deps.config());
      const layers = deps.directory.policyOf(id);
      const present = (await deps.tools.toolsFor(id)).map((tool): ToolView => {
        const answer = askStack(layers, tool.name);
        return { name: tool.name, offered: answer.allowed, reason: answer.rule, description: tool.description };
      });
      const missing = (await deps.tools.missingFor(id)).map(({ name, reason }): ToolView => ({ name, offered: false, reason, description: '' }));
      return done([...present, ...missing].toSorted((a, b) => Number(b.offered) - Number(a.offered) || a.name.localeCompare(b.name)));
    },

    reviewMcpServer: (agent, server, by) => deps.reviewServer(agent, server, by.id),

    explainRoute: (query) => done(explainRoute(deps.config(), query)),
  };
}

export function explainRoute(config: Config, { type, ...facts }: RouteQuery): RouteView {
  return viewRoute(route(config, withoutUndefined({ ...facts, chatType: type })));
}

export function routeMessage(config: Config, message: InboundMessage): RouteView {
  return viewRoute(route(config, message));
}

/** The key of the session of `agent` that a message belongs to. */
export function sessionKeyFor(config: Config, agent: string, message: InboundMessage): Settled<string> {
  const found = config.agents.get(agent);
  return found === undefined ? noAgent(agent, config) : done(formatSessionKey(sessionAddress(found, message)));
}

/** Optional facts without the ones that are not there. */
export function withoutUndefined(facts: { readonly [Key in keyof MessageFacts]: MessageFacts[Key] | undefined } & { readonly platform: string }): MessageFacts {
  const present = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { ...(present as Partial<MessageFacts>), platform: facts.platform };
}

function viewRoute({ agent, tier, rule, losers }: Route): RouteView {
  const name = ({ path, line, matches }: Route['rule']) => (line === null ? `${path} (${matches})` : `${path}, line ${line} (${matches})`);
  return { agent, tier, rule: name(rule), losers: losers.map((loser) => ({ agent: loser.agent, tier: loser.tier, rule: name(loser), reason: loser.reason })) };
}

async function viewAgent(deps: TeamDeps, id: string, counts: ReadonlyMap<string, number>): Promise<AgentView | undefined> {
  const agent = deps.directory.agent(id);
  if (agent === undefined) return undefined;
  const { model, from } = deps.directory.modelOf(agent);
  const layers = deps.directory.policyOf(id);
  return {
    id,
    description: agent.description ?? '',
    default: deps.config().defaultAgent === id,
    model,
    modelFrom: from === 'configuration' ? from : deps.modelReason(),
    rehearsal: model.startsWith('rehearsal/'),
    workspace: await deps.directory.workspaceOf(id),
    dmScope: agent.dmScope,
    tools: (await deps.tools.toolsFor(id)).map((tool) => tool.name).filter((name) => askStack(layers, name).allowed),
    bindings: deps
      .config()
      .bindings.filter((binding) => binding.agent === id)
      .map((binding) => describeMatch(binding.match)),
    sessions: counts.get(id) ?? 0,
  };
}

function noAgent(id: string, config: Config): Settled<never> {
  const names = [...config.agents.keys()].slice(0, 20).join(', ');
  return refuse('not-found', `there is no agent "${id.slice(0, 64)}"; there are: ${names}`);
}
