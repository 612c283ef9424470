/** How a finding is put: what is so, and the command that changes it. */
import type { FindingView } from '@guildhall/protocol';

export function fine(subject: string, message: string): FindingView {
  return { subject, ok: true, level: 'ok', message };
}

/** Waits for something that will come, or for somebody. */
export function waits(subject: string, message: string, remedy?: string): FindingView {
  return { subject, ok: false, level: 'warning', message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Nothing will change it by itself. */
export function broken(subject: string, message: string, remedy: string): FindingView {
  return { subject, ok: false, level: 'problem', message, remedy };
}

const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
] as const;

/** A span of time for people: the largest unit it fills twice, else the next smaller one. */
export function span(ms: number): string {
  const unit = units.find((candidate) => ms >= 2 * candidate.ms);
  return unit === undefined ? `${Math.max(0, Math.round(ms / 1000))} s` : `${Math.round(ms / unit.ms)} ${unit.name}`;
}
