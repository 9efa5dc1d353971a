import type { MetricRow } from '../../observe/prometheus.ts'

/** Every metric of an edge with a store that several edges share. */
export const storeRows = {
  available: {
    name: 'kubedoh_store_available',
    type: 'gauge',
    labels: [],
    help: '1 while the store answers this edge, 0 while it is away.',
  },
  pushed: {
    name: 'kubedoh_store_pushed_total',
    type: 'counter',
    labels: ['cluster'],
    help: 'New roots that the store pushed to this edge.',
  },
} as const satisfies Record<string, MetricRow>
