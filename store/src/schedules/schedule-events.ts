import type { NewEvent } from '@guildhall/kernel';
import { eventData, installationStream, refuse, type EventType, type Json, type Settled } from '@guildhall/protocol';

/** What happened to a schedule, for the stream of the installation. */
export function scheduleEvent(
  type: Extract<EventType, `schedule.${string}`>,
  name: string,
  actor: string,
  data: { readonly [key: string]: Json | undefined },
): NewEvent {
  return { stream: installationStream, type, actor, provenance: null, data: eventData({ schedule: name, ...data }) };
}

export function noSchedule(name: string): Settled<never> {
  return refuse('not-found', `there is no schedule "${name.slice(0, 80)}"; list them with: guildhall schedules list`, { name });
}
