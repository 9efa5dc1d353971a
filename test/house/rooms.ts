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

  snapshot: { imports: ['snapshot/policy', 'dns'], packages: { jose: 'all' } },
  'snapshot/policy': {
    imports: [
      'snapshot/errors.ts',
      'snapshot/jws.ts',
      'snapshot/key.ts',
      'snapshot/keys.ts',
      'snapshot/blob.ts',
      'snapshot/schema.ts',
      'snapshot/shape.ts',
      'dns',
    ],
  },

  observe: {},

  check: { imports: ['dns', 'dns/message', 'dns/text'], packages: { 'dns-packet': 'all' } },

  client: {
    imports: ['client/dns', 'dns', 'dns/message', 'dns/text', 'setup'],
    packages: { 'node:': 'all' },
  },
  'client/dns': {
    imports: [
      'client/authorities.ts',
      'client/connect-error.ts',
      'client/errors.ts',
      'client/query-message.ts',
      'client/within-ms.ts',
      'dns',
      'dns/message',
      'host/dns/stream/framing.ts',
    ],
    types: ['client/answer.ts'],
    packages: { 'node:': 'all' },
  },
  'client/print': {
    imports: ['dns', 'dns/message', 'dns/text'],
    types: ['client/answer.ts', 'client/questions.ts'],
  },

  'setup/profiles': { imports: ['dns', 'setup'], packages: { uqr: ['qr.ts'] } },
  connect: {
    imports: ['connect/cache', 'connect/edge', 'dns', 'dns/message'],
    types: ['host/dns', 'worker'],
  },
  'connect/cache': { imports: ['client/answer-ttl.ts', 'dns', 'dns/message'] },
  'connect/edge': {
    imports: ['client/authorities.ts', 'client/connect-error.ts', 'client/errors.ts', 'setup'],
    packages: { 'node:': 'all' },
  },
  'connect/forward': {
    imports: [
      'client/dns/ask-stream.ts',
      'client/dns/ask-udp.ts',
      'client/dns/read-answer.ts',
      'dns',
      'dns/message',
    ],
  },
  'connect/network': {},

  setup: { imports: ['dns'] },

  worker: {
    imports: [
      'worker/http',
      'worker/limit',
      'worker/answer',
      'worker/reader',
      'worker/upstream',
      'worker/register',
      'snapshot',
      'dns',
      'dns/message',
      'worker/access',
      'worker/query',
      'snapshot/policy',
      'worker/report',
      'worker/setup',
      'worker/source',
      'worker/status',
    ],
    packages: { hono: ['routes.ts'] },
  },
  'worker/access': {
    imports: ['snapshot/policy', 'worker/answer', 'worker/limit', 'worker/reader', 'snapshot', 'dns'],
    types: ['worker'],
  },
  'worker/answer': { imports: ['snapshot', 'dns'], types: ['dns/message', 'worker'] },
  'worker/cloudflare': {
    imports: ['worker', 'worker/http', 'worker/limit', 'worker/register', 'worker/source'],
    types: ['snapshot'],
    packages: { '@cloudflare/workers-types': 'all', 'cloudflare:workers': 'all' },
  },
  'worker/http': {
    imports: ['worker/answer', 'dns', 'dns/message', 'dns/text'],
    types: ['snapshot', 'worker/access'],
  },
  'worker/limit': { imports: ['worker/http', 'dns'], types: ['worker'] },
  'worker/pages': {
    imports: ['dns', 'dns/message', 'dns/text', 'worker/http', 'worker/pages/ways'],
    types: ['setup', 'setup/profiles'],
  },
  'worker/pages/ways': {
    imports: ['worker/pages/html.ts', 'worker/pages/page-facts.ts'],
    types: ['setup/profiles'],
  },
  'worker/query': {
    imports: [
      'dns',
      'dns/message',
      'snapshot/blob.ts',
      'worker/access',
      'worker/answer',
      'worker/reader',
      'worker/upstream',
    ],
    types: ['worker', 'worker/http'],
  },
  'worker/reader': {
    imports: ['worker/answer', 'worker/clock.ts', 'snapshot'],
    types: ['worker', 'worker/source'],
  },
  'worker/register': {
    imports: ['worker/clock.ts', 'worker/http', 'worker/limit', 'snapshot', 'snapshot/policy'],
    types: ['dns', 'worker'],
  },
  'worker/report': {
    imports: ['dns', 'dns/message', 'dns/text'],
    types: ['worker', 'worker/access', 'worker/http', 'worker/query'],
  },
  'worker/setup': {
    imports: [
      'dns',
      'dns/message',
      'dns/text',
      'setup',
      'setup/profiles',
      'worker/access',
      'worker/answer',
      'worker/answer-message.ts',
      'worker/clock.ts',
      'worker/http',
      'worker/limit',
      'worker/pages',
    ],
    types: ['snapshot', 'worker', 'worker/query', 'worker/reader', 'worker/report'],
  },
  'worker/source': {
    imports: ['snapshot', 'worker/clock.ts', 'worker/register/reads.ts'],
    types: ['worker'],
  },
  'worker/status': {
    imports: ['dns', 'worker/clock.ts', 'worker/answer', 'worker/http'],
    types: ['snapshot', 'worker', 'worker/reader'],
  },
  'worker/upstream': {
    imports: ['worker/reader', 'worker/http', 'worker/clock.ts', 'dns', 'dns/message'],
    types: ['worker'],
  },

  sync: {
    imports: [
      'sync/kube',
      'sync/objects',
      'sync/build',
      'sync/schedule',
      'sync/publish',
      'sync/guard',
      'sync/lease',
      'sync/observe',
      'sync/policy/source',
      'snapshot',
      'dns',
    ],
    types: ['sync/kube/http'],
    packages: {
      'node:timers/promises': ['clock.ts'],
      socks: ['socks5-connector.ts'],
      undici: ['socks5-connector.ts'],
    },
  },
  'sync/build': {
    imports: ['sync/objects', 'sync/policy', 'snapshot', 'snapshot/policy', 'dns'],
    types: ['sync'],
  },
  'sync/files': {
    imports: ['sync/objects', 'snapshot'],
    types: ['sync'],
    packages: { 'js-yaml': ['read-yaml.ts'] },
  },
  'sync/guard': { types: ['snapshot', 'sync', 'sync/objects'] },
  'sync/kube': {
    imports: ['sync/objects', 'sync/retry-wait.ts', 'sync/kube/http'],
    types: ['snapshot', 'sync'],
  },
  'sync/kube/http': {
    imports: [
      'sync/kubeconfig',
      'sync/objects',
      'sync/error-text.ts',
      'sync/retry-after.ts',
      'sync/socks5-connector.ts',
    ],
    packages: {
      '@kubernetes/client-node': ['authenticate.ts'],
      undici: ['authenticate.ts', 'client.ts', 'connections.ts'],
      '@bufbuild/protobuf': ['protobuf.ts'],
    },
  },
  'sync/kubeconfig': {
    imports: ['sync/files', 'sync/error-text.ts'],
    types: ['sync'],
    packages: { 'node:': 'all' },
  },
  'sync/lease': {
    imports: ['sync/kube', 'sync/objects', 'sync/error-text.ts', 'sync/kube/http'],
    types: ['sync'],
  },
  'sync/objects': { imports: ['snapshot', 'dns'], types: ['sync'] },
  'sync/observe': {
    imports: [
      'sync/kube',
      'sync/objects',
      'sync/schedule',
      'snapshot',
      'sync/error-text.ts',
      'sync/events.ts',
      'sync/wake-up.ts',
      'sync/kube/http',
      'observe',
    ],
    types: ['sync', 'sync/guard', 'sync/publish'],
  },
  'sync/policy': {
    imports: ['sync/objects', 'sync/error-text.ts', 'snapshot', 'snapshot/policy', 'dns'],
    packages: { 'js-yaml': ['read-document.ts'] },
  },
  'sync/policy/source': {
    imports: [
      'sync/policy',
      'sync/kube',
      'sync/files',
      'sync/objects',
      'sync/error-text.ts',
      'sync/wake-up.ts',
    ],
    types: ['sync'],
    packages: { 'node:': ['parse-apart.ts', 'parse-thread.ts', 'policy-files.ts'] },
  },
  'sync/publish': {
    imports: [
      'sync/build',
      'sync/schedule',
      'sync/error-text.ts',
      'sync/retry-after.ts',
      'sync/socks5-connector.ts',
      'snapshot',
      'snapshot/policy',
    ],
    types: ['sync', 'sync/policy'],
    packages: { undici: ['edge-fetch.ts'] },
  },
  'sync/schedule': { imports: ['sync/build', 'sync/retry-wait.ts', 'snapshot'] },

  host: {
    imports: ['host/store', 'worker', 'worker/http/fault-text.ts', 'snapshot'],
    types: ['host/http'],
    packages: { 'node:': 'all', undici: ['upstream-fetch.ts'] },
  },
  'host/dns': {
    imports: [
      'host/errors.ts',
      'host/http',
      'host/tasks.ts',
      'host/dns/cookie',
      'host/dns/stream',
      'host/dns/udp',
    ],
    types: ['host/tls', 'worker'],
    packages: { 'node:': 'all' },
  },
  'host/dns/cookie': { imports: ['dns', 'dns/message'] },
  'host/dns/stream': {
    imports: ['dns', 'dns/message', 'host/dns/cookie', 'host/http', 'worker/http', 'worker/limit'],
    types: ['host/dns', 'host/tls', 'worker'],
    packages: { 'node:': 'all' },
  },
  'host/dns/udp': {
    imports: ['dns', 'dns/message', 'host', 'host/dns/cookie', 'host/http', 'worker/http', 'worker/limit'],
    types: ['host/dns', 'worker'],
    packages: { 'node:': 'all' },
  },
  'host/front': {
    imports: ['host/bun', 'host/http'],
    types: ['host/tls', 'worker'],
    packages: { 'node:': 'all' },
  },
  'host/bun': {
    imports: [
      'host/errors.ts',
      'host/tasks.ts',
      'host/http',
      'worker/http/fault-text.ts',
      'worker/http/plain-response.ts',
      'worker/http/web.ts',
    ],
    types: ['host/front', 'host/tls', 'worker', 'worker/http'],
    packages: { 'node:': 'all' },
  },
  'host/http': {
    imports: [
      'host/errors.ts',
      'host/tasks.ts',
      'worker/http/fault-text.ts',
      'worker/http/plain-response.ts',
    ],
    types: ['host/front', 'host/tls', 'worker', 'worker/http'],
    packages: { 'node:': 'all' },
  },
  'host/observe': { imports: ['observe', 'dns', 'dns/text'], types: ['snapshot', 'worker'] },
  'host/processes': {
    imports: [
      'host/observe',
      'host/store',
      'host/dns',
      'host/front',
      'host/signing',
      'worker/embedded.ts',
      'host/clock.ts',
      'host/errors.ts',
      'host/tasks.ts',
      'host/upstream-fetch.ts',
    ],
    types: ['host', 'host/http', 'host/dns/cookie', 'host/tls', 'worker', 'worker/register'],
    packages: { 'node:': 'all' },
  },
  'host/store': {
    imports: ['host/errors.ts', 'host/make-directory.ts'],
    types: ['worker'],
    packages: { 'node:': 'all' },
  },
  'host/tls': {
    imports: ['host/errors.ts'],
    types: ['worker'],
    packages: { 'node:': 'all', 'reflect-metadata': 'all', '@peculiar/x509': 'all' },
  },

  'host/signing': {
    packages: {
      'node:': 'all',
      '@peculiar/asn1-cms': ['sign-cms.ts'],
      '@peculiar/asn1-schema': ['sign-cms.ts'],
      '@peculiar/asn1-x509': ['sign-cms.ts'],
    },
  },

  doctor: {
    imports: ['doctor/edge', 'doctor/path', 'doctor/system', 'snapshot/policy'],
    types: ['install/apply', 'setup'],
  },
  'doctor/edge': {
    imports: [
      'client/connect-error.ts',
      'dns',
      'doctor/define-check.ts',
      'doctor/place.ts',
      'doctor/ports.ts',
      'doctor/some-of.ts',
      'doctor/zone-of.ts',
      'install/apply',
      'install/system',
      'setup',
      'snapshot/policy',
    ],
    types: ['doctor'],
    packages: { 'node:net': ['host.ts'] },
  },
  'doctor/path': {
    imports: ['dns', 'doctor/define-check.ts', 'doctor/ports.ts'],
  },
  'doctor/probe': {
    imports: ['client', 'client/dns', 'dns', 'dns/message', 'dns/text', 'install/apply'],
    types: ['doctor'],
    packages: { 'node:': 'all' },
  },
  'doctor/system': {
    imports: [
      'dns',
      'doctor/define-check.ts',
      'doctor/ports.ts',
      'doctor/some-of.ts',
      'doctor/zone-of.ts',
      'install/apply',
      'install/detect',
      'install/system',
    ],
    types: ['doctor'],
  },
  install: { imports: ['install/service', 'install/system', 'setup/stub-place.ts'] },
  'install/apply': {
    imports: ['install/errors.ts', 'install/step.ts'],
    types: ['install'],
    packages: { 'node:': 'all' },
  },
  'install/detect': {
    imports: ['install/apply', 'install/errors.ts', 'install/system'],
    types: ['install'],
    packages: { 'node:': 'all' },
  },
  'install/service': {
    imports: ['install/errors.ts', 'install/step.ts', 'install/system', 'setup/profiles'],
    types: ['install'],
  },
  'install/system': {
    imports: ['install/errors.ts', 'install/step.ts', 'setup/profiles'],
    types: ['install'],
  },

  cost: {
    imports: ['sync', 'sync/kube', 'sync/build', 'sync/schedule', 'sync/publish', 'snapshot'],
    types: ['sync/kube/http', 'sync/objects'],
  },

  cli: {
    imports: [
      'cli/doctor',
      'cli/connect',
      'cli/init',
      'cli/key',
      'cli/token',
      'cli/options',
      'cli/run',
      'cli/terminal',
      'check',
      'client',
      'client/print',
      'cost',
      'doctor',
      'doctor/probe',
      'host/store',
      'worker',
      'dns',
      'cli/options/serve',
      'cli/profile',
      'cli/up',
      'host/errors.ts',
      'host/signing',
      'setup',
    ],
    types: ['setup/profiles', 'sync', 'sync/objects'],
    packages: { 'node:': 'all' },
  },
  'cli/doctor': { imports: ['cli/options'], packages: { 'node:': 'all' } },
  'cli/connect': {
    imports: [
      'cli/options',
      'cli/run/aborted.ts',
      'client',
      'client/dns',
      'connect',
      'connect/cache',
      'connect/edge',
      'connect/forward',
      'connect/network',
      'dns',
      'dns/message',
      'host/dns',
      'host/errors.ts',
      'host/http',
      'install',
      'install/apply',
      'install/detect',
      'install/system',
      'setup',
    ],
    types: ['worker'],
    packages: { 'node:': 'all' },
  },
  'cli/init': {
    imports: [
      'cli/key',
      'cli/options',
      'cli/terminal',
      'cli/token',
      'cli/up',
      'host/errors.ts',
      'host/make-directory.ts',
      'snapshot',
      'worker/config.ts',
    ],
    packages: { 'node:': 'all' },
  },
  'cli/key': {
    imports: [
      'cli/options',
      'client',
      'host/errors.ts',
      'snapshot',
      'sync/policy',
      'sync/publish',
      'worker/config.ts',
    ],
    packages: { 'node:': 'all' },
  },
  'cli/options': {
    imports: [
      'host/errors.ts',
      'host/make-directory.ts',
      'host/signing',
      'sync',
      'sync/files',
      'sync/kubeconfig',
      'sync/objects',
      'setup',
      'snapshot',
    ],
    types: ['host/http', 'sync/kube', 'sync/lease', 'sync/policy/source'],
    packages: { 'node:': 'all' },
  },
  'cli/options/serve': {
    imports: ['cli/options', 'host/dns/udp', 'host/http', 'host/tls', 'worker'],
    types: ['host/dns/cookie'],
    packages: { 'node:': 'all' },
  },
  'cli/run': {
    imports: [
      'cli/options',
      'cli/terminal',
      'client',
      'host',
      'host/dns',
      'host/front',
      'host/http',
      'host/observe',
      'host/processes',
      'host/signing',
      'host/tls',
      'observe',
      'sync',
      'sync/files',
      'sync/kubeconfig',
      'sync/observe',
      'sync/policy/source',
      'sync/publish',
      'worker/http',
      'sync/kube/http',
      'host/dns/stream',
      'host/dns/udp',
    ],
    types: [
      'check',
      'cli/options/serve',
      'host/dns/cookie',
      'snapshot',
      'sync/kube',
      'sync/lease',
      'sync/objects',
      'worker',
    ],
    packages: { 'node:': 'all' },
  },
  'cli/terminal': {
    imports: ['cli/options', 'host/errors.ts', 'sync'],
    types: ['cli/options/serve', 'sync/kube', 'worker'],
    packages: { 'node:': 'all' },
  },
  'cli/profile': { imports: ['cli/options', 'client', 'dns', 'setup', 'setup/profiles'] },
  'cli/token': {
    imports: ['cli/options', 'host/errors.ts', 'snapshot', 'snapshot/policy', 'sync/objects', 'sync/policy'],
  },
  'cli/up': {
    imports: [
      'cli/options',
      'cli/options/serve',
      'cli/run',
      'cli/terminal',
      'dns',
      'dns/message',
      'host',
      'worker',
      'worker/http',
    ],
    types: ['host/http', 'snapshot', 'sync', 'sync/objects', 'sync/policy/source', 'sync/publish'],
    packages: { 'node:': 'all' },
  },

  exports: {
    imports: [
      'check',
      'dns',
      'dns/message',
      'dns/text',
      'snapshot',
      'worker',
      'worker/http',
      'worker/register/sql-register.ts',
    ],
    types: ['worker/register'],
  },

  deploy: { packages: { 'node:': 'all', esbuild: 'all' } },
  'deploy/image': { imports: ['deploy', 'deploy/npm/third-party.ts'], packages: { 'node:': 'all' } },
  'deploy/worker': { packages: { 'node:': 'all', esbuild: 'all' } },
  'deploy/npm': {
    imports: ['deploy', 'deploy/worker/bundle.ts'],
    packages: { 'node:': 'all', esbuild: 'all' },
  },
}
