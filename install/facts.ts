import type { Owner } from './step.ts'

/** A configuration file: its path and text. */
export type ConfigFile = { readonly path: string; readonly text: string }

/** The file /etc/resolv.conf as it is on the machine. */
export type ResolvConf = {
  readonly text: string
  /** The path behind symbolic links. */
  readonly place: string
  /** Whether it is mounted over another file, as in containers. */
  readonly isMounted: boolean
}

/** systemd-resolved. */
export type ResolvedFacts = {
  readonly isActive: boolean
  /** Whether programs ask it: through 127.0.0.53 in resolv.conf, or through nss-resolve. */
  readonly isAsked: boolean
  /** Its configuration in the order in which it is read. */
  readonly config: readonly ConfigFile[]
  /** Whether a link has a nameserver; undefined where that could not be found out. */
  readonly hasLinkServer: boolean | undefined
  /** The domains of links, such as those of VPNs, without the leading ~ and final dot. */
  readonly linkDomains: readonly { readonly link: string; readonly domain: string }[]
}

/** NetworkManager. */
export type NetworkManagerFacts = {
  readonly isActive: boolean
  /** Its configuration in the order in which it is read. */
  readonly config: readonly ConfigFile[]
}

/** dnsmasq as a service of its own, not as a part of NetworkManager or libvirt. */
export type DnsmasqFacts = {
  readonly isActive: boolean
  readonly isInstalled: boolean
  /** The directory whose files it reads; undefined where it reads none. */
  readonly directory: string | undefined
}

/** The program of the stub: the words that start it, and who may run it. */
export type ProgramFacts = {
  readonly argv: readonly string[]
  /** Whether every user may read and run it. */
  readonly isForAll: boolean
}

/** The user for whom an administrator works, as sudo tells. */
export type Invoker = Owner & { readonly name: string }

/** All that planners need to know of a machine, as it is without an installation of ours. */
export type Facts = {
  readonly platform: 'linux' | 'darwin' | 'win32'
  readonly resolvConf: ResolvConf | undefined
  readonly isWsl: boolean
  /** Whether systemd runs the machine's services. */
  readonly hasSystemd: boolean
  readonly resolved: ResolvedFacts
  readonly networkManager: NetworkManagerFacts
  readonly dnsmasq: DnsmasqFacts
  readonly program: ProgramFacts
  readonly invoker: Invoker | undefined
}

/** What the stub answers, and where: the same for every system. */
export type Route = {
  /** Without final dot, in lower case, the primary zone first. */
  readonly zones: readonly string[]
  /** The zones of the reverse ranges, such as 96.10.in-addr.arpa. */
  readonly reverse: readonly string[]
  readonly host: string
  readonly port: number
  /** The domains for short names, each in one of the zones. */
  readonly search: readonly string[]
}
