/** Figures for those who watch many daemons. */
import { done, findingStatuses, planStatuses, roleRunStatuses, roleStatuses, scheduleStatuses, skillStatuses } from '@guildhall/protocol';
import { openHandoffStatuses } from '@guildhall/handoffs';
import type { Operations } from '../../operations.ts';
import type { Figures } from '../../operations/figures.ts';
import { freeEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { prometheusText, prometheusType, type Metric } from '../prometheus.ts';

export function metricsEndpoints(operations: Pick<Operations, 'readFigures'>): Pick<Endpoints, 'get /v1/metrics'> {
  return {
    'get /v1/metrics': freeEndpoint({
      answer: { status: 200, content: { 'text/plain': undefined } },
      work: async () => done({ kind: 'file', type: prometheusType, body: prometheusText(metricsOf(await operations.readFigures())) }),
    }),
  };
}

function metricsOf(figures: Figures): readonly Metric[] {
  const { check, tasks, turns, outbound, work } = figures;
  const byStatus = Object.entries(tasks).map(([status, value]) => ({ labels: { status }, value }));
  return [
    { name: 'guildhall_build_info', help: 'Which version runs.', type: 'gauge', samples: [{ labels: { version: figures.version }, value: 1 }] },
    gauge('guildhall_start_time_seconds', 'When this daemon started, in Unix seconds.', figures.startedAt / 1000),
    { name: 'guildhall_tasks', help: 'Open tasks by status; the counting of each stops at 10000.', type: 'gauge', samples: byStatus },
    gauge('guildhall_live_claims', 'Tasks that are held now, by live leases.', figures.liveClaims),
    gauge('guildhall_lanes', 'Registered lanes.', figures.lanes),
    gauge('guildhall_lanes_waiting', 'Lanes whose requests for work wait on this daemon.', figures.waitingLanes),
    ...(check === null
      ? []
      : [
          gauge('guildhall_dead_tasks', 'Open tasks that nothing will ever move; not 0 is a fault.', check.dead),
          gauge('guildhall_board_alarms', 'Tasks that are stranded, undead or starved.', check.alarms),
          gauge('guildhall_board_checked_timestamp_seconds', 'When the board was last looked over, in Unix seconds.', check.at / 1000),
        ]),
    byEach('guildhall_plans', 'Plans.', planStatuses, work.plans),
    byEach('guildhall_role_sessions', 'Role sessions of all plans.', roleStatuses, work.roles),
    byEach('guildhall_role_runs', 'Work asked of roles that is not finished.', unfinished, work.runs),
    byEach('guildhall_findings', 'Findings of open plans; those that are reported wait for the Lead.', findingStatuses, work.findings),
    byEach('guildhall_skills', 'Skills.', skillStatuses, work.skills),
    byEach('guildhall_schedules', 'Schedules.', scheduleStatuses, work.schedules),
    byEach('guildhall_handoffs', 'Handoffs that have not ended.', openHandoffStatuses, work.handoffs),
    gauge('guildhall_handoff_breakers_open', 'Edges over which too much failed in a row, so that they rest or are tried once more.', work.breakers.opened ?? 0),
    {
      name: 'guildhall_turns',
      help: 'Turns that wait or run.',
      type: 'gauge',
      samples: [
        { labels: { status: 'queued' }, value: turns.queued },
        { labels: { status: 'running' }, value: turns.running },
      ],
    },
    gauge('guildhall_sessions', 'Sessions there are.', figures.sessions),
    {
      name: 'guildhall_outbound_messages',
      help: 'Answers that wait to be sent, and those of which nobody knows whether they arrived.',
      type: 'gauge',
      samples: [
        { labels: { status: 'pending' }, value: outbound.pending },
        { labels: { status: 'unknown' }, value: outbound.unknown },
      ],
    },
    { name: 'guildhall_journal_position', help: 'Events in the journal.', type: 'counter', samples: [{ value: figures.journalPosition }] },
    gauge('guildhall_process_resident_memory_bytes', 'Memory of the process.', figures.residentBytes),
    gauge('guildhall_process_heap_bytes', 'Memory its JavaScript uses.', figures.heapBytes),
  ];
}

const unfinished = roleRunStatuses.filter((status) => status !== 'finished');

/** Also those there are none of: a figure that comes and goes cannot be watched. */
function byEach<Status extends string>(name: string, help: string, statuses: readonly Status[], counted: Readonly<Partial<Record<Status, number>>>): Metric {
  return { name, help, type: 'gauge', samples: statuses.map((status) => ({ labels: { status }, value: counted[status] ?? 0 })) };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] };
}
