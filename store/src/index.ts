export { openStore } from './open-store.ts';
export type { Store, StorePlace } from './open-store.ts';
export type { StoreParts } from './opened-database.ts';
export { restoreStore } from './restore.ts';
export type { Restored, RestoreRequest } from './restore.ts';
export type { ConfigVersion, ConfigVersionStore } from './config-versions.ts';
export type { DecisionStore, StoredDecision } from './decisions.ts';
export type { IdempotencyAnswer, IdempotencyStore } from './idempotency.ts';
export type { NoteStore } from './notes.ts';
