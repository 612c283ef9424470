/** Figures in the text form of Prometheus, read as its parser reads them. */
import { describe, expect, it } from 'vitest';
import { prometheusText } from '../src/http/prometheus.ts';
import { openDoor } from './http-open-door.ts';

interface Family {
  help?: string;
  type?: string;
  readonly samples: Map<string, number>;
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Throws on a line the format does not have, and on a sample without its family. */
function parse(text: string): ReadonlyMap<string, Family> {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, Family>();
  const family = (name: string) => {
    const known = families.get(name) ?? { samples: new Map<string, number>() };
    families.set(name, known);
    return known;
  };
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, named = '', words = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') family(named).help = words;
    else if (kind === 'TYPE') family(named).type = words;
    else {
      const [, name = '', labels = '', value] = sampleLine.exec(line) ?? [];
      const known = families.get(name);
      if (value === undefined || known?.type === undefined) throw new Error(`not a sample: ${line}`);
      known.samples.set(labels, Number(value));
    }
  }
  return families;
}

describe('figures', () => {
  it('are told with their help and type, under names of our own', async () => {
    const door = await openDoor();
    const answer = await door.call('GET', '/v1/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parse(answer.text);
    for (const [name, { help, type, samples }] of families) {
      expect(name).toMatch(/^guildhall_/);
      expect(help).toMatch(/\S/);
      expect(['gauge', 'counter']).toContain(type);
      expect(samples.size).toBeGreaterThan(0);
    }
    const value = (name: string, labels = '') => families.get(name)?.samples.get(labels);
    expect(value('guildhall_tasks', 'status="ready"')).toBe(4);
    expect(value('guildhall_tasks', 'status="blocked"')).toBe(0);
    expect(value('guildhall_plans', 'status="open"')).toBe(2);
    expect(value('guildhall_role_runs', 'status="waiting-for-person"')).toBe(1);
    expect(value('guildhall_role_runs', 'status="finished"')).toBeUndefined();
    expect(value('guildhall_findings', 'status="reported"')).toBe(4);
    expect(value('guildhall_skills', 'status="quarantined"')).toBe(0);
    expect(value('guildhall_schedules', 'status="paused"')).toBe(1);
    expect(value('guildhall_handoffs', 'status="running"')).toBe(2);
    expect(value('guildhall_handoffs', 'status="paused"')).toBe(0);
    expect(value('guildhall_handoff_breakers_open')).toBe(1);
    expect(value('guildhall_dead_tasks')).toBe(0);
    expect(value('guildhall_board_alarms')).toBe(1);
    expect(value('guildhall_live_claims')).toBe(5);
    expect(value('guildhall_lanes_waiting')).toBe(6);
    expect(value('guildhall_turns', 'status="running"')).toBe(2);
    expect(value('guildhall_journal_position')).toBe(0);
    expect(value('guildhall_process_resident_memory_bytes')).toBe(90_000_000);
    expect(value('guildhall_start_time_seconds')).toBe(1_700_000_000);
  });

  it('are for those who may read, and nobody else', async () => {
    const door = await openDoor();
    expect((await door.call('GET', '/v1/metrics', { secret: door.secretFor('read') })).status).toBe(200);
    expect((await door.call('GET', '/v1/metrics', { secret: null })).status).toBe(401);
    expect((await door.call('GET', '/v1/metrics', { secret: door.secretFor('lane:factory') })).status).toBe(403);
  });

  it('stay readable whatever a label holds', () => {
    const text = prometheusText([{ name: 'x', help: 'a\\b\nc', type: 'gauge', samples: [{ labels: { path: 'C:\\"new"\n' }, value: 1.5 }] }]);
    expect(text).toBe('# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{path="C:\\\\\\"new\\"\\n"} 1.5\n');
    expect(parse(text).get('x')?.samples.size).toBe(1);
  });
});
