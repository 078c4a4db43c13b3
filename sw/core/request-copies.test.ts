import { describe, expect, test } from 'vitest'
import { copyWithHeaders, Spare } from './request-copies.ts'

const URL = 'https://api.example/v1/x'

describe('Spare', () => {
  test('does not look at a body before it is needed, for WebKit sends no request with keepalive whose body was looked at', async () => {
    const request = new Request(URL, { method: 'POST', body: 'x', keepalive: true })
    let looks = 0
    Object.defineProperty(request, 'body', { get: () => (looks += 1) })
    const spare = new Spare(request, 1024)
    expect(looks).toBe(0)
    expect(await (await spare.take())?.text()).toBe('x')
  })

  test('gives a request as often as it is asked for, up to the limit of its body', async () => {
    const large = new Spare(new Request(URL, { method: 'PUT', body: 'xx' }), 1)
    expect(await large.take()).toBeUndefined()
    const small = new Spare(new Request(URL, { method: 'PUT', body: 'x' }), 1)
    expect(await (await small.take())?.text()).toBe('x')
    expect(await (await small.take())?.text()).toBe('x')
  })

  test('with a limit of 0, gives only what has no body', async () => {
    expect(await new Spare(new Request(URL, { method: 'POST', body: 'x' }), 0).take()).toBe(
      undefined,
    )
    for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) {
      expect((await new Spare(new Request(URL, { method }), 0).take())?.method).toBe(method)
    }
  })
})

describe('copyWithHeaders', () => {
  test('leaves out by what some servers take another method or path than those that were matched, and keeps the rest', () => {
    const kept = { 'x-request-id': '1', 'x-original-language': 'de', 'content-language': 'de' }
    const headers = {
      ...kept,
      'X-HTTP-Method': 'DELETE',
      'X-HTTP-Method-Override': 'DELETE',
      'x-method-override': 'DELETE',
      'X-Original-URL': '/admin',
      'x-rewrite-url': '/admin',
      Authorization: 'Bearer mine',
    }
    const copy = copyWithHeaders(new Request(URL, { method: 'POST', headers }), { dpop: 'proof' })
    expect(Object.fromEntries(copy.headers)).toEqual({ ...kept, dpop: 'proof' })
  })
})
