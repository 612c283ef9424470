/**
 * What a turn of a role may use although its agent's `tools:` do not list it: the tools by which roles report, decide and look again, and by which they read approved skills. What a layer denies
 * stays denied, and each tool asks again whether this role of this plan may do it.
 */
import type { PolicyLayer } from '@guildhall/protocol';

const everyRolesTools = ['load_skill', 'search_skills', 'report_finding', 'list_findings', 'answer_finding', 'revalidate_finding'] as const;

export function withRoleTools(layers: readonly PolicyLayer[], role: string, hasReports: boolean): readonly PolicyLayer[] {
  const tools = [...everyRolesTools, ...(hasReports ? ['invoke_role'] : []), ...(role === 'lead' ? ['dispose_finding'] : [])];
  return layers.map((layer) => (layer.allow === '*' ? layer : { ...layer, allow: [...new Set([...layer.allow, ...tools])] }));
}

/** For conversations with an incarnation that has ended: words, and nothing else. */
export const noTools: readonly PolicyLayer[] = [{ source: 'an incarnation that has ended answers in words', allow: [], deny: ['*'] }];
