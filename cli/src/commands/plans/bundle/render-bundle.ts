/** A plan as a folder: what each file is called and what it holds. Writes nothing. */
import type { PlanBundle } from '@guildhall/protocol';
import { findingsPage } from './findings-page.ts';
import { readmePage } from './readme-page.ts';
import { rolePage } from './role-page.ts';
import { placeEverything } from './places.ts';

export interface BundleFile {
  /** Below the folder, with `/` between the parts; safe to write there. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

export function renderBundle(bundle: PlanBundle): readonly BundleFile[] {
  const places = placeEverything(bundle);
  const { packets, roles, artifacts } = places;
  return [
    { path: 'README.md', content: readmePage(bundle, places) },
    { path: 'plan.json', content: `${JSON.stringify(bundle, null, 2)}\n` },
    { path: 'findings.md', content: findingsPage(bundle) },
    { path: 'events.ndjson', content: bundle.events.map((event) => `${JSON.stringify(event)}\n`).join('') },
    ...bundle.packets.flatMap(({ rev, text }) => fileAt(packets.get(rev), text)),
    ...bundle.roles.flatMap((role) => fileAt(roles.get(role.role), rolePage(bundle, role, places))),
    ...bundle.artifacts.flatMap(({ id, content }) => (content === null ? [] : fileAt(artifacts.get(id), Buffer.from(content, 'base64')))),
  ];
}

function fileAt(path: string | undefined, content: string | Uint8Array): readonly BundleFile[] {
  return path === undefined ? [] : [{ path, content }];
}
