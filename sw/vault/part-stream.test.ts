import { describe, expect, test } from 'vitest'
import { PartStream, streamOf } from './part-stream.ts'
import { CREDIT_BYTES } from './wire.ts'

function partStream(): { parts: PartStream; credits: number[]; cancels: () => number } {
  const credits: number[] = []
  let cancelled = 0
  const parts = new PartStream({
    credit: (bytes) => credits.push(bytes),
    cancel: () => {
      cancelled += 1
    },
  })
  return { parts, credits, cancels: () => cancelled }
}

const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer
const textOf = (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> =>
  new Response(stream).text()

describe('PartStream', () => {
  test('gives the parts in their order, whether they came before or after somebody read', async () => {
    const { parts } = partStream()
    parts.add(bytesOf('one '))
    parts.add(bytesOf('two '))
    const text = textOf(parts.stream)
    parts.add(bytesOf('three'))
    parts.end()
    expect(await text).toBe('one two three')
  })

  test('an end before anybody read loses nothing', async () => {
    const { parts } = partStream()
    parts.add(bytesOf('all'))
    parts.end()
    expect(await textOf(parts.stream)).toBe('all')
  })

  test('an empty body ends', async () => {
    const { parts } = partStream()
    parts.end()
    expect(await textOf(parts.stream)).toBe('')
  })

  test('asks for more only for what was read, and in steps', async () => {
    const { parts, credits } = partStream()
    const step = CREDIT_BYTES / 4
    for (let n = 0; n < 4; n += 1) parts.add(new ArrayBuffer(step / 2))
    const reader = parts.stream.getReader()
    await reader.read()
    expect(credits).toEqual([])
    await reader.read()
    expect(credits).toEqual([step])
    await reader.read()
    await reader.read()
    expect(credits).toEqual([step, step])
  })

  test('does not ask for more of a body that has ended', async () => {
    const { parts, credits } = partStream()
    parts.add(new ArrayBuffer(CREDIT_BYTES))
    parts.end()
    await textOf(parts.stream)
    expect(credits).toEqual([])
  })

  test('breaks where the connection broke: what was read before stays read', async () => {
    const { parts } = partStream()
    const reader = parts.stream.getReader()
    parts.add(bytesOf('one'))
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('one')
    const next = reader.read()
    parts.fail()
    await expect(next).rejects.toThrow(TypeError)
  })

  test('a reader who gives up is told to the bridge', async () => {
    const { parts, cancels } = partStream()
    await parts.stream.cancel()
    expect(cancels()).toBe(1)
  })
})

describe('streamOf', () => {
  test('gives a body that came as a whole, also an empty one', async () => {
    expect(await textOf(streamOf(bytesOf('whole')))).toBe('whole')
    expect(await textOf(streamOf(new ArrayBuffer(0)))).toBe('')
  })
})
