/**
 * Every authenticated request that is under way, by credential. A request ends early when its client leaves, when its credential is revoked or expires, and when the door closes;
 * whoever works for it watches `signal`.
 */
import type { ServerResponse } from 'node:http';
import type { Credential } from '@guildhall/authority';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Operations } from '../operations.ts';
import { isLive } from './authentication.ts';
import type { DoorLimits } from './limits.ts';

/** Why a request was ended early. */
type EndReason = 'client-left' | 'credential-ended' | 'closing';

export function endedBecause(signal: AbortSignal, reason: EndReason): boolean {
  return signal.aborted && signal.reason === reason;
}

export interface OpenRequest {
  /** Its reason, once aborted, is an `EndReason`. */
  readonly signal: AbortSignal;
  /** Counts this request as a stream; refused beyond the limit of its credential. */
  readonly becomeStream: () => Settled<void>;
  /** Forgets the request. Safe to call twice. A stream is forgotten when its connection ends, not before. */
  readonly close: () => void;
}

export interface OpenRequests {
  open(credential: Credential, outgoing: ServerResponse): Settled<OpenRequest>;
  /** Ends the requests of credentials that expired by `now`. */
  endExpired(now: number): void;
  /** Ends all of them and stops listening for revocations. */
  closeAll(): void;
}

interface Entry {
  readonly credential: Credential;
  readonly controller: AbortController;
}

/** What one credential has under way. */
interface Account {
  readonly entries: Set<Entry>;
  streams: number;
}

/** Ids of revoked credentials remembered, so that a request which authenticated just before the revocation is caught as well. */
const revokedLimit = 10_000;

export function createOpenRequests(operations: Operations, limits: DoorLimits): OpenRequests {
  const accounts = new Map<string, Account>();
  const revoked = new Set<string>();
  const end = (entry: Entry, reason: EndReason) => entry.controller.abort(reason);
  const forget = operations.onRevoked((credentialId) => {
    revoked.add(credentialId);
    const oldest = revoked.values().next();
    if (revoked.size > revokedLimit && oldest.done !== true) revoked.delete(oldest.value);
    for (const entry of accounts.get(credentialId)?.entries ?? []) end(entry, 'credential-ended');
  });
  const endWhere = (reason: EndReason, matches: (entry: Entry) => boolean) => {
    for (const account of accounts.values()) for (const entry of account.entries) if (matches(entry)) end(entry, reason);
  };
  return {
    open(credential, outgoing) {
      if (revoked.has(credential.id)) return refuse('not-authenticated', 'This credential was revoked.');
      const account = accounts.get(credential.id) ?? { entries: new Set(), streams: 0 };
      if (account.entries.size - account.streams >= limits.requestsPerCredential) {
        return refuse('rate-limited', `This credential has ${limits.requestsPerCredential} requests under way, which is the most. Try again in a moment.`, {
          retryAfterSeconds: 1,
        });
      }
      accounts.set(credential.id, account);
      const entry: Entry = { credential, controller: new AbortController() };
      account.entries.add(entry);
      let isStream = false;
      const close = () => {
        outgoing.off('close', onGone);
        if (!account.entries.delete(entry)) return;
        if (isStream) account.streams -= 1;
        if (account.entries.size === 0) accounts.delete(credential.id);
      };
      const onGone = () => {
        if (!outgoing.writableFinished) end(entry, 'client-left');
        close();
      };
      outgoing.on('close', onGone);
      const becomeStream = () => {
        if (account.streams >= limits.streamsPerCredential) {
          return refuse('limit-reached', `This credential has ${account.streams} open streams, which is the most. Close one first.`, { retryAfterSeconds: 5 });
        }
        account.streams += 1;
        isStream = true;
        return done(undefined);
      };
      return done({ signal: entry.controller.signal, becomeStream, close });
    },
    endExpired: (now) => endWhere('credential-ended', (entry) => !isLive(entry.credential, now)),
    closeAll() {
      forget();
      endWhere('closing', () => true);
    },
  };
}
