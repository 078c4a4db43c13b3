import { expect, test } from 'vitest'
import { PartStream } from './part-stream.ts'
import { CREDIT_BYTES } from './wire.ts'

const PART_BYTES = 512 * 1024

function streamInTest() {
  const credits: number[] = []
  let cancelled = 0
  const parts = new PartStream({
    credit: (bytes) => void credits.push(bytes),
    cancel: () => {
      cancelled += 1
    },
  })
  return { parts, credits, cancelled: () => cancelled, credited: () => sum(credits) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** Lets the browser pull as much as it wants to by itself. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

test('Nothing more is asked for while nobody reads', async () => {
  const { parts, credits } = streamInTest()
  for (let bytes = 0; bytes < CREDIT_BYTES; bytes += PART_BYTES) {
    parts.add(new ArrayBuffer(PART_BYTES))
  }
  await settle()
  expect(credits).toEqual([])
})

test('A response that nobody reads, as a worker makes it, asks for nothing more either', async () => {
  const { parts, credited } = streamInTest()
  const response = new Response(parts.stream)
  for (let bytes = 0; bytes < CREDIT_BYTES; bytes += PART_BYTES) {
    parts.add(new ArrayBuffer(PART_BYTES))
  }
  await settle()
  expect(response.bodyUsed).toBe(false)
  expect(credited()).toBe(0)
})

test('What was read is asked for again, never more than that', async () => {
  const { parts, credited } = streamInTest()
  const reader = parts.stream.getReader()
  let read = 0
  for (let count = 0; count < 3 * (CREDIT_BYTES / PART_BYTES); count += 1) {
    parts.add(new ArrayBuffer(PART_BYTES))
    read += (await reader.read()).value?.byteLength ?? 0
    expect(credited()).toBeLessThanOrEqual(read)
    expect(read - credited()).toBeLessThan(CREDIT_BYTES)
  }
  expect(credited()).toBeGreaterThan(2 * CREDIT_BYTES)
})

test('A part is there as soon as it came, however small', async () => {
  const { parts } = streamInTest()
  const reader = parts.stream.getReader()
  const first = reader.read()
  parts.add(new Uint8Array([1]).buffer)
  expect((await first).value).toEqual(new Uint8Array([1]))
})

test('What came before the end is read before it', async () => {
  const { parts } = streamInTest()
  for (const byte of [1, 2, 3]) parts.add(new Uint8Array([byte]).buffer)
  parts.end()
  expect(await new Response(parts.stream).bytes()).toEqual(new Uint8Array([1, 2, 3]))
})

test('A broken connection is an error to the reader, not an end', async () => {
  const { parts } = streamInTest()
  const text = new Response(parts.stream).text()
  parts.add(new Uint8Array([1]).buffer)
  parts.fail()
  await expect(text).rejects.toThrow(TypeError)
})

test('A reader that has enough is told to the bridge', async () => {
  const { parts, cancelled } = streamInTest()
  await parts.stream.cancel()
  expect(cancelled()).toBe(1)
})
