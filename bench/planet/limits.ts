import type { Values } from './inputs.ts'
import { pollsPerSecond, publishesPerSecond, queriesPerSecond } from './use.ts'

/** A limit of the platform or of the design: how much of it is used (1: all), and what lifts it. */
export type Limit = { readonly what: string; readonly used: number; readonly lifts: string }

/** Clusters that fit into the configuration of one Worker. */
export function clustersPerWorker({ variableBytes, clusterBytes }: Values): number {
  return Math.max(1, Math.floor(variableBytes / clusterBytes))
}

/** The limits, the most used first. The first with more than 1 is the first that breaks. */
export function limitsOf(values: Values): Limit[] {
  const { clusters, places, pollSeconds, objectPerSecond, isolatesPerPlace, placesPerCluster, peak } = values
  const list: Limit[] = [
    {
      what: 'clusters in the configuration of one Worker',
      used: clusters / clustersPerWorker(values),
      lifts: `a Worker for every ${clustersPerWorker(values)} clusters, by host name`,
    },
    {
      what: 'Workers of an account, with that many clusters each',
      used: clusters / clustersPerWorker(values) / values.workersPerAccount,
      lifts: 'a second account, or configuration that the Worker reads from KV',
    },
    {
      what: 'requests to one register, a cluster asked for in every place',
      used: Math.min(places / pollSeconds, (queriesPerSecond(values) * peak) / clusters) / objectPerSecond,
      lifts: 'a longer interval (againMs)',
    },
    {
      what: 'the same where isolates do not share heads',
      used: (placesPerCluster * isolatesPerPlace) / pollSeconds / objectPerSecond,
      lifts: 'a custom domain, with which the Cache API is there',
    },
    {
      what: 'writes to the key of a root in KV, if every root were written there',
      used: publishesPerSecond(values) / values.keyWritesPerSecond,
      lifts: 'the register serves, and KV gets checkpoints',
    },
    {
      what: 'the row of a root in the register (schema 2)',
      used: values.rootBytes / values.rowBytes,
      lifts: 'buckets have rows of their own',
    },
    {
      what: 'polls that one source answers, if every place followed it on Bun',
      used: (places * pollsPerSecond(values) * clusters * values.bunMs) / 1000 / values.placesPerCluster,
      lifts: 'followers of followers: a tree with a hundred places under each of three sources',
    },
  ]
  return list.toSorted((a, b) => b.used - a.used)
}
