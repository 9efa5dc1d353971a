import type { Facts, Route } from './facts.ts'
import type { Wish } from './plan.ts'

/** A laptop without any program for names: the base of the tests' machines. */
export const plainLinux: Facts = {
  platform: 'linux',
  resolvConf: {
    text: '# by hand\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch example.com\noptions timeout:2\n',
    place: '/etc/resolv.conf',
    isMounted: false,
  },
  isWsl: false,
  hasSystemd: true,
  resolved: { isActive: false, isAsked: false, config: [], hasLinkServer: undefined, linkDomains: [] },
  networkManager: { isActive: false, config: [] },
  dnsmasq: { isActive: false, isInstalled: false, directory: undefined },
  program: { argv: ['/usr/bin/node', '/usr/lib/kubedoh/cli/kubedoh.mjs'], isForAll: true },
  invoker: undefined,
}

/** The same with systemd-resolved, as Ubuntu and Fedora have it. */
export const withResolved: Facts = {
  ...plainLinux,
  resolvConf: {
    text: 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n',
    place: '/run/systemd/resolve/stub-resolv.conf',
    isMounted: false,
  },
  resolved: { isActive: true, isAsked: true, config: [], hasLinkServer: true, linkDomains: [] },
}

/** Zones and ranges of an edge, and the usual address of a stub. */
export const route: Route = {
  zones: ['cluster.local', 'k8s.example.com'],
  reverse: ['96.10.in-addr.arpa', '0.0.0.0.0.1.0.0.0.0.d.f.ip6.arpa'],
  host: '127.0.0.1',
  port: 5300,
  search: [],
}

/** Resolver and service, for an edge whose URL has a token. */
export const wish: Wish = {
  parts: ['resolver', 'service'],
  system: undefined,
  zones: route.zones,
  reverse: route.reverse,
  search: [],
  bridge: undefined,
  listen: undefined,
  url: 'https://edge.example.com/dns-query/prod-secretsecretsecretsecret22',
  ca: undefined,
}
