import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { httpAsk } from './http-ask.ts'

const servers: ReturnType<typeof createServer>[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('asking by HTTP', () => {
  test('does not follow a redirect', async () => {
    let count = 0
    const url = await serve((_request, response) => {
      count += 1
      response.writeHead(302, { location: '/' }).end()
    })
    expect(await httpAsk()(url)).toMatchObject({ status: 302 })
    expect(count).toBe(1)
  })

  test('waits no longer than it is told, for headers and for the rest', async () => {
    const silent = await serve(() => undefined)
    const half = await serve((_request, response) => void response.writeHead(200).write('a'))
    for (const url of [silent, half]) {
      expect(await httpAsk({ timeoutMs: 200 })(url)).toEqual({ failed: 'none within 0.2 s' })
    }
  })

  test('takes the beginning of an answer that has no end', async () => {
    const url = await serve((_request, response) => {
      const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more))
      more()
    })
    const answer = await httpAsk({ timeoutMs: 10_000 })(url)
    expect('text' in answer && answer.text.length).toBeGreaterThan(512 * 1024)
    expect('text' in answer && answer.text.length).toBeLessThan(1024 * 1024)
  })

  test('says why there is no answer, and that another scheme is not asked', async () => {
    expect(await httpAsk()('http://localhost:1/')).toEqual({ failed: 'ECONNREFUSED' })
    expect(await httpAsk()('file:///etc/passwd')).toEqual({ failed: 'file: is not asked' })
    const cut = await serve((request) => request.socket.destroy())
    expect(await httpAsk()(cut)).toEqual({ failed: 'ECONNRESET' })
  })

  test('joins what a header says several times, as browsers do', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-security-policy', ["frame-src 'none'", "object-src 'none'"])
      response.end()
    })
    const answer = await httpAsk()(url)
    const policy = 'headers' in answer && answer.headers.get('Content-Security-Policy')
    expect(policy).toBe("frame-src 'none', object-src 'none'")
  })
})
