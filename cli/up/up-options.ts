import { agentOptions } from '../options/agent-options.ts'
import { observeOptions } from '../options/observe-options.ts'
import { policyOptions } from '../options/policy-option.ts'
import { serverNameOptions } from '../options/serve/dns-listen-options.ts'
import { serveOptions } from '../options/serve/serve-options.ts'
import { sourceOptions } from '../options/source-option.ts'
import { allowOption } from './allow-option.ts'

/** Options of `up`. */
export const upOptions = {
  ...sourceOptions,
  zone: {
    kind: 'list',
    value: 'ZONE',
    help: 'an alias zone with the same names, such as dev.k8s.example.com; svc for names such as web.prod.svc; ID.internal is one already',
  },
  'no-internal': {
    kind: 'flag',
    help: "leave out the alias zone ID.internal, where ID is the cluster's id",
  },
  reverse: {
    kind: 'list',
    value: 'CIDR',
    byDefault: 'the private ranges',
    help: 'answer PTR queries for addresses in this range; outside of all ranges, only public addresses that the cluster has are answered',
  },
  upstream: {
    kind: 'list',
    value: 'URL',
    help: 'DoH resolver for CNAME targets outside the cluster, such as https://1.1.1.1/dns-query; further ones are asked when the first fails',
  },
  forward: { kind: 'flag', help: 'forward names outside the zones to --upstream' },
  public: {
    kind: 'flag',
    help: 'answer everybody without a token, also if an address to listen on is not a loopback address',
  },
  follower: {
    kind: 'list',
    value: 'KEY',
    help: 'let the edge with this public key follow this one (serve --follow) and copy the whole snapshot; may be given several times',
  },
  ...agentOptions,
  ...policyOptions,
  ...allowOption,
  ...observeOptions,
  ...serverNameOptions,
  ...serveOptions,
} as const
