/** The whole environment of a worker. Nothing of the daemon's own gets in but what every program of this user needs. */

const passedOn = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER', 'SHELL', 'TERM'];

export interface WorkerPlace {
  readonly task: string;
  readonly run: string;
  readonly token: string;
  readonly workspace: string;
  readonly board: string;
  readonly url: string;
}

/** `HERMES_…` for scripts written for that board. The token of the claim is also the credential, and ends with it. */
export function workerEnvironment(variables: Readonly<Record<string, string>>, place: WorkerPlace): Record<string, string> {
  const environment: Record<string, string> = { GUILDHALL_URL: place.url, GUILDHALL_TOKEN: place.token };
  for (const [name, value] of Object.entries(variables)) if (passedOn.includes(name) || /^LC_[A-Z]+$/u.test(name)) environment[name] = value;
  const facts = { TASK: place.task, RUN_ID: place.run, CLAIM_TOKEN: place.token, WORKSPACE: place.workspace, BOARD: place.board };
  for (const prefix of ['GUILDHALL_KANBAN', 'HERMES_KANBAN']) for (const [name, value] of Object.entries(facts)) environment[`${prefix}_${name}`] = value;
  return environment;
}

/** What every process of a run carries, also after it has left its group. */
export function runVariable(run: string): string {
  return `GUILDHALL_KANBAN_RUN_ID=${run}`;
}
