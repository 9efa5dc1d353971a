import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExposition } from './exposition.case.ts'
import { processText } from './process-metrics.ts'

test('a process has its release, CPU time, memory and start', () => {
  const facts = { cpuSeconds: 1.5, residentBytes: 1024, startSeconds: 7 }
  const families = readExposition(processText(facts, { version: '1.2.3', nodeVersion: 'v24.0.0' }))
  const samples = [...families.values()].flatMap((family) => [...family.samples])
  assert.deepEqual(Object.fromEntries(samples), {
    'kubedoh_build_info{version="1.2.3",node_version="v24.0.0"}': 1,
    process_cpu_seconds_total: 1.5,
    process_resident_memory_bytes: 1024,
    process_start_time_seconds: 7,
  })
})
