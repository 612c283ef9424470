import { z } from 'zod';
import { configVersionView, done, type ConfigVersionView } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { isoTime, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

export const listVersions: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const versions = await daemon.value.ask('get', '/v1/config/versions', z.array(configVersionView));
  if (!versions.ok) return versions;
  const { screen } = call.output;
  const columns: readonly Column<ConfigVersionView>[] = [
    { title: 'REV', cell: (version) => String(version.rev), align: 'right', paint: () => 'bold' },
    { title: 'WHEN', cell: (version) => `${isoTime(version.at)} (${relativeTime(version.at, screen.now)})` },
    { title: 'BY', cell: (version) => version.actor, shrinks: true },
    { title: 'DIGEST', cell: (version) => version.digest.slice(0, 12), paint: () => 'dim' },
    { title: '', cell: (version) => (version.current ? 'in force' : ''), paint: () => 'green' },
  ];
  return done({
    json: versions.value,
    text: () => (versions.value.length === 0 ? show`No version was stored yet.` : renderTable(screen, columns, versions.value)),
  });
};
