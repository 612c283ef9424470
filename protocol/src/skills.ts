/**
 * Skills on the wire. A **skill** is an instruction asset, a folder with a `SKILL.md` (agentskills.io); it carries no authority. It is inert until a person approves exactly the bytes they saw, by
 * hash; from then on anything else under its name is quarantined. The **skill policy** says which role must load which skills; each revision of it is proposed, compared and approved by a person.
 */
import { z } from 'zod';

/**
 * `discovered`: lies in a skill folder, never approved. `staged`: installed into the staging place. `approved`: exactly the pinned hash may be loaded. `quarantined`: it changed, or somebody put it there.
 * `gone`: it was approved and its folder is not there any more.
 */
export const skillStatuses = ['discovered', 'staged', 'approved', 'quarantined', 'gone'] as const;
export type SkillStatus = (typeof skillStatuses)[number];

export const skillTiers = ['required', 'recommended', 'triggered'] as const;
export type SkillTier = (typeof skillTiers)[number];

const instant = z.number();

/** agentskills.io: lower-case letters, digits and single hyphens, at most 64. Names that mean a device somewhere are refused. */
export const skillName = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a skill name is lower-case letters, digits and single hyphens, at most 64')
  .refine((name) => !/^(con|prn|aux|nul|com\d|lpt\d)$/.test(name), 'this name means a device on some systems');

/** `global`, `agent:<id>` or `project:<name>`: where it was found. The narrowest wins where a name exists several times: agent, project, global. */
export const skillScope = z
  .string()
  .regex(/^(global|agent:[a-z0-9][a-z0-9_-]{0,63}|project:[a-z0-9][a-z0-9_-]{0,63})$/, 'a scope is global, agent:ID or project:NAME');

export const skillView = z.object({
  name: z.string(),
  scope: z.string(),
  description: z.string(),
  version: z.string(),
  license: z.string(),
  /** Tools the file asks for. Shown, never granted. */
  asksForTools: z.array(z.string()),
  status: z.enum(skillStatuses),
  /** Why it is quarantined. */
  reason: z.string(),
  /** Of what lies on disk now; empty when it is gone. */
  hash: z.string(),
  /** The approved hash; empty when none is. */
  pinned: z.string(),
  bytes: z.number(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  /** What a reader should look at before saying yes: programs, links, words that ask for more than a skill can give. */
  warnings: z.array(z.string()),
  folder: z.string(),
  seenAt: instant,
  approvedAt: instant.nullable(),
  approvedBy: z.string().nullable(),
});

/** With the text of its SKILL.md: what lies there now, and what was approved where that differs. */
export const skillDetail = skillView.extend({ text: z.string(), approvedText: z.string().nullable() });

export const stageSkillRequest = z.strictObject({
  /** A folder or a .zip, .tar, .tar.gz on the daemon's machine. */
  path: z.string().min(1).max(4000),
  scope: skillScope.optional(),
});

/** `hash`: approve only if it is still this one. */
export const approveSkillRequest = z.strictObject({
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'the whole hash is wanted, 64 digits as guildhall skills show prints them')
    .optional(),
  scope: skillScope.optional(),
});
export const quarantineSkillRequest = z.strictObject({ reason: z.string().trim().min(1).max(2000), scope: skillScope.optional() });

const trigger = z.strictObject({
  skill: skillName,
  /** Globs over the paths the work is about. */
  paths: z.array(z.string().min(1).max(200)).max(50).optional(),
  labels: z.array(z.string().min(1).max(60)).max(50).optional(),
  /** Whole words of the task, whatever their case. */
  words: z.array(z.string().min(1).max(60)).max(50).optional(),
});

const rolePolicy = z.strictObject({
  required: z.array(skillName).max(20).optional(),
  recommended: z.array(skillName).max(50).optional(),
  triggered: z.array(trigger).max(50).optional(),
  /** True: the role does not work without what it must load. False: it works, and every artifact says so. */
  blocking: z.boolean().optional(),
});

export const skillPolicyDocument = z.strictObject({ roles: z.record(z.string().min(1).max(120), rolePolicy) });
export type SkillPolicyDocument = z.infer<typeof skillPolicyDocument>;

export const proposePolicyRequest = z.strictObject({
  /** YAML or JSON: `roles: {developer: {required: […], recommended: […], triggered: […], blocking: true}}`. */
  text: z.string().min(1).max(200_000),
  note: z.string().max(2000).optional(),
});

export const skillPolicyView = z.object({
  rev: z.number(),
  status: z.enum(['proposed', 'in-force', 'superseded']),
  document: skillPolicyDocument,
  text: z.string(),
  note: z.string(),
  proposedBy: z.string(),
  proposedAt: instant,
  approvedBy: z.string().nullable(),
  approvedAt: instant.nullable(),
});

export const policyDiffView = z.object({
  rev: z.number(),
  against: z.number().nullable(),
  changes: z.array(z.object({ role: z.string(), what: z.string(), before: z.string(), after: z.string() })),
  /** Skills it names that are not approved, so that roles would be blocked or marked. */
  warnings: z.array(z.string()),
});

/** What policy asked for and what really ran, run by run, newest first. */
export const driftView = z.object({
  run: z.string(),
  plan: z.string(),
  role: z.string(),
  turn: z.string(),
  at: instant,
  policyRev: z.number().nullable(),
  skill: z.string(),
  tier: z.string(),
  wanted: z.string(),
  used: z.string(),
  status: z.string(),
  /** Is what was used still what is approved today? `approved-since`: another text is. `quarantined`: nothing is. */
  drift: z.enum(['none', 'not-loaded', 'changed-on-disk', 'approved-since', 'quarantined']),
  compliance: z.string(),
});

export type SkillView = z.infer<typeof skillView>;
export type SkillDetail = z.infer<typeof skillDetail>;
export type StageSkillRequest = z.infer<typeof stageSkillRequest>;
export type ApproveSkillRequest = z.infer<typeof approveSkillRequest>;
export type QuarantineSkillRequest = z.infer<typeof quarantineSkillRequest>;
export type ProposePolicyRequest = z.infer<typeof proposePolicyRequest>;
export type SkillPolicyView = z.infer<typeof skillPolicyView>;
export type PolicyDiffView = z.infer<typeof policyDiffView>;
export type DriftView = z.infer<typeof driftView>;
