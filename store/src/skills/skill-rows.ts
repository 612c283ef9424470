/** Rows of skills and policies, and what the journal says of them. */
import type { NewEvent } from '@guildhall/kernel';
import { eventData, installationStream, refuse, type EventType, type Json, type Settled } from '@guildhall/protocol';
import { policyFromDocument, scopeOf, type FoundSkill, type PolicyRevision, type Skill } from '@guildhall/skills';
import type { WriteTransaction } from '../database.ts';
import type { SkillPolicyRow, SkillRow } from '../role-schema.ts';
import { fromStoredJson, storableText, toStoredJson } from '../stored-text.ts';

export function toSkill(row: SkillRow): Skill {
  return {
    name: row.name,
    scope: row.scope,
    folder: row.folder,
    description: row.description,
    version: row.version,
    license: row.license,
    asksForTools: fromStoredJson(row.asks_for_tools),
    hash: row.hash,
    files: fromStoredJson(row.files),
    warnings: fromStoredJson(row.warnings),
    status: row.status,
    reason: row.reason,
    pinned: row.pinned,
    seenAt: row.seen_at,
    approvedAt: row.approved_at,
    approvedBy: row.approved_by,
  };
}

/** The columns that say what lies on disk. */
export function foundColumns(found: FoundSkill, at: number) {
  return {
    folder: storableText(found.folder),
    description: storableText(found.description),
    version: storableText(found.version),
    license: storableText(found.license),
    asks_for_tools: toStoredJson(found.asksForTools),
    hash: found.hash,
    files: toStoredJson(found.files),
    warnings: toStoredJson(found.warnings),
    seen_at: at,
  };
}

/** Keeps the text of a hash, once. */
export async function keepText(tx: WriteTransaction, found: FoundSkill): Promise<void> {
  if (found.hash === '') return;
  await tx.db
    .insertInto('skill_texts')
    .values({ hash: found.hash, text: storableText(found.text) })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}

/** The rows of these places, held until the transaction ends. */
export async function holdSkills(tx: WriteTransaction, scopes: readonly string[], name?: string): Promise<readonly SkillRow[]> {
  if (scopes.length === 0) return [];
  return tx.db
    .selectFrom('skills')
    .selectAll()
    .where('scope', 'in', scopes)
    .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
    .orderBy('scope')
    .orderBy('name')
    .modifyEnd(tx.seam.holdRows)
    .execute();
}

export function skillEvent(type: EventType, row: SkillRow, actor: string, more: { readonly [key: string]: Json | undefined } = {}): NewEvent {
  const data = { name: row.name, scope: scopeOf(row.scope), status: row.status, version: row.version, hash: row.hash, pinned: row.pinned, ...more };
  return { stream: installationStream, type, actor, provenance: null, data: eventData(data) };
}

export function toRevision(row: SkillPolicyRow): PolicyRevision {
  return {
    rev: row.rev,
    status: row.status,
    policy: policyFromDocument(fromStoredJson(row.policy)),
    text: row.text,
    note: row.note,
    against: row.against,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
  };
}

export function noSkill(scope: string, name: string): Settled<never> {
  return refuse('not-found', `there is no skill "${name.slice(0, 80)}" in ${scope.slice(0, 80)}; list them with: guildhall skills list`, { name, scope });
}

export function keyOf({ scope, name }: { readonly scope: string; readonly name: string }): string {
  return `${scope} ${name}`;
}
