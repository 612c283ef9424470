/** The skill policy: proposed by a person, compared, approved by a person, in force. */
import type { Credential } from '@guildhall/authority';
import { type Settled, done, refuse } from '@guildhall/protocol';
import { type PolicyRevision, diffPolicies, namedSkills, parsePolicy } from '@guildhall/skills';
import type { SkillOperations } from '../../skill-operations.ts';
import { actorOf } from '../messages.ts';
import type { SkillDeps } from './skill-deps.ts';
import { viewPolicy } from './views.ts';

type PolicyOperations = Pick<SkillOperations, 'policyInForce' | 'listPolicies' | 'readPolicy' | 'proposePolicy' | 'diffPolicy' | 'approvePolicy'>;

const mostListed = 200;

export function policyOperations({ store, shelf, roleOf }: SkillDeps): PolicyOperations {
  return {
    async policyInForce() {
      const revision = await store.policyInForce();
      if (revision === undefined) return refuse('not-found', 'no skill policy was approved yet; propose one with: guildhall skills policy propose FILE');
      return done(viewPolicy(revision));
    },
    listPolicies: async () => (await store.listPolicies(mostListed)).map(viewPolicy),
    async readPolicy(rev) {
      const revision = found(await store.readPolicy(rev), rev);
      return revision.ok ? done(viewPolicy(revision.value)) : revision;
    },
    async proposePolicy({ text, note = '' }, by: Credential) {
      const policy = parsePolicy(text, roleOf);
      if (!policy.ok) return policy;
      return done(viewPolicy(await store.proposePolicy({ policy: policy.value, text, note, actor: actorOf(by) })));
    },
    async diffPolicy(rev) {
      const revision = found(await store.readPolicy(rev), rev);
      if (!revision.ok) return revision;
      const { against, policy } = revision.value;
      const before = against === null ? undefined : await store.readPolicy(against);
      await shelf.look();
      const approved = new Set((await store.listSkills({ status: 'approved' })).map(({ name }) => name));
      const inert = namedSkills(policy).filter((name) => !approved.has(name));
      return done({
        rev,
        against,
        changes: diffPolicies(before?.policy ?? new Map(), policy),
        warnings: [...inert.map(warnOf(policy)), ...(await staleWarning(rev))],
      });
    },
    async approvePolicy(rev, by: Credential) {
      const approved = await store.approvePolicy(rev, actorOf(by));
      return approved.ok ? done(viewPolicy(approved.value)) : approved;
    },
  };

  async function staleWarning(rev: number): Promise<readonly string[]> {
    const [revision, inForce] = [await store.readPolicy(rev), await store.policyInForce()];
    if (revision?.status !== 'proposed' || revision.against === (inForce?.rev ?? null)) return [];
    return [`revision ${inForce?.rev ?? 0} came into force since this was proposed, so it cannot be approved; propose it again`];
  }
}

function warnOf(policy: PolicyRevision['policy']) {
  return (name: string): string => {
    const roles = [...policy].filter(([, role]) => role.required.includes(name) || role.triggered.some(({ skill }) => skill === name));
    const blocked = roles.filter(([, role]) => role.blocking).map(([role]) => role);
    const marked = roles.filter(([, role]) => !role.blocking).map(([role]) => role);
    const effects = [
      blocked.length > 0 ? `${blocked.join(', ')} would not work` : '',
      marked.length > 0 ? `what ${marked.join(', ')} makes would be marked` : '',
    ];
    const effect = effects.filter((one) => one !== '').join(', and ');
    return `${name} is not approved${effect === '' ? ', and would not be offered' : `: ${effect}`}`;
  };
}

function found(revision: PolicyRevision | undefined, rev: number): Settled<PolicyRevision> {
  if (revision !== undefined) return done(revision);
  return refuse('not-found', `there is no revision ${rev} of the skill policy; list them with: guildhall skills policy history`, { rev });
}
