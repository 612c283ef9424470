import { z } from 'zod';
import { skillView, type SkillView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { joinShown, nothing, show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { onOneLine } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { skillPaint } from './describe-skill.ts';

const columns: readonly Column<SkillView>[] = [
  { title: 'SKILL', cell: ({ name }) => name, shrinks: true, paint: () => 'bold' },
  { title: 'SCOPE', cell: ({ scope }) => scope, shrinks: true },
  { title: 'STATUS', cell: ({ status }) => status, paint: ({ status }) => skillPaint[status] },
  { title: 'VERSION', cell: ({ version }) => version, shrinks: true, drops: true },
  { title: 'HASH', cell: ({ hash }) => hash.slice(0, 12), paint: ({ hash, pinned }) => (pinned !== '' && hash !== pinned ? 'red' : 'plain'), drops: true },
  { title: 'LOOK AT', cell: ({ warnings }) => (warnings.length === 0 ? '' : String(warnings.length)), paint: () => 'yellow', align: 'right' },
  { title: 'DESCRIPTION', cell: ({ description }) => onOneLine(description), shrinks: true, drops: true },
];

export const listSkills: RunVerb = (call) =>
  answerWith(call, { method: 'get', path: '/v1/skills', answer: z.array(skillView) }, (skills, screen) => {
    if (skills.length === 0) return show`No skills yet. Install one: guildhall skills stage FOLDER`;
    const waiting = skills.filter(({ status }) => status === 'staged' || status === 'discovered');
    const hint =
      waiting.length === 0
        ? []
        : [nothing, screen.paint('dim', show`Nobody loads what is not approved. Read it: guildhall skills show ${waiting[0]?.name ?? ''}`)];
    return joinShown([renderTable(screen, columns, skills), ...hint]);
  });
