/** Every route of the table with what stands behind it. A route without an endpoint, or an endpoint without a route, does not compile and does not start. */
import type { routes } from '@guildhall/protocol';
import type { Endpoint, OpenEndpoint } from './endpoint.ts';

type TableRoute = (typeof routes)[number];
type NameOf<R extends TableRoute> = R extends TableRoute ? `${R['method']} ${R['path']}` : never;

/** A route as `get /v1/status`. */
type RouteName = NameOf<TableRoute>;
type OpenName = NameOf<Extract<TableRoute, { access: 'open' }>>;

export type Endpoints = { readonly [Name in RouteName]: Name extends OpenName ? OpenEndpoint : Endpoint };
