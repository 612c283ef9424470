/** Revisions of the skill policy. They are numbered from 1 and none is deleted; at most one is in force. */
import { done, eventData, installationStream, refuse, type Settled } from '@guildhall/protocol';
import { policyToDocument, type PolicyRevision, type SkillStore } from '@guildhall/skills';
import { RunAgain, settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { toRevision } from './skill-rows.ts';

type PolicyVerbs = Pick<SkillStore, 'proposePolicy' | 'approvePolicy' | 'policyInForce' | 'readPolicy' | 'listPolicies'>;
type Proposal = Parameters<SkillStore['proposePolicy']>[0];

const mostListed = 500;

export function policyVerbs(database: Database): PolicyVerbs {
  return {
    proposePolicy: (proposal) => database.transaction((tx) => propose(tx, proposal)),
    approvePolicy: (rev, actor) => settle(database, (tx) => approve(tx, rev, actor)),
    policyInForce: () =>
      database.read(async (db) => {
        const row = await db.selectFrom('skill_policies').selectAll().where('status', '=', 'in-force').executeTakeFirst();
        return row === undefined ? undefined : toRevision(row);
      }),
    readPolicy: (rev) =>
      database.read(async (db) => {
        const row = await db.selectFrom('skill_policies').selectAll().where('rev', '=', rev).executeTakeFirst();
        return row === undefined ? undefined : toRevision(row);
      }),
    listPolicies: (limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('skill_policies')
          .selectAll()
          .orderBy('rev', 'desc')
          .limit(Math.max(1, Math.min(limit, mostListed)))
          .execute();
        return rows.map(toRevision);
      }),
  };
}

async function propose(tx: WriteTransaction, { policy, text, note, actor }: Proposal): Promise<PolicyRevision> {
  const newest = await tx.db.selectFrom('skill_policies').select('rev').orderBy('rev', 'desc').limit(1).executeTakeFirst();
  const inForce = await tx.db.selectFrom('skill_policies').select('rev').where('status', '=', 'in-force').executeTakeFirst();
  const row = await tx.db
    .insertInto('skill_policies')
    .values({
      rev: (newest?.rev ?? 0) + 1,
      status: 'proposed',
      policy: toStoredJson(policyToDocument(policy)),
      text: storableText(text),
      note: storableText(note),
      against: inForce?.rev ?? null,
      proposed_by: actor,
      proposed_at: tx.at,
      approved_by: null,
      approved_at: null,
    })
    .onConflict((conflict) => conflict.column('rev').doNothing())
    .returningAll()
    .executeTakeFirst();
  // Another daemon proposed one at the same moment.
  if (row === undefined) throw new RunAgain('the newest skill policy');
  await appendInTransaction(tx, [policyEvent('policy.proposed', row.rev, row.against, actor)]);
  return toRevision(row);
}

async function approve(tx: WriteTransaction, rev: number, actor: string): Promise<Settled<PolicyRevision>> {
  // All that could come into force, held in one order: of two approvals at once the second sees the first.
  const open = await tx.db
    .selectFrom('skill_policies')
    .selectAll()
    .where('status', 'in', ['proposed', 'in-force'])
    .orderBy('rev')
    .modifyEnd(tx.seam.holdRows)
    .execute();
  const row = open.find((one) => one.rev === rev);
  const inForce = open.find((one) => one.status === 'in-force');
  if (row === undefined) return refuseClosed(tx, rev);
  if (row.status === 'in-force') return refuse('wrong-state', `revision ${rev} of the skill policy is in force already`, { rev });
  const current = inForce?.rev ?? null;
  if (row.against !== current)
    return refuse(
      'wrong-state',
      `revision ${rev} was proposed against ${row.against === null ? 'no policy' : `revision ${row.against}`}, and ${current === null ? 'none' : `revision ${current}`} is in force now; propose it again and compare it: guildhall skills policy propose FILE`,
      { rev, against: row.against, inForce: current },
    );
  if (current !== null) await tx.db.updateTable('skill_policies').set({ status: 'superseded' }).where('rev', '=', current).execute();
  const approved = await tx.db
    .updateTable('skill_policies')
    .set({ status: 'in-force', approved_by: actor, approved_at: tx.at })
    .where('rev', '=', rev)
    .returningAll()
    .executeTakeFirstOrThrow();
  await appendInTransaction(tx, [policyEvent('policy.approved', rev, current, actor)]);
  return done(toRevision(approved));
}

async function refuseClosed(tx: WriteTransaction, rev: number): Promise<Settled<never>> {
  const row = await tx.db.selectFrom('skill_policies').select('status').where('rev', '=', rev).executeTakeFirst();
  if (row === undefined)
    return refuse('not-found', `there is no revision ${rev} of the skill policy; list them with: guildhall skills policy history`, { rev });
  return refuse('wrong-state', `revision ${rev} of the skill policy is ${row.status}; propose its text again to return to it`, { rev, status: row.status });
}

function policyEvent(type: 'policy.proposed' | 'policy.approved', rev: number, against: number | null, actor: string) {
  return { stream: installationStream, type, actor, provenance: null, data: eventData({ rev, against }) };
}
