/*
 * `kubedoh/worker`: the edge as an app on Web APIs, for a runtime of your own: a configuration and ports make an edge,
 * and `handle` answers its requests. Cloudflare's runtime needs none of this: it has `kubedoh/cloudflare`.
 */
export { handle } from '../worker/app.ts'
export type { Clock } from '../worker/clock.ts'
export { ConfigError, type EdgeConfig, parseConfig } from '../worker/config.ts'
export { createEdge, type Edge, type EdgePorts, type StoreFacts } from '../worker/edge.ts'
export { internalError } from '../worker/http/plain-response.ts'
export type { DohRequest, DohResponse } from '../worker/http/request.ts'
export { fromWeb, toWeb } from '../worker/http/web.ts'
export type { Fetch, KvReader, KvWriter, Log, Meter, Sql, Tasks } from '../worker/ports.ts'
export type { Register } from '../worker/register/register.ts'
export { createSqlRegister } from '../worker/register/sql-register.ts'
