/** Who asks or is asked, resolved by the daemon. `name` is what people and rules call it: an agent id, or `role:<plan>/<role>`. */
export interface Endpoint {
  readonly name: string;
  readonly agent: string;
  readonly sessionKey: string;
}
