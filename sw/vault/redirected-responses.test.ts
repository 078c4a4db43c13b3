import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RedirectedResponses } from './redirected-responses.ts'

const APP = 'https://app.example'
const FIRST = 'https://api.example/v1/first'
const FINAL = 'https://api.example/v1/final'

let redirected: RedirectedResponses

beforeEach(() => {
  vi.useFakeTimers()
  redirected = new RedirectedResponses(APP)
})
afterEach(() => {
  vi.useRealTimers()
})

/** What the browser does with a redirect: it comes back for the location. */
function follow(shown: Response): Request {
  return new Request(shown.headers.get('location') ?? '')
}

describe('RedirectedResponses', () => {
  test('an answer after a redirect is shown under its final URL, once', () => {
    const answer = new Response('x')
    const shown = redirected.show(new Request(FIRST), answer, FINAL)
    expect(shown.status).toBe(303)
    expect(shown.headers.get('location')).toMatch(/^https:\/\/api\.example\/v1\/final#token-/)
    expect(redirected.take(follow(shown))).toBe(answer)
    expect(redirected.take(follow(shown))).toBeUndefined()
  })

  test('the redirect lets the app, and only it, read on: WebKit checks that', () => {
    const shown = redirected.show(new Request(FIRST), new Response(), FINAL)
    expect(shown.headers.get('access-control-allow-origin')).toBe(APP)
    expect(shown.headers.get('access-control-allow-credentials')).toBe('true')
  })

  test('nobody gets an answer by guessing', () => {
    redirected.show(new Request(FIRST), new Response('x'), FINAL)
    for (const guess of ['', '#token-guardian-', '#token-guardian-1', '#x']) {
      expect(redirected.take(new Request(FINAL + guess))).toBeUndefined()
    }
  })

  test('each answer has a fragment of its own', () => {
    const [one, two] = [new Response('1'), new Response('2')]
    const shown = [one, two].map((answer) => redirected.show(new Request(FIRST), answer, FINAL))
    expect(shown.toReversed().map((redirect) => redirected.take(follow(redirect)))).toEqual([
      two,
      one,
    ])
  })

  test.each([
    ['a header of the app', { 'x-request-id': '1' }],
    ['a body that is JSON', { 'content-type': 'application/json' }],
  ])(
    'a request with %s keeps its first URL, for WebKit would ask the API for leave',
    (_what, headers) => {
      const answer = new Response('x')
      expect(redirected.show(new Request(FIRST, { headers }), answer, FINAL)).toBe(answer)
    },
  )

  test('a type that needs no leave may have parameters', () => {
    const headers = { 'content-type': 'text/plain; charset=utf-8', accept: '*/*' }
    expect(redirected.show(new Request(FIRST, { headers }), new Response(), FINAL).status).toBe(303)
  })

  test('an answer that nobody comes for is cancelled and forgotten', async () => {
    const cancelled = vi.fn()
    const answer = new Response(new ReadableStream({ cancel: cancelled }))
    const shown = redirected.show(new Request(FIRST), answer, FINAL)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(cancelled).toHaveBeenCalledOnce()
    expect(redirected.take(follow(shown))).toBeUndefined()
  })
})
