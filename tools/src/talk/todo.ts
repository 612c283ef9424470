import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { printableLine } from '../printable.ts';
import type { TodoItem, TodoStore } from '../ports.ts';
import { told } from '../result.ts';

const item = z.strictObject({
  id: z.string().min(1).max(40),
  text: z.string().min(1).max(500),
  status: z.enum(['pending', 'in_progress', 'done', 'cancelled']).default('pending'),
});

const input = toolInput(
  {
    todos: z.array(item).max(100).exactOptional().describe('The list, or with merge the items to change or add; leave out to read'),
    merge: z.boolean().default(false).describe('Change the given items by id and keep the others'),
  },
  { todos: ['items', 'list'] },
);

const marks = { pending: '[ ]', in_progress: '[>]', done: '[x]', cancelled: '[-]' } as const satisfies Record<TodoItem['status'], string>;

/** `todo`: the plan of the current conversation, as a list the person can see. */
export function todoTool(store: TodoStore): Tool<z.output<typeof input>> {
  return {
    name: 'todo',
    description:
      'Keep the list of steps of this conversation: write it with todos, change some with merge, read it with neither. At most one item is in_progress.',
    input,
    idempotent: true,
    untrusted: false,
    private: false,
    async canonicalise(args) {
      const given = args.todos ?? [];
      if (new Set(given.map(({ id }) => id)).size < given.length) return refuse('invalid-input', 'two items have the same id');
      return done(args);
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const before = await store.read(context.sessionKey);
      if (args.todos === undefined) return told(shown(before), { todos: before.map((one) => ({ ...one })) });
      const given = args.todos.map((one) => ({ ...one, text: printableLine(one.text, 500) }));
      const next = args.merge ? merged(before, given) : given;
      await store.write(context.sessionKey, next);
      return told(shown(next), { todos: next.map((one) => ({ ...one })) });
    },
  };
}

function merged(before: readonly TodoItem[], given: readonly TodoItem[]): readonly TodoItem[] {
  const changes = new Map(given.map((one) => [one.id, one]));
  const known = new Set(before.map(({ id }) => id));
  return [...before.map((one) => changes.get(one.id) ?? one), ...given.filter(({ id }) => !known.has(id))];
}

function shown(items: readonly TodoItem[]): string {
  return items.length === 0 ? 'The list is empty.' : items.map(({ id, text, status }) => `${marks[status]} ${id}: ${text}`).join('\n');
}
