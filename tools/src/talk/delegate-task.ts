import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import type { ChildRunner, ChildTask } from '../ports.ts';

const mostTasks = 16;

const task = z.strictObject({ goal: z.string().min(1).max(20_000), context: z.string().max(50_000).default(''), role: z.string().max(100).default('') });

const input = toolInput(
  {
    goal: z.string().min(1).max(20_000).exactOptional().describe('What one child shall do'),
    context: z.string().max(50_000).default('').describe('Everything the child must know; it does not see this conversation'),
    role: z.string().max(100).default('').describe('What the child is, such as "researcher"'),
    tasks: z.array(task).min(1).max(mostTasks).exactOptional().describe('Several children at the same time instead of goal'),
  },
  { goal: ['task', 'prompt'] },
);

/** `delegate_task`: runs one or several children to their end and gives back what they say. Their limits are the runner's. */
export function delegateTaskTool(port: ChildRunner): Tool<z.output<typeof input>> {
  return {
    name: 'delegate_task',
    description:
      'Give a bounded piece of work to a child with a fresh context and wait for its answer; several at once with tasks. A child has at most your own tools.',
    input,
    // A child is known by its call: the same call finds the child it had.
    idempotent: true,
    untrusted: true,
    private: false,
    async canonicalise(args) {
      if ((args.goal === undefined) === (args.tasks === undefined)) return refuse('invalid-input', 'give either goal or tasks');
      return done(args);
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const { goal } = args;
      const tasks: readonly ChildTask[] = args.tasks ?? [{ goal: goal ?? '', context: args.context, role: args.role }];
      const answers = await Promise.all(tasks.map((one, index) => port.runChild(one, index, context)));
      const single = answers.length === 1;
      const texts = answers.map(
        (answer, index) => `${single ? '' : `Task ${index + 1}: `}${answer.ok ? answer.value : `(not done: ${answer.refusal.message})`}`,
      );
      return {
        text: texts.join('\n\n'),
        isError: answers.every((answer) => !answer.ok),
        data: { children: answers.map((answer) => (answer.ok ? 'done' : answer.refusal.code)) },
      };
    },
  };
}
