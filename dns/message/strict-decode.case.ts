import assert from 'node:assert/strict'
import { TYPE } from '../code.ts'
import type { Name } from '../name.ts'

/** A record as decoded by a strict reader. `compressed`: its rdata contains a pointer. */
export type DecodedRecord = {
  readonly owner: Name
  readonly type: number
  readonly class: number
  readonly ttl: number
  /** The fields of the rdata in order, names expanded: numbers, names and byte strings. */
  readonly rdata: readonly (number | string)[]
  readonly compressed: boolean
}

/** A message as decoded by a strict reader. */
export type DecodedMessage = {
  readonly id: number
  readonly flags: number
  readonly questions: readonly { readonly name: Name; readonly type: number; readonly class: number }[]
  readonly sections: readonly [
    answers: readonly DecodedRecord[],
    authority: readonly DecodedRecord[],
    additional: readonly DecodedRecord[],
  ]
}

const names: Readonly<Record<number, true>> = { [TYPE.NS]: true, [TYPE.CNAME]: true, [TYPE.PTR]: true }

/**
 * Decodes a whole message, and throws for anything that a strict reader may refuse: a pointer that does not lead
 * strictly backwards or leads into the header, a label above 63 or a name above 255 bytes, rdata that is not filled exactly,
 * bytes after the end. Written from RFC 1035 alone, without code of the writer.
 */
export function strictDecode(bytes: Uint8Array): DecodedMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 12
  let pointed = false

  function readName(): Name {
    let name = ''
    let cursor = at
    let lowest = at
    let end: number | undefined
    for (;;) {
      const length = view.getUint8(cursor)
      if (length >= 192) {
        const target = view.getUint16(cursor) - 0xc000
        assert.ok(target >= 12 && target < lowest, `pointer at ${cursor} leads to ${target}`)
        end ??= cursor + 2
        pointed = true
        cursor = target
        lowest = target
        continue
      }
      assert.ok(length <= 63, `label type at ${cursor}`)
      assert.ok(cursor + 1 + length <= bytes.length, `label at ${cursor} overruns the message`)
      name += String.fromCharCode(...bytes.subarray(cursor, cursor + 1 + length))
      assert.ok(name.length <= 255, `name at ${at} is too long`)
      cursor += 1 + length
      if (length === 0) break
    }
    at = end ?? cursor
    return name
  }
  function u8(): number {
    at += 1
    return view.getUint8(at - 1)
  }
  function u16(): number {
    at += 2
    return view.getUint16(at - 2)
  }
  function u32(): number {
    at += 4
    return view.getUint32(at - 4)
  }
  function text(length: number): string {
    assert.ok(at + length <= bytes.length, `${length} bytes at ${at} overrun the message`)
    at += length
    return Buffer.from(bytes.subarray(at - length, at)).toString('latin1')
  }
  function readRdata(type: number, end: number): (number | string)[] {
    if (names[type]) return [readName()]
    if (type === TYPE.SRV) return [u16(), u16(), u16(), readName()]
    if (type === TYPE.SOA) return [readName(), readName(), u32(), u32(), u32(), u32(), u32()]
    const rdata: (number | string)[] = []
    if (type === TYPE.TXT || type === TYPE.HINFO) {
      while (at < end) rdata.push(text(u8()))
      assert.ok(rdata.length > 0, 'no character string')
    } else if (type === TYPE.OPT) {
      while (at < end) rdata.push(u16(), text(u16()))
    } else rdata.push(text(end - at))
    return rdata
  }
  function readRecord(): DecodedRecord {
    const owner = readName()
    const head = { owner, type: u16(), class: u16(), ttl: u32() }
    const end = u16() + at
    pointed = false
    const rdata = readRdata(head.type, end)
    assert.equal(at, end, `rdata of type ${head.type} ends at ${at}, its length says ${end}`)
    if (head.type === TYPE.A || head.type === TYPE.AAAA) {
      assert.equal(String(rdata[0]).length, head.type === TYPE.A ? 4 : 16)
    }
    return { ...head, rdata, compressed: pointed }
  }

  const counts = [4, 6, 8, 10].map((offset) => view.getUint16(offset))
  const many = <T>(count: number | undefined, read: () => T): T[] => Array.from({ length: count ?? 0 }, read)
  const questions = many(counts[0], () => ({ name: readName(), type: u16(), class: u16() }))
  const answers = many(counts[1], readRecord)
  const authority = many(counts[2], readRecord)
  const additional = many(counts[3], readRecord)
  assert.equal(at, bytes.length, 'bytes follow the message')
  return {
    id: view.getUint16(0),
    flags: view.getUint16(2),
    questions,
    sections: [answers, authority, additional],
  }
}
