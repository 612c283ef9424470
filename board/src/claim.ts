/**
 * A claim: the lease `claim:<task>`, held by `lane:<name>`, with the epoch of the lease as its fence. Whoever writes under it proves it with a token that was shown once; the store
 * keeps its hash with the run. A write goes through only while that run is the one the live lease belongs to, checked in the same statement.
 */
import { createHmac } from 'node:crypto';
import { sha256 } from '@guildhall/kernel';
import type { Run } from './run.ts';
import type { Task } from './task.ts';

export function claimLease(taskId: string): string {
  return `claim:${taskId}`;
}

export function laneHolder(lane: string): string {
  return `lane:${lane}`;
}

/** What a write under a claim carries. */
export interface ClaimProof {
  readonly task: string;
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string;
}

/**
 * The token of a claim. It is derived, so that a lane which lost the answer gets the same one again for the same request, although only its hash is stored.
 *
 * @param key the installation's own secret
 */
export function claimToken(key: string, claim: { readonly task: string; readonly epoch: number; readonly requestId: string }): string {
  const text = JSON.stringify([claim.task, claim.epoch, claim.requestId]);
  return `${tokenPrefix}${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** Scanners and our own redaction know it. */
const tokenPrefix = 'ghclaim_';

export function isClaimToken(secret: string): boolean {
  return secret.startsWith(tokenPrefix);
}

export function hashClaimToken(token: string): string {
  return sha256(token);
}

export interface ClaimAttempt {
  readonly lane: string;
  readonly requestId: string;
  /** Id of the run if one begins. */
  readonly runId: string;
  readonly task?: string;
  readonly board?: string;
  readonly version?: string;
  /** The hash of the token for the task and epoch that were won. Pure. */
  readonly tokenHashFor: (task: string, epoch: number) => string;
}

export interface Claimed {
  readonly task: Task;
  readonly run: Run;
  /** Lease time; for people only as a distance: `expiresInMs`. */
  readonly expiresInMs: number;
  /** This request was answered before; nothing changed. */
  readonly repeated: boolean;
}
