import type { Clock } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Tool, ToolContext, ToolResult } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import type { MemoryChange, MemoryWatcher } from '../ports.ts';
import { refused, told } from '../result.ts';
import { writeFileBytes } from '../workspace/files.ts';
import type { Workspace, Workspaces } from '../workspace/workspace.ts';
import { formatEntry, formatMemory, longestEntry, newEntry, type MemoryEntry } from './entries.ts';
import { memoryFiles, readMemoryFile } from './memory-files.ts';

const input = toolInput(
  {
    action: z.enum(['read', 'add', 'replace', 'remove']),
    target: z.enum(['memory', 'user']).default('memory').describe('memory: notes of your own; user: what you know of the person'),
    text: z.string().min(1).max(longestEntry).exactOptional().describe('With add and replace: the new entry, one short sentence'),
    old_text: z.string().min(1).max(longestEntry).exactOptional().describe('With replace and remove: words that stand in exactly one entry'),
  },
  { text: ['content', 'entry'], old_text: ['oldText', 'match'] },
);

type MemoryInput = z.output<typeof input>;

/** `memory`: what the agent remembers from one conversation to the next. Every entry says who led to it. */
export function memoryTool(workspaces: Workspaces, clock: Clock, watcher: MemoryWatcher | undefined): Tool<MemoryInput> {
  const waiting = new Map<string, Promise<unknown>>();
  return {
    name: 'memory',
    description:
      'Remember short facts across conversations: add, replace or remove entries of memory/MEMORY.md (target "memory") or memory/USER.md (target "user").',
    input,
    idempotent: false,
    untrusted: false,
    private: true,
    async canonicalise(args) {
      const needsText = args.action === 'add' || args.action === 'replace';
      const needsOld = args.action === 'replace' || args.action === 'remove';
      if (needsText !== (args.text !== undefined))
        return refuse('invalid-input', needsText ? `action "${args.action}" needs text` : `action "${args.action}" takes no text`);
      if (needsOld !== (args.old_text !== undefined))
        return refuse('invalid-input', needsOld ? `action "${args.action}" needs old_text` : `action "${args.action}" takes no old_text`);
      return args.text?.trim() === '' ? refuse('invalid-input', 'the text is empty') : done(args);
    },
    danger(args, context) {
      const { trust } = context.provenance;
      return args.action === 'read' || trust === 'operator' || trust === 'person'
        ? null
        : `it would remember, for good, what a chain begun by ${trust === 'peer' ? 'another agent' : 'an untrusted source'} says`;
    },
    effects: noEffects,
    async run(args, context) {
      const workspace = await workspaces.admit(context.workspace);
      if (!workspace.ok) return refused(workspace.refusal);
      const change = () => changeMemory(workspace.value, args, context, clock, watcher);
      const before = waiting.get(context.workspace) ?? Promise.resolve();
      const mine = before.then(change, change);
      waiting.set(context.workspace, mine);
      try {
        return await mine;
      } finally {
        if (waiting.get(context.workspace) === mine) waiting.delete(context.workspace);
      }
    },
  };
}

async function changeMemory(
  workspace: Workspace,
  args: MemoryInput,
  context: ToolContext,
  clock: Clock,
  watcher: MemoryWatcher | undefined,
): Promise<ToolResult> {
  const { path, mostChars } = memoryFiles[args.target];
  const file = await readMemoryFile(workspace, args.target);
  if (!file.ok) return refused(file.refusal);
  const { entries, bytes } = file.value;
  if (args.action === 'read') return told(entries.length === 0 ? `${path} is empty.` : formatMemory(entries).trimEnd());
  const changed = applyChange(entries, args, context, clock.now());
  if (!changed.ok) return refused(changed.refusal);
  const text = formatMemory(changed.value.entries);
  if (text.length > mostChars && changed.value.added.length > 0) {
    return refused({
      code: 'limit-reached',
      message: `${path} would have ${text.length} characters; ${mostChars} are the most. Replace or remove entries first:\n${formatMemory(entries)}`,
    });
  }
  const written = await writeFileBytes(workspace, path, Buffer.from(text, 'utf8'), { protectedToo: true, expected: bytes });
  if (!written.ok) return refused(written.refusal);
  const change: MemoryChange = { file: path, added: changed.value.added.map(formatEntry), removed: changed.value.removed.map(formatEntry) };
  await watcher?.changed(change, context);
  const diff = [...change.removed.map((line) => `-${line}`), ...change.added.map((line) => `+${line}`)].join('\n');
  return told(`${path} (${text.length} of ${mostChars} characters)\n${diff}`, { file: path, added: change.added, removed: change.removed });
}

interface Changed {
  readonly entries: readonly MemoryEntry[];
  readonly added: readonly MemoryEntry[];
  readonly removed: readonly MemoryEntry[];
}

function applyChange(entries: readonly MemoryEntry[], args: MemoryInput, context: ToolContext, now: number): Settled<Changed> {
  const added = args.text === undefined ? [] : [newEntry(args.text, context.provenance.trust, now)];
  const same = entries.find((entry) => added.some(({ text }) => text === entry.text));
  if (same !== undefined) return refuse('already-exists', `this is remembered already: ${formatEntry(same)}`);
  const { old_text: wanted } = args;
  if (wanted === undefined) return done({ entries: [...entries, ...added], added, removed: [] });
  const found = entries.filter((entry) => entry.text.includes(wanted));
  const [only] = found;
  if (only === undefined) return refuse('not-found', `no entry holds "${wanted}"; the entries are:\n${formatMemory(entries)}`);
  if (found.length > 1) return refuse('wrong-state', `${found.length} entries hold "${wanted}"; give more of the words:\n${formatMemory(found)}`);
  return done({ entries: entries.flatMap((entry) => (entry === only ? added : [entry])), added, removed: [only] });
}
