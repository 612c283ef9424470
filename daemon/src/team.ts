/** The team: agents, models, tools and hooks joined into what turns need. */
import { homedir } from 'node:os';
import type { AgentConfig, HookConfig } from '@guildhall/agents';
import { type Settled, done, eventData, installationStream, refuse, sessionStream } from '@guildhall/protocol';
import { type Channel, type LiveHub, type SessionRunner, type ToolCatalogue, type Turn, type TurnDeps } from '@guildhall/sessions';
import type { KanbanPort } from '@guildhall/tools';
import { createTeamDirectory, type TeamDirectory } from './agent-directory.ts';
import { answerCommand } from './chat-commands.ts';
import { type ChildDeps, delegatePlatform, runChild } from './children.ts';
import type { Environment } from './environment.ts';
import { openChannels } from './open-channels.ts';
import { createHooks, type Hook } from './hooks.ts';
import type { JournalTail } from './journal-tail.ts';
import { replyToChat } from './handoffs/handoff-turns.ts';
import { handoffPlatform } from './handoffs/handoff-place.ts';
import type { TeamHandoffs } from './keep-handoffs.ts';
import type { TeamRoles } from './keep-roles.ts';
import type { Log } from './log.ts';
import { openModels } from './model-choice.ts';
import { createQueue } from './one-at-a-time.ts';
import type { Foundation } from './foundation.ts';
import { openTools } from './team-tools.ts';
import { isPulled } from './platforms.ts';
import { streamHint } from './waiting-for-events.ts';

export interface Team {
  readonly directory: TeamDirectory;
  readonly tools: ToolCatalogue;
  readonly turnDeps: TurnDeps;
  readonly model: () => { readonly id: string; readonly reason: string };
  readonly isChild: (sessionKey: string) => boolean;
  readonly channels: () => readonly Channel[];
  readonly reviewServer: (agent: string, server: string, actor: string) => Promise<Settled<{ readonly hash: string; readonly tools: readonly string[] }>>;
  close(): Promise<void>;
}

export interface TeamParts {
  readonly environment: Environment;
  readonly foundation: Foundation;
  readonly tail: JournalTail;
  readonly live: LiveHub;
  readonly log: Log;
  readonly kanban: KanbanPort;
  readonly roles: TeamRoles;
  readonly handoffs: TeamHandoffs;
  /** Made after the team, from it. */
  readonly runner: () => SessionRunner;
}

export async function openTeam(parts: TeamParts): Promise<Team> {
  const { environment, foundation, tail, live, log, kanban, roles, handoffs, runner } = parts;
  const { clock, ids, store, config } = foundation;
  const models = await openModels(config, environment, clock, (error) => log.error({ err: error }, 'choosing a model failed'));
  const homes = { home: environment.home, userHome: homedir() };
  const directory = createTeamDirectory({
    config: config.current,
    homes,
    clock,
    defaultModel: () => models.default().id,
    estimateStep: models.estimateStep,
    readMemory: (workspace) => tools.memoryText(workspace),
    readInWorkspace: (workspace, path) => tools.workspaceText(workspace, path),
    roles: roles.turns,
    handoffs: handoffs.turns,
  });
  const children: ChildDeps = {
    store: store.sessions,
    ids,
    clock,
    runner,
    policyOf: directory.policyOf,
    limitsOf: (agent) => limitsOf(directory.agent(agent)),
    oneAtATime: createQueue(),
    turnHint: (sessionKey, signal) => streamHint(tail, clock, sessionStream(sessionKey), signal),
  };
  const channels = () => openChannels(config.current(), environment.variables, clock);
  const platforms = () => channels().map((channel) => channel.platform);
  const tools = await openTools({
    environment,
    foundation,
    directory,
    log,
    kanban,
    roles,
    handoffs: handoffs.port,
    platforms,
    runChild: (task, index, context) => runChild(children, task, index, context),
  });
  const modelName = (id: string) => {
    const agent = directory.agent(id);
    return agent === undefined ? 'none' : directory.modelOf(agent).model;
  };
  const hooks = createHooks(
    () => config.current().hooks.map(toHook),
    async ({ hook, ...ran }) => {
      await store.journal.appendEvents([
        {
          stream: installationStream,
          type: 'hook.ran',
          actor: 'daemon',
          provenance: null,
          data: eventData({ event: hook.event, run: hook.url ?? hook.command?.[0], ...ran }),
        },
      ]);
    },
  );
  const commands = { config: config.current, modelOf: modelName, approvals: store.approvals, handoffs: store.handoffs };
  const turnDeps: TurnDeps = {
    store: store.sessions,
    approvals: store.approvals,
    standingApprovals: store.standingApprovals,
    actions: () => config.current().actions,
    budgets: store.budgets,
    agents: directory,
    runtime: models.runtime,
    tools: tools.catalogue,
    hooks,
    preparation: roles.preparation,
    live,
    clock,
    ids,
    async replyTo(turn, text) {
      const { message } = await handoffs.turns.answeredBy(turn);
      if (message.platform === handoffPlatform) return replyToChat(config.current(), turn, text, platforms());
      return isPulled(message.platform) ? null : replyTo(turn, message, text);
    },
    maxAttempts: 20,
    answerCommand: async (turn) => (await roles.turns.personsAnswer(turn)) ?? (await handoffs.turns.ownWordsOf(turn)) ?? answerCommand(commands, turn),
    approvalTimeoutMs: () => config.current().approvalTimeoutMs,
    approvalHint: async (signal) => {
      const answered = new AbortController();
      const stop = tail.on(['approval.given', 'approval.denied', 'approval.expired'], () => answered.abort());
      await clock.sleep(1000, AbortSignal.any([answered.signal, signal]));
      stop();
    },
  };
  return {
    directory,
    tools: tools.catalogue,
    turnDeps,
    channels,
    model: models.default,
    isChild: (sessionKey) => !sessionKey.startsWith('role:') && sessionKey.split(':')[2] === delegatePlatform,
    reviewServer: async (agent, server, actor) => {
      if (directory.agent(agent) === undefined) return refuse('not-found', `there is no agent "${agent.slice(0, 64)}"`);
      const approved = await tools.approveChanged(agent, server, actor);
      return approved === undefined
        ? refuse(
            'not-found',
            `${agent} has no MCP server "${server.slice(0, 64)}" with a changed tool set; see: guildhall tools list --agent ${agent} --explain`,
          )
        : done(approved);
    },
    close: tools.close,
  };
}

function limitsOf(agent: AgentConfig | undefined) {
  return { maxDepth: agent?.subagents.maxDepth ?? 0, maxChildren: agent?.subagents.maxChildren ?? 0 };
}

function toHook({ event, run, agents, timeoutMs }: HookConfig): Hook {
  return { event, timeoutMs, ...(agents === undefined ? {} : { agents }), ...(run.kind === 'command' ? { command: run.argv } : { url: run.url }) };
}

/** The id is the turn's, so that an answer is one intent whatever happens between its making and its commit. */
function replyTo({ id }: Turn, { platform, account, chat, thread, messageId }: Turn['message'], text: string) {
  return { id: `out_${id}`, platform, account, chat, ...(thread === undefined ? {} : { thread }), text, replyTo: messageId };
}
