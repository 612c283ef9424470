/** The agents, their tools, and where a message would go. */
import { z } from 'zod';
import { agentView, done, routeQuery, routeView, toolView } from '@guildhall/protocol';
import type { Operations } from '../../operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { id } from './queries.ts';

type Names = 'get /v1/agents' | 'get /v1/agents/{id}' | 'get /v1/agents/{id}/tools' | 'post /v1/agents/{id}/mcp/{server}/review' | 'get /v1/route';

const byAgent = z.strictObject({ id });

export function teamEndpoints(operations: Operations): Pick<Endpoints, Names> {
  return {
    'get /v1/agents': endpoint({ answer: z.array(agentView), work: async () => done(await operations.listAgents()) }),
    'get /v1/agents/{id}': endpoint({ params: byAgent, answer: agentView, work: ({ params }) => operations.readAgent(params.id) }),
    'get /v1/agents/{id}/tools': endpoint({ params: byAgent, answer: z.array(toolView), work: ({ params }) => operations.listTools(params.id) }),
    'post /v1/agents/{id}/mcp/{server}/review': endpoint({
      params: z.strictObject({ id, server: id }),
      answer: z.object({ hash: z.string(), tools: z.array(z.string()) }),
      work: ({ params }, { by }) => operations.reviewMcpServer(params.id, params.server, by),
    }),
    'get /v1/route': endpoint({ query: routeQuery, answer: routeView, work: async ({ query }) => operations.explainRoute(query) }),
  };
}
