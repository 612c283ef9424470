import { done, statusView, type StatusView } from '@guildhall/protocol';
import { isCompatible, refuseVersion } from '../../http/find-daemon.ts';
import { count } from '../../terminal/output.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { byteSize, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

export const showStatus: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const status = await daemon.value.ask('get', '/v1/status', statusView);
  if (!status.ok) return status;
  if (!isCompatible(status.value.version)) return refuseVersion(daemon.value.url, status.value.version);
  return done({ json: status.value, text: () => describe(call.output.screen, status.value) });
};

function describe(screen: Screen, status: StatusView): Shown {
  const { paint, now } = screen;
  const row = (name: string, value: Shown) => show`${paint('dim', name.padEnd(10))} ${value}`;
  const { config, database, model, turns, outbound } = status;
  const size = database.bytes === undefined ? '' : `, ${byteSize(database.bytes)}`;
  const rows = [
    row('url', show`${paint('bold', status.url)}`),
    row('version', show`${status.version} on Node ${status.node}, process ${status.pid}, started ${relativeTime(status.startedAt, now)}`),
    row('home', show`${status.home}`),
    row('database', show`${database.kind} ${database.location}${size}`),
    row(
      'config',
      show`${config.file}, version ${config.rev}${config.valid ? '' : paint('red', ' (the file is not valid; the last good version is in force)')}`,
    ),
    row('model', show`${model.id}${model.rehearsal ? paint('yellow', ' [rehearsal]') : ''} ${paint('dim', model.reason)}`),
    row('team', show`${count(status.agents, 'agent')}, ${count(status.sessions, 'session')}`),
    row('turns', show`${turns.running} running, ${turns.queued} waiting`),
    ...(status.work === undefined ? [] : [row('plans', show`${status.work.openPlans} open`), row('handoffs', show`${status.work.openHandoffs} open`)]),
  ];
  if (config.problem !== undefined) rows.push(row('', paint('red', config.problem)));
  if (outbound.unknown > 0) rows.push(row('messages', paint('yellow', `${outbound.unknown} may or may not have been delivered; see: guildhall doctor`)));
  if (status.approvals > 0)
    rows.push(row('approvals', paint('yellow', show`${count(status.approvals, 'approval')} wait for you; see: guildhall approvals list`)));
  for (const waiting of describeWork(status)) rows.push(row('', paint('yellow', waiting)));
  return joinShown(rows);
}

/** What of the work waits for a person, with the command that shows it. */
function describeWork({ work }: StatusView): readonly string[] {
  if (work === undefined) return [];
  const waiting: readonly (readonly [number, string, string])[] = [
    [work.waitingForPerson, 'role waits for a person; see: guildhall doctor', 'roles wait for a person; see: guildhall doctor'],
    [
      work.undecidedFindings,
      'finding waits for the Lead; see: guildhall findings list --status reported',
      'findings wait for the Lead; see: guildhall findings list --status reported',
    ],
    [work.quarantinedSkills, 'skill is quarantined; see: guildhall skills list', 'skills are quarantined; see: guildhall skills list'],
    [work.pausedSchedules, 'schedule is paused; see: guildhall schedules list', 'schedules are paused; see: guildhall schedules list'],
    [work.pausedHandoffs, 'handoff is paused; see: guildhall handoffs list --open', 'handoffs are paused; see: guildhall handoffs list --open'],
    [work.openBreakers, 'edge rests after failures; see: guildhall handoffs edges', 'edges rest after failures; see: guildhall handoffs edges'],
  ];
  return waiting.filter(([number]) => number > 0).map(([number, one, more]) => `${number} ${number === 1 ? one : more}`);
}
