import type { MetricRow } from '../../observe/prometheus.ts'

/** Every metric of an edge that follows another one. */
export const followRows = {
  looks: {
    name: 'kubedoh_follow_looks_total',
    type: 'counter',
    labels: ['cluster', 'result'],
    help: 'Looks at the source: unchanged, copied (a new root), older (the source is behind), none (the source has no snapshot), failed (no usable answer), or refused (a root that must not be used; the log has the code).',
  },
  blobs: {
    name: 'kubedoh_follow_blobs_total',
    type: 'counter',
    labels: ['cluster'],
    help: 'Blobs and buckets that were copied from the source.',
  },
  success: {
    name: 'kubedoh_follow_last_success_timestamp_seconds',
    type: 'gauge',
    labels: ['cluster'],
    help: 'When the source last gave a usable answer; absent before the first one.',
  },
} as const satisfies Record<string, MetricRow>
