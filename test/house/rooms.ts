/**
 * One room: a folder with source files, and all that its files may import. A row names a room, or one file of a room
 * ('worker/clock.ts') where the rest of that room is out of bounds. No row, no import.
 */
export type Room = {
  /** What its files may import at run time. */
  readonly imports?: readonly string[]
  /** What they may import as types only. Rooms at the top of a folder describe what its rooms exchange. */
  readonly types?: readonly string[]
  /** Packages: all of the room's files, or only those listed. `node:` stands for Node's own modules. */
  readonly packages?: Readonly<Record<string, 'all' | readonly string[]>>
}

/** The rooms of the product by path. docs/architecture.md tells the purpose of each. */
export const rooms: Readonly<Record<string, Room>> = {
  dns: {},
  'dns/message': { imports: ['dns'] },
  'dns/text': { imports: ['dns/message', 'dns'] },
  snapshot: { imports: ['dns'], packages: { jose: 'all' } },
  check: { imports: ['dns'], packages: { 'dns-packet': 'all' } },
  client: {
    imports: ['dns'],
    packages: { 'node:': 'all' },
  },

  worker: {
    imports: [
      'worker/http',
      'worker/answer',
      'worker/reader',
      'worker/upstream',
      'worker/register',
      'snapshot',
      'dns',
    ],
    packages: { hono: ['routes.ts'] },
  },
  'worker/http': { imports: ['worker/answer', 'dns'], types: ['worker', 'snapshot'] },
  'worker/answer': { imports: ['snapshot', 'dns'], types: ['worker'] },
  'worker/reader': {
    imports: ['worker/answer', 'worker/clock.ts', 'snapshot'],
    types: ['worker'],
  },
  'worker/upstream': {
    imports: ['worker/reader', 'worker/http', 'worker/clock.ts', 'dns'],
    types: ['worker'],
  },
  'worker/register': {
    imports: ['worker/clock.ts', 'worker/http', 'snapshot'],
    types: ['worker'],
  },
  'worker/cloudflare': {
    imports: ['worker', 'worker/http', 'worker/register', 'snapshot'],
    packages: { 'cloudflare:workers': 'all', '@cloudflare/workers-types': 'all' },
  },

  sync: {
    imports: [
      ...['sync/kube', 'sync/objects', 'sync/build', 'sync/schedule', 'sync/publish'],
      ...['sync/guard', 'sync/lease', 'sync/observe', 'snapshot', 'dns'],
    ],
    packages: { 'node:timers/promises': ['clock.ts'] },
  },
  'sync/kubeconfig': {
    imports: ['sync/files', 'sync/error-text.ts'],
    types: ['sync'],
    packages: { 'node:': 'all' },
  },
  'sync/kube': {
    imports: [
      ...['sync/kubeconfig', 'sync/objects', 'sync/doubled-interval.ts', 'sync/error-text.ts'],
      'snapshot',
    ],
    types: ['sync'],
    packages: {
      '@kubernetes/client-node': ['client.ts', 'authenticate.ts'],
      undici: ['client.ts', 'connections.ts', 'authenticate.ts'],
      '@bufbuild/protobuf': ['protobuf.ts'],
    },
  },
  'sync/objects': {
    imports: ['snapshot', 'dns'],
    types: ['sync'],
  },
  'sync/files': {
    imports: ['sync/objects', 'snapshot'],
    types: ['sync'],
    packages: { 'js-yaml': ['read-yaml.ts'] },
  },
  'sync/build': { imports: ['sync/objects', 'snapshot', 'dns'], types: ['sync'] },
  'sync/schedule': { imports: ['sync/build', 'sync/doubled-interval.ts', 'snapshot'] },
  'sync/publish': {
    imports: ['sync/build', 'sync/schedule', 'sync/error-text.ts', 'snapshot'],
    types: ['sync'],
    packages: { undici: ['edge-fetch.ts'] },
  },
  'sync/guard': { imports: ['sync/objects', 'snapshot'], types: ['sync'] },
  'sync/lease': { imports: ['sync/kube', 'sync/objects', 'sync/error-text.ts'], types: ['sync'] },
  'sync/observe': {
    imports: [
      ...['sync/kube', 'sync/objects', 'sync/schedule', 'snapshot'],
      ...['sync/error-text.ts', 'sync/events.ts', 'sync/wake-up.ts'],
    ],
    types: ['sync', 'sync/guard', 'sync/publish'],
  },

  host: {
    imports: ['host/store', 'host/http', 'worker', 'snapshot'],
    packages: { 'node:': 'all', undici: ['upstream-fetch.ts'] },
  },
  'host/http': {
    imports: ['host/errors.ts', 'host/tasks.ts', 'worker/http/plain-response.ts'],
    types: ['host/tls', 'worker', 'worker/http'],
    packages: { 'node:': 'all' },
  },
  'host/tls': {
    imports: ['host/errors.ts'],
    types: ['worker'],
    packages: { 'node:': 'all', '@peculiar/x509': 'all', 'reflect-metadata': 'all' },
  },
  'host/store': { imports: ['host/errors.ts'], types: ['worker'], packages: { 'node:': 'all' } },
  'host/processes': {
    imports: [
      ...['host/store', 'host/http', 'worker/embedded.ts'],
      ...['host/clock.ts', 'host/errors.ts', 'host/tasks.ts', 'host/upstream-fetch.ts'],
    ],
    types: ['host', 'host/tls', 'worker', 'worker/register'],
    packages: { 'node:': 'all' },
  },

  cost: {
    imports: ['sync', 'sync/kube', 'sync/build', 'sync/schedule', 'sync/publish', 'snapshot'],
    types: ['sync/objects'],
  },

  cli: {
    imports: [
      ...['cli/options', 'cli/run', 'cli/terminal', 'check', 'client', 'cost'],
      ...['host', 'host/store', 'sync', 'sync/publish', 'worker', 'dns'],
    ],
    types: ['host/http'],
    packages: { 'node:': 'all' },
  },
  'cli/options': {
    imports: [
      ...['host/errors.ts', 'host/http', 'host/tls', 'sync', 'sync/files', 'sync/kubeconfig'],
      ...['sync/lease', 'sync/objects', 'snapshot'],
    ],
    types: ['cli/terminal'],
    packages: { 'node:': 'all' },
  },
  'cli/run': {
    imports: [
      ...['cli/options', 'cli/terminal', 'client', 'host', 'host/http', 'host/processes', 'host/tls'],
      ...['sync', 'sync/files', 'sync/kube', 'sync/kubeconfig', 'sync/lease', 'sync/observe'],
      ...['worker/http', 'dns'],
    ],
    types: ['check', 'cli', 'sync/publish', 'snapshot', 'worker'],
    packages: { 'node:': 'all' },
  },
  'cli/terminal': {
    imports: ['cli/options', 'host/errors.ts', 'sync', 'sync/kube'],
    types: ['cli', 'worker'],
    packages: { 'node:': 'all' },
  },

  deploy: { packages: { 'node:': 'all', esbuild: 'all' } },
}
