import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { toolInput } from '../input.ts';
import { printableLine } from '../printable.ts';
import type { MessageSender } from '../ports.ts';
import { resultOf, told } from '../result.ts';

const input = toolInput(
  { target: z.string().min(1).max(500).describe('Where to: a session key, or <platform>:<chat>'), text: z.string().min(1).max(20_000) },
  { target: ['to', 'chat', 'recipient'], text: ['message', 'content', 'body'] },
);

/** `send_message`: writes to another conversation. Asks, unless the operator listed the target: what may leave is a matter of where to, not of what it looks like. */
export function sendMessageTool(port: MessageSender, targetsWithoutAsking: readonly string[]): Tool<z.output<typeof input>> {
  return {
    name: 'send_message',
    description: 'Send a message to another conversation than this one. A person is asked first unless the target is on the agent’s list.',
    input,
    idempotent: true,
    untrusted: false,
    private: false,
    canonicalise: async (args) => {
      const target = args.target.trim();
      if (target === '' || target !== printableLine(target, 500)) return refuse('invalid-input', 'the target is empty or holds invisible characters');
      return args.text.isWellFormed() ? done({ ...args, target }) : refuse('invalid-input', 'the text is not valid Unicode');
    },
    danger: ({ target }) => (targetsWithoutAsking.includes(target) ? null : `it sends words to ${target}, which is not on this agent's list of targets`),
    effects: () => ({ kind: 'known' }),
    async run(args, context) {
      const outbound = await port.address(args, context);
      return resultOf(outbound, (message) => ({ ...told(`Accepted for ${args.target} (${message.id}).`, { messageId: message.id }), outbound: message }));
    },
  };
}
