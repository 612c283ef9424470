/** Skills and the policy that says who must load which. Whatever changes either takes a person. */
import { z } from 'zod';
import {
  approveSkillRequest,
  done,
  driftView,
  planId,
  policyDiffView,
  proposePolicyRequest,
  quarantineSkillRequest,
  skillDetail,
  skillName,
  skillPolicyView,
  skillScope,
  skillView,
  stageSkillRequest,
} from '@guildhall/protocol';
import type { SkillOperations } from '../../skill-operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { limit, wholeNumber } from './queries.ts';

type SkillNames =
  | 'get /v1/skills'
  | 'post /v1/skills'
  | 'get /v1/skills/{name}'
  | 'post /v1/skills/{name}/approve'
  | 'post /v1/skills/{name}/quarantine'
  | 'get /v1/skill-report';

type PolicyNames =
  | 'get /v1/skill-policy'
  | 'get /v1/skill-policy/revisions'
  | 'post /v1/skill-policy/revisions'
  | 'get /v1/skill-policy/revisions/{rev}'
  | 'get /v1/skill-policy/revisions/{rev}/diff'
  | 'post /v1/skill-policy/revisions/{rev}/approve';

const bySkill = z.strictObject({ name: skillName });
const byRevision = z.strictObject({ rev: wholeNumber });

export function skillEndpoints(skills: SkillOperations): Pick<Endpoints, SkillNames> {
  return {
    'get /v1/skills': endpoint({ answer: z.array(skillView), work: async () => done(await skills.listSkills()) }),
    'post /v1/skills': endpoint({ body: stageSkillRequest, answer: skillView, status: 201, work: ({ body }, { by }) => skills.stageSkill(body, by) }),
    'get /v1/skills/{name}': endpoint({
      params: bySkill,
      query: z.strictObject({ scope: skillScope.optional() }),
      answer: skillDetail,
      work: ({ params, query }) => skills.readSkill(params.name, query.scope),
    }),
    'post /v1/skills/{name}/approve': endpoint({
      params: bySkill,
      body: approveSkillRequest.optional(),
      answer: skillView,
      work: ({ params, body }, { by }) => skills.approveSkill(params.name, body ?? {}, by),
    }),
    'post /v1/skills/{name}/quarantine': endpoint({
      params: bySkill,
      body: quarantineSkillRequest,
      answer: skillView,
      work: ({ params, body }, { by }) => skills.quarantineSkill(params.name, body, by),
    }),
    'get /v1/skill-report': endpoint({
      query: z.strictObject({ plan: planId.optional(), limit: limit(100, 500) }),
      answer: z.array(driftView),
      work: async ({ query: { plan, limit: most } }) => done(await skills.readDrift({ limit: most, ...(plan === undefined ? {} : { plan }) })),
    }),
  };
}

export function skillPolicyEndpoints(skills: SkillOperations): Pick<Endpoints, PolicyNames> {
  return {
    'get /v1/skill-policy': endpoint({ answer: skillPolicyView, work: () => skills.policyInForce() }),
    'get /v1/skill-policy/revisions': endpoint({ answer: z.array(skillPolicyView), work: async () => done(await skills.listPolicies()) }),
    'post /v1/skill-policy/revisions': endpoint({
      body: proposePolicyRequest,
      answer: skillPolicyView,
      status: 201,
      work: ({ body }, { by }) => skills.proposePolicy(body, by),
    }),
    'get /v1/skill-policy/revisions/{rev}': endpoint({ params: byRevision, answer: skillPolicyView, work: ({ params }) => skills.readPolicy(params.rev) }),
    'get /v1/skill-policy/revisions/{rev}/diff': endpoint({ params: byRevision, answer: policyDiffView, work: ({ params }) => skills.diffPolicy(params.rev) }),
    'post /v1/skill-policy/revisions/{rev}/approve': endpoint({
      params: byRevision,
      answer: skillPolicyView,
      work: ({ params }, { by }) => skills.approvePolicy(params.rev, by),
    }),
  };
}
