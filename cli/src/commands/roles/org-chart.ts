import type { RoleDefinitionView, RoleView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { cut } from '../../terminal/table.ts';

/** Who reports to whom, as a tree. A role whose superior is not there, or which would report to itself, stands at the top. */
export function renderOrgChart(screen: Screen, roles: readonly RoleDefinitionView[]): Shown {
  const seen = new Set<string>();
  const branch = (role: RoleDefinitionView, before: string, connector: string): readonly Shown[] => {
    if (seen.has(role.role)) return [];
    seen.add(role.role);
    const below = roles.filter(({ reportsTo, role: name }) => reportsTo === role.role && !seen.has(name));
    const inside = connector === '' ? before : `${before}${connector === '└─ ' ? '   ' : '│  '}`;
    return [roleLine(screen, role, before + connector), ...below.flatMap((each, at) => branch(each, inside, at === below.length - 1 ? '└─ ' : '├─ '))];
  };
  const tops = roles.filter(({ reportsTo }) => reportsTo === null || !roles.some(({ role }) => role === reportsTo));
  return joinShown([...tops, ...roles].flatMap((role) => branch(role, '', '')));
}

/** `lead (developer agent)`: who does the work. */
export function filledBy({ filledBy: by }: Pick<RoleView, 'filledBy'>): string {
  return by.kind === 'person' ? 'a person' : by.agent;
}

function roleLine(screen: Screen, role: RoleDefinitionView, lead: string): Shown {
  const { paint, marks, width } = screen;
  const tree = marks.yes === '✓' ? lead : lead.replaceAll('└─', '`-').replaceAll('├─', '|-').replaceAll('│', '|');
  const facts = `${role.title}, ${filledBy(role)}`;
  const used = tree.length + role.role.length + facts.length + 4;
  const mission = width === undefined ? role.mission : cut(role.mission, Math.max(0, width - used), marks.ellipsis);
  return show`${paint('dim', tree)}${paint('bold', role.role)}  ${facts}${mission === '' ? '' : paint('dim', `  ${mission}`)}`;
}
