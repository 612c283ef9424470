import { z } from 'zod';
import { done, routeQuery, routeView, type RouteQuery, type RouteView, type Settled } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import type { Call, RunVerb } from '../../verb.ts';

const input = z.object({ ...routeQuery.shape, config: z.string().optional() });

export const explainRoute: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { config, ...query } = options.value;
  const route = config === undefined ? await askDaemon(call, query) : await (await call.local()).explainRoute(config, query);
  if (!route.ok) return route;
  return done({ json: route.value, text: () => describe(call.output.screen, route.value) });
};

async function askDaemon(call: Call, query: RouteQuery): Promise<Settled<RouteView>> {
  const daemon = await call.connect();
  return daemon.ok ? daemon.value.ask('get', '/v1/route', routeView, { query }) : daemon;
}

function describe({ paint, marks }: Screen, route: RouteView): Shown {
  return joinShown([
    show`${paint('green', marks.yes)} ${paint('bold', route.agent)}  ${paint('dim', `tier ${route.tier}`)}  ${route.rule}`,
    ...route.losers.map((loser) => show`${paint('dim', show`${marks.no} ${loser.agent}  tier ${loser.tier}  ${loser.rule}: ${loser.reason}`)}`),
  ]);
}
