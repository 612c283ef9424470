/** The daemon's own messages of handoffs: what asks a person, what announces it, what asks for the work, what asks to sum up. Which is which stands in the message, which only the daemon makes. */
import { handoffParts, type HandoffPart } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';

/** Platform of these messages; nothing outside can use it. */
export const handoffPlatform = 'handoff';

/** `ref` is the handoff; of a summary, the turn that asked. Undefined for every other message. */
export function handoffMessageOf({ message }: Pick<Turn, 'message'>): { readonly kind: HandoffPart; readonly ref: string } | undefined {
  if (message.platform !== handoffPlatform) return undefined;
  const kind = handoffParts.find((one) => one === message.thread);
  return kind === undefined ? undefined : { kind, ref: message.chat };
}
