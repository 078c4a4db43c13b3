import { expect, test } from '../fixtures/app.ts'
import { isOfGuardian } from '../fixtures/page-calls.ts'

test.beforeEach(async ({ page, signIn }) => signIn(page))

test('chunks of a response arrive one by one, before the response ends', async ({ page, app }) => {
  const { chunks, spreadMs } = await page.evaluate(async (url) => {
    const response = await fetch(url)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    const got: string[] = []
    const times: number[] = []
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      got.push(part.value)
      times.push(performance.now())
    }
    return { chunks: got, spreadMs: times.at(-1)! - times[0]! }
  }, `${app.apiOrigin}/v1/stream?chunks=5&gapMs=150`)
  expect(chunks).toEqual([1, 2, 3, 4, 5].map((n) => `chunk ${n}\n`))
  expect(spreadMs).toBeGreaterThan(400)
})

test('an abort after the headers ends the request to the API', async ({ page, context, app }) => {
  const url = `${app.apiOrigin}/v1/stream?chunks=10000&gapMs=50`
  const ended = context.waitForEvent('requestfailed', (request) => {
    return request.url() === url && isOfGuardian(request, app)
  })
  const outcome = await page.evaluate(async (stream) => {
    const abort = new AbortController()
    const response = await fetch(stream, { signal: abort.signal })
    const reader = response.body!.getReader()
    await reader.read()
    abort.abort()
    return reader.read().then(
      () => 'read on',
      (error: Error) => error.name,
    )
  }, url)
  expect(outcome).toBe('AbortError')
  await ended
})
