import { isClusterId } from '../../snapshot/keys.ts'
import { ConfigError, parseConfig } from '../../worker/config.ts'
import { UsageError } from '../options/option-table.ts'

/** Where an edge runs. */
export const edgeKinds = ['cloudflare', 'self-hosted'] as const

export type EdgeKind = (typeof edgeKinds)[number]

/** The decisions behind the files of one edge and one cluster. */
export type Setup = {
  readonly edge: EdgeKind
  /** The edge's host name, without a scheme. */
  readonly host: string
  /** The cluster's id. */
  readonly cluster: string
  /** The cluster's DNS domain. */
  readonly domain: string
  /** Alias zones. */
  readonly zones: readonly string[]
  /** Address ranges (CIDRs) for PTR queries. */
  readonly reverse: readonly string[]
}

/** A host name with two labels at least, and an optional port. */
const hostForm =
  /^(?=.{1,253}(?::|$))(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}(?::[0-9]{1,5})?$/

/** The kind of edge that a word names. Throws UsageError. */
export function readEdgeKind(text: string): EdgeKind {
  const kind = edgeKinds.find((each) => each === text)
  if (kind) return kind
  throw new UsageError(`--edge is "${text}", it must be one of ${edgeKinds.join(', ')}`)
}

/** A host name in lower case. Throws UsageError for URLs and for names with one label. */
export function readHost(text: string): string {
  const host = text.toLowerCase()
  if (hostForm.test(host)) return host
  throw new UsageError(
    `--host is "${text}", it must be a host name such as dns.example.com, without https://`,
  )
}

/** A cluster's id. Throws UsageError. */
export function readCluster(text: string): string {
  if (isClusterId(text)) return text
  throw new UsageError(`--cluster is "${text}", it must have letters of a to z, digits and dashes only`)
}

/** The edge's base URL, as agents are given it. */
export function edgeUrl({ host }: Pick<Setup, 'host'>): string {
  return `https://${host}`
}

/**
 * The text of an edge's configuration that serves the cluster of a setup as well, with this public key. A cluster that
 * `before` has already keeps its entry. Throws UsageError for a faulty zone or range.
 */
export function withCluster(before: string | undefined, setup: Setup, publicKey: string): string {
  const config = before === undefined ? { clusters: [] } : (JSON.parse(before) as EdgeFile)
  const { cluster: id, domain, zones, reverse } = setup
  if (config.clusters.some((each) => each.id === id)) return before ?? ''
  const entry = { id, keys: [publicKey], domain, zones: [domain, ...zones], reverse: [...reverse] }
  const text = `${JSON.stringify({ ...config, clusters: [...config.clusters, entry] }, undefined, 2)}\n`
  try {
    parseConfig(text)
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error
  }
  return text
}

type EdgeFile = { readonly clusters: readonly { readonly id: string }[] }
