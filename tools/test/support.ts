/** Real folders and real calls for the tests of tools. */
import { mkdtemp, mkdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemIds } from '@guildhall/kernel';
import type { JsonObject, Provenance, Settled } from '@guildhall/protocol';
import type { Tool, ToolContext, ToolResult } from '@guildhall/sessions';
import { afterEach } from 'vitest';
import { createWorkspaces, type WorkspacesOptions } from '../src/workspace/admission.ts';
import type { Workspace, Workspaces } from '../src/workspace/workspace.ts';

export const clock = systemClock;
export const ids = systemIds(() => Date.now());

const made: string[] = [];

afterEach(async () => {
  for (const path of made.splice(0)) await rm(path, { recursive: true, force: true, maxRetries: 5 });
});

/** A throw-away folder with an empty `workspace` in it, and the real paths of both. */
export async function freshWorkspace(): Promise<{ readonly outside: string; readonly workspace: string }> {
  const outside = await realpath(await mkdtemp(join(tmpdir(), 'guildhall-tools-')));
  made.push(outside);
  const workspace = join(outside, 'workspace');
  await mkdir(workspace);
  return { outside, workspace };
}

export function workspacesFor(options: Partial<WorkspacesOptions> = {}): Workspaces {
  return createWorkspaces({ clock, ids, ...options });
}

export async function admitted(path: string, options: Partial<WorkspacesOptions> = {}): Promise<Workspace> {
  const workspace = await workspacesFor(options).admit(path);
  if (!workspace.ok) throw new Error(workspace.refusal.message);
  return workspace.value;
}

export const personsChain: Provenance = {
  root: 'r',
  origin: 'credential:operator',
  trust: 'operator',
  hops: [],
  depth: 0,
  visited: [],
  forbidden: [],
  layers: [],
  budgets: [],
};

export function contextFor(workspace: string, changes: Partial<ToolContext> = {}): ToolContext {
  return {
    agent: 'coder',
    sessionKey: 'agent:coder:main',
    turnId: 'turn_1',
    callId: ids.next('call'),
    workspace,
    provenance: personsChain,
    fence: { lease: 'session:agent:coder:main', epoch: 1 },
    signal: new AbortController().signal,
    progress: () => undefined,
    ...changes,
  };
}

/** What the gate would judge: parsed, then canonical. Throws the words of a refusal of either. */
export async function canonical(tool: Tool, args: JsonObject, context: ToolContext): Promise<Settled<JsonObject>> {
  const parsed = tool.input.safeParse(args);
  if (!parsed.success) return { ok: false, refusal: { code: 'invalid-input', message: parsed.error.issues.map((issue) => issue.message).join('; ') } };
  return tool.canonicalise(parsed.data, context);
}

/** A whole call as a session makes it, the gate left out. A refusal of the input becomes an error result. */
export async function call(tool: Tool, args: JsonObject, context: ToolContext): Promise<ToolResult> {
  const settled = await canonical(tool, args, context);
  if (!settled.ok) return { text: settled.refusal.message, isError: true, data: { refused: settled.refusal.code } };
  return tool.run(settled.value, context);
}

/** Waits until `condition` holds, at most `ms`. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain`);
    await clock.sleep(20);
  }
}

/** The id a result tells for programs. */
export function idOf(result: ToolResult): string {
  const id = result.data?.['id'];
  if (typeof id !== 'string') throw new Error(`no id in: ${result.text}`);
  return id;
}
