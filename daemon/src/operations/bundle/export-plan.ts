/**
 * A plan as one value.
 *
 * What is guaranteed: everything of the plan commits with an event in its stream, so a reading during which the stream did not grow shows one moment. Where it grew, the plan is read again, three times at most; a bundle
 * of a plan that would not stand still says so (`changedWhileRead`), each part of it is true of some moment while it was read, and its events reach at least as far as every part. What running turns spend is not held still.
 */
import {
  type ArtifactView,
  type JournalEvent,
  type JsonObject,
  type PlanBundle,
  type RoleRunView,
  type Settled,
  done,
  eventData,
  planStream,
  refuse,
} from '@guildhall/protocol';
import { decisionsOf } from './decisions.ts';
import type { ExportDeps } from './export-deps.ts';
import { withoutSecrets } from './without-secrets.ts';

const readings = 3;
const mostRoles = 1000;
const mostFindings = 5000;
/** Runs read at a time. */
const runsAtOnce = 50;
const eventPage = 500;
/** Of everything but the contents of artifacts. */
const mostCharacters = 128 * 1024 * 1024;
/** Of all artifacts together, newest first; the rest are named with their hash, and can be read one by one. */
const mostContentBytes = 64 * 1024 * 1024;

export function exportPlan(deps: ExportDeps): (plan: string) => Promise<Settled<PlanBundle>> {
  return async (plan) => {
    const events: JournalEvent[] = [];
    const first = await readOn(deps, plan, events);
    if (!first.ok) return first;
    for (let reading = 1; ; reading++) {
      const parts = await readParts(deps, plan);
      if (!parts.ok) return parts;
      const grown = await readOn(deps, plan, events);
      if (!grown.ok) return grown;
      const changed = grown.value > 0;
      if (changed && reading < readings) continue;
      return finish(deps, parts.value, events, changed);
    }
  };
}

type Parts = Omit<PlanBundle, 'format' | 'version' | 'exportedAt' | 'changedWhileRead' | 'costs' | 'decisions' | 'events'>;

async function finish(deps: ExportDeps, parts: Parts, events: readonly JournalEvent[], changed: boolean): Promise<Settled<PlanBundle>> {
  const decisions = await decisionsOf(deps, parts, events);
  const bundle: PlanBundle = {
    format: 'guildhall-plan-bundle',
    version: 1,
    exportedAt: deps.clock.now(),
    ...(changed ? { changedWhileRead: true as const } : {}),
    ...parts,
    costs: parts.roles.map(({ role, costMicroUsd, inputTokens, outputTokens, turns }) => ({ role, costMicroUsd, inputTokens, outputTokens, turns })),
    decisions: [...decisions],
    events: events.map(asJson),
  };
  return done(withoutSecrets(bundle, deps.secrets()));
}

/** Adds what the journal has of the plan behind what was read; answers how much that was. */
async function readOn({ journal }: ExportDeps, plan: string, events: JournalEvent[]): Promise<Settled<number>> {
  const stream = planStream(plan);
  let added = 0;
  let size = 0;
  for (;;) {
    const page = await journal.readEvents({ after: events.at(-1)?.cursor ?? '', stream, limit: eventPage });
    if (!page.ok) return page;
    events.push(...page.value.events);
    added += page.value.events.length;
    size += JSON.stringify(page.value.events).length;
    if (size > mostCharacters) return tooLarge(plan);
    if (page.value.events.length < eventPage) return done(added);
  }
}

async function readParts(deps: ExportDeps, plan: string): Promise<Settled<Parts>> {
  const operations = deps.operations();
  const view = await operations.readPlan(plan);
  if (!view.ok) return view;
  const facts = await deps.store.planFacts(plan);
  const runs = await readRuns(
    deps,
    plan,
    (facts?.runs ?? []).map(({ id }) => id),
  );
  if (!runs.ok) return runs;
  const [packets, findings, roles] = await Promise.all([
    deps.store.readPackets(plan),
    operations.listFindings({ plan, limit: mostFindings }),
    readRoles(deps, plan),
  ]);
  return done({
    plan: view.value,
    packets: packets.map((packet) => ({ ...packet })),
    orgChart: [...operations.listRoleDefinitions()],
    roles,
    runs: runs.value,
    findings: findings.toSorted((a, b) => a.reportedAt - b.reportedAt || (a.id < b.id ? -1 : 1)),
    artifacts: await readContents(
      deps,
      runs.value.flatMap(({ artifacts }) => artifacts),
    ),
  });
}

/** First first. */
async function readRuns(deps: ExportDeps, plan: string, ids: readonly string[]): Promise<Settled<RoleRunView[]>> {
  const never = new AbortController().signal;
  const runs: RoleRunView[] = [];
  let size = 0;
  for (let from = 0; from < ids.length; from += runsAtOnce) {
    const page = await Promise.all(ids.slice(from, from + runsAtOnce).map((id) => deps.operations().readRun(plan, id, 0, never)));
    for (const run of page) {
      if (!run.ok) return run;
      runs.push(run.value);
      size += JSON.stringify(run.value).length;
    }
    if (size > mostCharacters) return tooLarge(plan);
  }
  return done(runs);
}

async function readRoles(deps: ExportDeps, plan: string): Promise<PlanBundle['roles']> {
  const roles = await deps.operations().listRoleSessions({ plan, limit: mostRoles });
  return Promise.all(roles.map(async (role) => ({ ...role, incarnations: (await deps.store.incarnationsOf(plan, role.role)).map((each) => ({ ...each })) })));
}

async function readContents(deps: ExportDeps, artifacts: readonly ArtifactView[]): Promise<PlanBundle['artifacts']> {
  const contents = new Map<string, string | null>();
  let room = mostContentBytes;
  for (const artifact of artifacts.toReversed()) {
    if (!artifact.kept || artifact.bytes > room) continue;
    const read = await deps.operations().readArtifact(artifact.id);
    if (!read.ok || read.value.content === null) continue;
    room -= artifact.bytes;
    contents.set(artifact.id, read.value.content);
  }
  return artifacts.map((artifact) => ({ ...artifact, content: contents.get(artifact.id) ?? null }));
}

function tooLarge(plan: string): Settled<never> {
  return refuse(
    'too-large',
    `the plan "${plan.slice(0, 200)}" has more than ${mostCharacters} characters; read its runs one by one with: guildhall roles runs`,
    { plan },
  );
}

function asJson({ provenance, ...event }: JournalEvent): JsonObject {
  if (provenance === null) return { ...event, provenance };
  const hops = provenance.hops.map((hop) => eventData({ ...hop }));
  const layers = provenance.layers.map((layer) => ({ ...layer }));
  const { limits, ...rest } = provenance;
  return { ...event, provenance: { ...rest, ...(limits === undefined ? {} : { limits: { ...limits } }), hops, layers } };
}
