import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressRecords, clientQuery, kept } from './answer.case.ts'
import { type AnswerCache, createAnswerCache } from './answer-cache.ts'
import type { KeptAnswer } from './kept-answer.ts'
import { readPlainQuestion } from './plain-question.ts'

const nameOf = (number: number): string => `s${number}.prod.svc.cluster.local`

function add(cache: AnswerCache, name: string, addresses = 1): KeptAnswer {
  const query = clientQuery(name)
  const answer = kept(query, { answers: [addressRecords(name, addresses)] })
  cache.put(readPlainQuestion(query) ?? assert.fail(), answer)
  return answer
}

function find(cache: AnswerCache, name: string, type = 1): KeptAnswer | undefined {
  const query = clientQuery(name, { edns: false, id: 99, type })
  return cache.get(query, readPlainQuestion(query) ?? assert.fail())
}

test('an answer is found by its question, however it is spelled', () => {
  const cache = createAnswerCache()
  const answer = add(cache, nameOf(1))
  assert.equal(find(cache, nameOf(1).toUpperCase()), answer)
  assert.equal(find(cache, nameOf(2)), undefined)
  assert.equal(find(cache, nameOf(1), 28), undefined)
  cache.clear()
  assert.equal(find(cache, nameOf(1)), undefined)
})

test('the number of answers is bounded, and those in use stay', () => {
  const cache = createAnswerCache({ maxEntries: 100, maxBytes: 1e9 })
  for (let number = 0; number < 300; number++) {
    add(cache, nameOf(number))
    assert.ok(find(cache, nameOf(0)))
    assert.ok(cache.size().entries <= 100)
  }
  assert.equal(find(cache, nameOf(150)), undefined)
  assert.ok(find(cache, nameOf(299)))
})

test('the bytes are bounded, and an answer that is too large is not kept', () => {
  const cache = createAnswerCache({ maxEntries: 1e6, maxBytes: 20_000 })
  for (let number = 0; number < 100; number++) {
    add(cache, nameOf(number), 20)
    assert.ok(cache.size().bytes <= 20_000)
  }
  add(cache, 'large.prod.svc.cluster.local', 500)
  assert.equal(find(cache, 'large.prod.svc.cluster.local'), undefined)
})

test('a later answer takes the place of an earlier one and its bytes', () => {
  const cache = createAnswerCache()
  add(cache, nameOf(1), 50)
  const { bytes } = cache.size()
  const answer = add(cache, nameOf(1), 50)
  assert.equal(find(cache, nameOf(1)), answer)
  assert.deepEqual(cache.size(), { entries: 1, bytes })
})
