import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'

import { AwakeForResponses } from './awake-for-responses.ts'

/** Milliseconds between questions here. */
const ASK_MS = 20

let server: Server
let origin: string
/** Responses that go on, by their path; a test ends them. */
const going = new Map<string, ServerResponse>()
/** Timers that run. */
const running = new Set<unknown>()

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    if (url === '/none') return void response.writeHead(204).end()
    response.write('part')
    going.set(url, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
  server.closeAllConnections()
})

beforeEach(() => {
  running.clear()
  const { setInterval: begin, clearInterval: end } = globalThis
  vi.spyOn(globalThis, 'setInterval').mockImplementation(((run: () => void, ms: number) => {
    const timer = begin(run, ms)
    running.add(timer)
    return timer
  }) as typeof setInterval)
  vi.spyOn(globalThis, 'clearInterval').mockImplementation((timer) => {
    running.delete(timer)
    end(timer)
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

function keepAwake(): { get: (path: string) => Promise<Response>; asked: () => number } {
  let count = 0
  const awake = new AwakeForResponses(async () => void (count += 1), ASK_MS)
  const get = async (path: string): Promise<Response> => {
    const request = new Request(origin + path)
    const response = await fetch(request)
    awake.stay(request, response)
    return response
  }
  return { get, asked: () => count }
}

test('asks for signs of life while a response goes on, and no more when it has ended', async () => {
  const { get, asked } = keepAwake()
  const response = await get('/one#fragment')
  await expect.poll(asked).toBeGreaterThan(1)
  going.get('/one')?.end()
  await response.text()
  await expect.poll(() => running.size).toBe(0)
})

test('goes on asking until the last of several responses of one URL has ended', async () => {
  const { get, asked } = keepAwake()
  const first = await get('/same')
  const end = going.get('/same')
  const second = await get('/same')
  end?.end()
  await first.text()
  const before = asked()
  await expect.poll(asked).toBeGreaterThan(before + 3)
  expect(running.size).toBe(1)
  await second.body?.cancel()
  await expect.poll(() => running.size).toBe(0)
})

test('does not ask for a response without a body', async () => {
  const { get } = keepAwake()
  expect((await get('/none')).status).toBe(204)
  expect(running.size).toBe(0)
})
