import type { NewEvent } from '@guildhall/kernel';
import { eventData, planStream, type EventType, type Json, type Provenance } from '@guildhall/protocol';

/** What happened to a role, for the stream of its plan. */
export function roleEvent(
  type: Extract<EventType, `role.${string}` | `artifact.${string}`>,
  { plan, role }: { readonly plan: string; readonly role: string },
  actor: string,
  more: { readonly [key: string]: Json | undefined },
  provenance: Provenance | null = null,
): NewEvent {
  return { stream: planStream(plan), type, actor, provenance, data: eventData({ plan, role, ...more }) };
}
