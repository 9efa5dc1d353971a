import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EDE } from '../../../dns/code.ts'
import { allowanceMs, createJudge, type Judge } from './check-answer.ts'
import {
  type Inquiry,
  inquireHeadless,
  inquireImpossible,
  inquireNever,
  inquireSingle,
  keyOf,
} from './inquiries.ts'
import { createLedger, type Ledger, type State } from './object-history.ts'
import type { Seen } from './read-answer.ts'

/* The predicate of the proof, shown answers that it must pass and answers that it must not. Times are ms from a beginning. */

const limits = { staleMs: 4_000, expiredMs: 12_000 }
const [single] = inquireSingle('a', 's') as [Inquiry, Inquiry]
const [addresses, ports] = inquireHeadless('b', 'h') as [Inquiry, Inquiry, Inquiry]

/** Writes a state, sent and acknowledged at these times. */
function write(ledger: Ledger, key: string, state: State | undefined, fromMs: number, toMs = fromMs): void {
  ledger.applied(ledger.begin(key, state, fromMs), toMs)
}

function slice(version: number): State {
  const endpoints = ['a', 'b'].map((hostname, at) => ({ hostname, ip: `172.20.${version}.${at}` }))
  return { kind: 'slice', endpoints, port: 1000 + version }
}

function address(version: number): State {
  return { kind: 'address', ip: `10.96.64.${version}`, port: version }
}

/** A ledger in which both namespaces, the headless Service and first versions were written at 0. */
function begun(): Ledger {
  const ledger = createLedger()
  for (const name of ['a', 'b']) write(ledger, keyOf.namespace(name), { kind: 'namespace' }, 0)
  write(ledger, keyOf.service('b', 'h'), { kind: 'headless' }, 0)
  write(ledger, keyOf.service('a', 's'), address(1), 0)
  write(ledger, keyOf.slice('b', 'h'), slice(1), 0)
  return ledger
}

/** What the inquiry is answered where the last key's object has this state and everything else is there. */
function said(inquiry: Inquiry, state: State | undefined): string {
  return inquiry.expect([...inquiry.keys.slice(1).map(() => ({ kind: 'namespace' }) as const), state])
}

/** An answer at 100,000 ms and later. */
function seen(
  text: string,
  at: { readonly atMs?: number; readonly asOfMs?: number } & Partial<Seen> = {},
): Seen {
  const { atMs = 100_000, asOfMs = atMs - 1_000, ...rest } = at
  const snapshot = { generation: asOfMs, asOfMs, state: 'fresh' }
  return { sentMs: atMs - 5, receivedMs: atMs, text, ede: undefined, snapshot, ...rest }
}

function stale(text: string, ede: number | undefined): Seen {
  const snapshot = { generation: 1, asOfMs: 94_000, state: 'stale' }
  return seen(text, { snapshot, ede })
}

function what(judge: Judge, inquiry: Inquiry, answer: Seen): string {
  const verdict = judge(inquiry, answer)
  return verdict.kind === 'wrong' ? verdict.what : verdict.kind
}

function judgeOf(ledger: Ledger, cutMs?: number): Judge {
  return createJudge(ledger, limits, () => cutMs)
}

test('what the API was told is right, and what it was never told is not', () => {
  const judge = judgeOf(begun())
  assert.equal(what(judge, single, seen('A 10.96.64.1')), 'right')
  assert.equal(what(judge, single, seen('A 10.96.64.9')), 'wrong answer')
  assert.equal(what(judge, single, seen('NODATA')), 'wrong answer')
  assert.equal(what(judge, single, seen('NXDOMAIN')), 'wrong NXDOMAIN')
  assert.equal(what(judge, inquireNever('gone.a'), seen('NXDOMAIN')), 'right')
  assert.equal(what(judge, inquireNever('gone.a'), seen('A 10.96.64.1')), 'wrong answer')
})

test('while a write is under way both versions are right, and both for as long as the data may be older', () => {
  const ledger = begun()
  const ticket = ledger.begin(keyOf.service('a', 's'), undefined, 99_000)
  const judge = judgeOf(ledger)
  assert.equal(what(judge, single, seen('A 10.96.64.1')), 'right')
  assert.equal(what(judge, single, seen('NXDOMAIN', { asOfMs: 99_100 })), 'right')
  ledger.applied(ticket, 99_500)
  const late = { atMs: 103_000, asOfMs: 99_500 + allowanceMs - 100 }
  assert.equal(what(judgeOf(ledger), single, seen('A 10.96.64.1', late)), 'right')
  const later = { atMs: 103_000, asOfMs: 99_500 + allowanceMs + 100 }
  assert.equal(what(judgeOf(ledger), single, seen('A 10.96.64.1', later)), 'wrong answer')
  assert.equal(what(judgeOf(ledger), single, seen('NXDOMAIN', later)), 'right')
})

test('a write that was refused never was true', () => {
  const ledger = begun()
  ledger.refused(ledger.begin(keyOf.service('a', 's'), address(2), 99_000))
  assert.equal(what(judgeOf(ledger), single, seen('A 10.96.64.2')), 'wrong answer')
  assert.equal(what(judgeOf(ledger), single, seen('A 10.96.64.1')), 'right')
})

test('parts of two versions are a mixture, in one answer and in two of one generation', () => {
  const ledger = begun()
  write(ledger, keyOf.slice('b', 'h'), slice(2), 99_500)
  const mixed = 'A 172.20.1.0\nA 172.20.2.1'
  assert.equal(what(judgeOf(ledger), addresses, seen(mixed)), 'mixture')
  assert.equal(what(judgeOf(ledger), addresses, seen('A 172.20.1.0')), 'mixture')
  const judge = judgeOf(ledger)
  assert.equal(what(judge, addresses, seen(said(addresses, slice(1)))), 'right')
  assert.equal(what(judge, ports, seen(said(ports, slice(1)))), 'right')
  assert.equal(what(judge, ports, seen(said(ports, slice(2)))), 'mixture')
})

test('no generation has an older version than one before it', () => {
  const ledger = begun()
  write(ledger, keyOf.slice('b', 'h'), slice(2), 99_500)
  const judge = judgeOf(ledger)
  const one = said(addresses, slice(1))
  const two = said(addresses, slice(2))
  assert.equal(what(judge, addresses, seen(two, { asOfMs: 99_100 })), 'right')
  assert.equal(what(judge, addresses, seen(one, { asOfMs: 99_000 })), 'right')
  assert.equal(what(judge, addresses, seen(one, { asOfMs: 99_200 })), 'backwards')
})

test('old data says that it is old, and denies nothing', () => {
  const judge = judgeOf(begun())
  const right = 'A 10.96.64.1'
  assert.equal(what(judge, single, stale(right, EDE.STALE_ANSWER)), 'right')
  assert.equal(what(judge, single, stale(right, undefined)), 'unmarked')
  assert.equal(what(judge, single, stale('SERVFAIL', EDE.NO_REACHABLE_AUTHORITY)), 'right')
  assert.equal(what(judge, inquireNever('gone.a'), stale('NXDOMAIN', undefined)), 'wrong NXDOMAIN')
  assert.equal(what(judge, inquireImpossible(), stale('NXDOMAIN', undefined)), 'right')
  assert.equal(what(judge, single, seen(right, { asOfMs: 94_000 })), 'unmarked')
  const expired = { snapshot: { generation: 1, asOfMs: 80_000, state: 'expired' }, ede: EDE.NOT_READY }
  assert.equal(what(judge, single, seen('SERVFAIL', expired)), 'right')
  assert.equal(what(judge, single, seen(right, expired)), 'unmarked')
})

test('nothing is withheld or called old without need', () => {
  const judge = judgeOf(begun())
  assert.equal(what(judge, single, seen('SERVFAIL', { ede: EDE.NO_REACHABLE_AUTHORITY })), 'withheld')
  assert.equal(what(judge, single, seen('SERVFAIL', { snapshot: undefined })), 'withheld')
  const early = { snapshot: { generation: 1, asOfMs: 98_000, state: 'stale' }, ede: EDE.STALE_ANSWER }
  assert.equal(what(judge, single, seen('A 10.96.64.1', early)), 'withheld')
})

test('no answer is dated later than the API was last heard of', () => {
  const judge = judgeOf(begun(), 95_000)
  assert.equal(what(judge, single, seen('A 10.96.64.1', { asOfMs: 96_500 })), 'right')
  assert.equal(what(judge, single, seen('A 10.96.64.1', { asOfMs: 98_000 })), 'date')
})
