/** The store: every port of the concepts, on one database. */
import type { ApprovalStore, BudgetStore, CredentialStore, StandingApprovalStore } from '@guildhall/authority';
import type { HandoffStore } from '@guildhall/handoffs';
import type { JournalStore, JournalWakeups, LeaseStore } from '@guildhall/kernel';
import { done, eventData, installationStream, type FindingView, type Settled } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { SessionStore } from '@guildhall/sessions';
import type { SkillStore } from '@guildhall/skills';
import { approvalStore } from './approvals.ts';
import { boardStore } from './board/board-store.ts';
import { budgetStore } from './budgets.ts';
import { configVersionStore, type ConfigVersionStore } from './config-versions.ts';
import { credentialStore } from './credentials.ts';
import { decisionStore, type DecisionStore } from './decisions.ts';
import { handoffStore } from './handoffs/handoff-store.ts';
import { idempotencyStore, type IdempotencyStore } from './idempotency.ts';
import { journalStore } from './journal.ts';
import { leaseStore } from './leases.ts';
import { noteStore, type NoteStore } from './notes.ts';
import type { OpenedDatabase, StoreParts } from './opened-database.ts';
import { roleStore } from './roles/role-store.ts';
import { scheduleStore } from './schedules/schedule-store.ts';
import { sessionStore } from './sessions/session-store.ts';
import { skillStore } from './skills/skill-store.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';
import { standingApprovalStore } from './standing-approvals.ts';
import { verifyDatabase } from './verify-database.ts';
import { workCountStore, type WorkCountStore } from './work-counts.ts';

/**
 * Where the data is: a SQLite file for one daemon, or a PostgreSQL database for several. `schema` is created if need be. `pollMs` is how long a daemon on PostgreSQL may stay
 * unaware of another's events when a notification was lost.
 */
export type StorePlace =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string; readonly pollMs?: number };

export interface Store {
  readonly journal: JournalStore;
  readonly wakeups: JournalWakeups;
  readonly leases: LeaseStore;
  readonly sessions: SessionStore;
  readonly board: ReturnType<typeof boardStore>;
  readonly roles: RoleStore;
  readonly skills: SkillStore;
  readonly handoffs: HandoffStore;
  readonly schedules: ReturnType<typeof scheduleStore>;
  readonly counts: WorkCountStore;
  readonly credentials: CredentialStore;
  readonly approvals: ApprovalStore;
  readonly standingApprovals: StandingApprovalStore;
  readonly budgets: BudgetStore;
  readonly decisions: DecisionStore;
  readonly configVersions: ConfigVersionStore;
  readonly notes: NoteStore;
  readonly idempotency: IdempotencyStore;
  readonly place: {
    readonly kind: 'sqlite' | 'postgres';
    /** A path, or a URL without its password. */ readonly location: string;
    readonly schemaVersion: number;
  };
  /** Tells a second daemon on the same SQLite file where this one answers. */
  announce(url: string): void;
  /** Copies the database while it is in use, checks the copy, and records `backup.taken`. `already-exists` for a file that is there; `not-available` on PostgreSQL. */
  backup(file: string, actor?: string): Promise<Settled<{ readonly file: string; readonly bytes: number }>>;
  /** Checks every invariant; a finding for each. Reads only. */
  verify(): Promise<readonly FindingView[]>;
  close(): Promise<void>;
}

/** `already-running` names the daemon that holds the file; `storage-unavailable` says what cannot be used and what to do. A database that is refused is left as it was. */
export async function openStore(place: StorePlace, parts: StoreParts): Promise<Settled<Store>> {
  const opened = place.kind === 'sqlite' ? await openSqlite({ file: place.file, ...parts }) : await openPostgres(place, parts);
  if (!opened.ok) return opened;
  try {
    return done(await bundle(opened.value, parts));
  } catch (error) {
    await opened.value.close();
    throw error;
  }
}

/** A daemon on SQLite does without the client of PostgreSQL. */
async function openPostgres(place: Extract<StorePlace, { kind: 'postgres' }>, parts: StoreParts): Promise<Settled<OpenedDatabase>> {
  const postgres = await import('./postgres/open-postgres.ts');
  return postgres.openPostgres({ ...place, ...parts });
}

async function bundle(database: OpenedDatabase, parts: StoreParts): Promise<Store> {
  const newest = await database.read((db) =>
    db
      .selectFrom('timelines')
      .select((eb) => eb.fn.max('id').as('id'))
      .executeTakeFirstOrThrow(),
  );
  const journal = journalStore(database, newest.id);
  return {
    journal,
    wakeups: { onAppend: (wake) => database.onAppend(wake) },
    leases: leaseStore(database),
    sessions: sessionStore(database),
    board: boardStore(database, parts),
    roles: roleStore(database),
    skills: skillStore(database),
    handoffs: handoffStore(database),
    schedules: scheduleStore(database),
    counts: workCountStore(database),
    credentials: credentialStore(database, () => parts.clock.now()),
    approvals: approvalStore(database),
    standingApprovals: standingApprovalStore(database),
    budgets: budgetStore(database),
    decisions: decisionStore(database),
    configVersions: configVersionStore(database),
    notes: noteStore(database),
    idempotency: idempotencyStore(database),
    place: { kind: database.seam.kind, location: database.location, schemaVersion: database.schemaVersion },
    announce: (url) => database.announce(url),
    async backup(file, actor = 'operator') {
      const copied = await database.copyTo(file);
      if (copied.ok)
        await journal.appendEvents([{ stream: installationStream, type: 'backup.taken', actor, provenance: null, data: eventData({ ...copied.value }) }]);
      return copied;
    },
    verify: () => verifyDatabase(database),
    close: () => database.close(),
  };
}
