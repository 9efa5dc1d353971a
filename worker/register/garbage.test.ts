import assert from 'node:assert/strict'
import { test } from 'node:test'
import { garbage, keepUnusedMs } from './garbage.ts'
import type { BlobEntry } from './ledger.ts'

test('unused blobs are garbage after 24 hours, or after the time that a register in memory keeps them', () => {
  const nowMs = 1_800_000_000_000
  const entries = new Map<string, BlobEntry>([
    ['used', { state: 'used', sinceMs: 0 }],
    ['new', { state: 'written', sinceMs: nowMs - 1_000 }],
    ['replaced', { state: 'written', sinceMs: nowMs - 1_001 }],
    ['old', { state: 'pending', sinceMs: nowMs - keepUnusedMs - 1 }],
  ])
  assert.deepEqual(garbage(entries, nowMs, 10), ['old'])
  assert.deepEqual(garbage(entries, nowMs, 10, 1_000), ['old', 'replaced'])
  assert.deepEqual(garbage(entries, nowMs, 1, 1_000), ['old'])
})
