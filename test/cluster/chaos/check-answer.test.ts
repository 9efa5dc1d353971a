import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EDE } from '../../../dns/code.ts'
import { type AnswerCheck, allowanceMs, createAnswerCheck } from './check-answer.ts'
import {
  type Inquiry,
  inquireHeadless,
  inquireImpossible,
  inquireNever,
  inquireSingle,
  keyOf,
} from './inquiries.ts'
import { createHistory, type ObjectHistory, type State } from './object-history.ts'
import type { SeenAnswer } from './read-answer.ts'

/* Right answers must pass the check, and wrong ones must not. Times are ms from a start. */

const limits = { staleMs: 4_000, expiredMs: 12_000 }
const [single] = inquireSingle('a', 's') as [Inquiry, Inquiry]
const [addresses, ports] = inquireHeadless('b', 'h') as [Inquiry, Inquiry, Inquiry]

/** Records a write, sent and acknowledged at these times. */
function write(
  history: ObjectHistory,
  key: string,
  state: State | undefined,
  fromMs: number,
  toMs = fromMs,
): void {
  history.applied(history.begin(key, state, fromMs), toMs)
}

function slice(version: number): State {
  const endpoints = ['a', 'b'].map((hostname, at) => ({ hostname, ip: `172.20.${version}.${at}` }))
  return { kind: 'slice', endpoints, port: 1000 + version }
}

function address(version: number): State {
  return { kind: 'address', ip: `10.96.64.${version}`, port: version }
}

/** A history in which both namespaces, the headless Service and first versions were written at 0. */
function begun(): ObjectHistory {
  const history = createHistory()
  for (const name of ['a', 'b']) write(history, keyOf.namespace(name), { kind: 'namespace' }, 0)
  write(history, keyOf.service('b', 'h'), { kind: 'headless' }, 0)
  write(history, keyOf.service('a', 's'), address(1), 0)
  write(history, keyOf.slice('b', 'h'), slice(1), 0)
  return history
}

/** The expected answer if the last object has this state and the others exist. */
function said(inquiry: Inquiry, state: State | undefined): string {
  return inquiry.expect([...inquiry.keys.slice(1).map(() => ({ kind: 'namespace' }) as const), state])
}

/** An answer, at 100,000 ms unless given. */
function seen(
  text: string,
  at: { readonly atMs?: number; readonly asOfMs?: number } & Partial<SeenAnswer> = {},
): SeenAnswer {
  const { atMs = 100_000, asOfMs = atMs - 1_000, ...rest } = at
  const snapshot = { generation: asOfMs, asOfMs, state: 'fresh' }
  return { sentMs: atMs - 5, receivedMs: atMs, text, ede: undefined, snapshot, ...rest }
}

function stale(text: string, ede: number | undefined): SeenAnswer {
  const snapshot = { generation: 1, asOfMs: 94_000, state: 'stale' }
  return seen(text, { snapshot, ede })
}

function what(check: AnswerCheck, inquiry: Inquiry, answer: SeenAnswer): string {
  const verdict = check(inquiry, answer)
  return verdict.kind === 'wrong' ? verdict.what : verdict.kind
}

function checkOf(history: ObjectHistory, cutMs?: number): AnswerCheck {
  return createAnswerCheck(history, limits, () => cutMs)
}

test('written states are right, others are wrong', () => {
  const check = checkOf(begun())
  assert.equal(what(check, single, seen('A 10.96.64.1')), 'right')
  assert.equal(what(check, single, seen('A 10.96.64.9')), 'wrong answer')
  assert.equal(what(check, single, seen('NODATA')), 'wrong answer')
  assert.equal(what(check, single, seen('NXDOMAIN')), 'wrong NXDOMAIN')
  assert.equal(what(check, inquireNever('gone.a'), seen('NXDOMAIN')), 'right')
  assert.equal(what(check, inquireNever('gone.a'), seen('A 10.96.64.1')), 'wrong answer')
})

test('both versions are right during a write, and for as long as the data may be older than the write', () => {
  const history = begun()
  const ticket = history.begin(keyOf.service('a', 's'), undefined, 99_000)
  const check = checkOf(history)
  assert.equal(what(check, single, seen('A 10.96.64.1')), 'right')
  assert.equal(what(check, single, seen('NXDOMAIN', { asOfMs: 99_100 })), 'right')
  history.applied(ticket, 99_500)
  const late = { atMs: 103_000, asOfMs: 99_500 + allowanceMs - 100 }
  assert.equal(what(checkOf(history), single, seen('A 10.96.64.1', late)), 'right')
  const later = { atMs: 103_000, asOfMs: 99_500 + allowanceMs + 100 }
  assert.equal(what(checkOf(history), single, seen('A 10.96.64.1', later)), 'wrong answer')
  assert.equal(what(checkOf(history), single, seen('NXDOMAIN', later)), 'right')
})

test('the state of a refused write is wrong', () => {
  const history = begun()
  history.refused(history.begin(keyOf.service('a', 's'), address(2), 99_000))
  assert.equal(what(checkOf(history), single, seen('A 10.96.64.2')), 'wrong answer')
  assert.equal(what(checkOf(history), single, seen('A 10.96.64.1')), 'right')
})

test('parts of two versions are a mixture, in one answer and in two of one generation', () => {
  const history = begun()
  write(history, keyOf.slice('b', 'h'), slice(2), 99_500)
  const mixed = 'A 172.20.1.0\nA 172.20.2.1'
  assert.equal(what(checkOf(history), addresses, seen(mixed)), 'mixture')
  assert.equal(what(checkOf(history), addresses, seen('A 172.20.1.0')), 'mixture')
  const check = checkOf(history)
  assert.equal(what(check, addresses, seen(said(addresses, slice(1)))), 'right')
  assert.equal(what(check, ports, seen(said(ports, slice(1)))), 'right')
  assert.equal(what(check, ports, seen(said(ports, slice(2)))), 'mixture')
})

test('an older version in a later generation goes backwards', () => {
  const history = begun()
  write(history, keyOf.slice('b', 'h'), slice(2), 99_500)
  const check = checkOf(history)
  const one = said(addresses, slice(1))
  const two = said(addresses, slice(2))
  assert.equal(what(check, addresses, seen(two, { asOfMs: 99_100 })), 'right')
  assert.equal(what(check, addresses, seen(one, { asOfMs: 99_000 })), 'right')
  assert.equal(what(check, addresses, seen(one, { asOfMs: 99_200 })), 'backwards')
})

test('old data must be marked, and must not deny names', () => {
  const check = checkOf(begun())
  const right = 'A 10.96.64.1'
  assert.equal(what(check, single, stale(right, EDE.STALE_ANSWER)), 'right')
  assert.equal(what(check, single, stale(right, undefined)), 'unmarked')
  assert.equal(what(check, single, stale('SERVFAIL', EDE.NO_REACHABLE_AUTHORITY)), 'right')
  assert.equal(what(check, inquireNever('gone.a'), stale('NXDOMAIN', undefined)), 'wrong NXDOMAIN')
  assert.equal(what(check, inquireImpossible(), stale('NXDOMAIN', undefined)), 'right')
  assert.equal(what(check, single, seen(right, { asOfMs: 94_000 })), 'unmarked')
  const expired = { snapshot: { generation: 1, asOfMs: 80_000, state: 'expired' }, ede: EDE.NOT_READY }
  assert.equal(what(check, single, seen('SERVFAIL', expired)), 'right')
  assert.equal(what(check, single, seen(right, expired)), 'unmarked')
})

test('fresh data must not be withheld or marked as old', () => {
  const check = checkOf(begun())
  assert.equal(what(check, single, seen('SERVFAIL', { ede: EDE.NO_REACHABLE_AUTHORITY })), 'withheld')
  assert.equal(what(check, single, seen('SERVFAIL', { snapshot: undefined })), 'withheld')
  const early = { snapshot: { generation: 1, asOfMs: 98_000, state: 'stale' }, ede: EDE.STALE_ANSWER }
  assert.equal(what(check, single, seen('A 10.96.64.1', early)), 'withheld')
})

test('no answer is dated later than the last contact with the API', () => {
  const check = checkOf(begun(), 95_000)
  assert.equal(what(check, single, seen('A 10.96.64.1', { asOfMs: 96_500 })), 'right')
  assert.equal(what(check, single, seen('A 10.96.64.1', { asOfMs: 98_000 })), 'date')
})
