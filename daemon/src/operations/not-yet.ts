import { refuse, type Settled } from '@guildhall/protocol';

/** Every verb of a part that this version does not have: a typed refusal. */
export function notYet<Part extends object>(what: string): Part {
  const answer = async (): Promise<Settled<never>> => refuse('not-available', `${what} are not part of this version`);
  return new Proxy({} as Part, { get: () => answer });
}
