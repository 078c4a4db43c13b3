import { expect, test } from '../fixtures/app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

test.beforeEach(async ({ page, signIn }) => signIn(page))

test('fetch carries the token', async ({ page, app, control }) => {
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
  expect(await control.api.log('/v1/me')).toMatchObject([{ authorization: 'bearer' }])
})

test('XMLHttpRequest carries the token', async ({ page, app }) => {
  const answer = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest()
        request.open('POST', url)
        request.responseType = 'json'
        request.onloadend = () => resolve([request.status, request.response])
        request.send('twelve bytes')
      }),
    `${app.apiOrigin}/v1/echo-body`,
  )
  expect(answer).toMatchObject([200, { method: 'POST', length: 12 }])
})

test('an EventSource carries the token, and its events arrive while the stream is open', async ({
  page,
  app,
}) => {
  const events = await page.evaluate(
    (url) =>
      new Promise<string[]>((resolve) => {
        const source = new EventSource(url)
        const got: string[] = []
        source.onerror = () => resolve([...got, 'error'])
        source.onmessage = ({ data }) => {
          got.push(String(data))
          if (got.length < 3) return
          resolve([...got, source.readyState === EventSource.OPEN ? 'open' : 'not open'])
          source.close()
        }
      }),
    `${app.apiOrigin}/v1/events`,
  )
  expect(events).toEqual([
    '{"n":1,"authorized":true}',
    '{"n":2,"authorized":true}',
    '{"n":3,"authorized":true}',
    'open',
  ])
})

test('every configured method carries the token', async ({ page, app, control }) => {
  const url = `${app.apiOrigin}/v1/echo-body`
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const { status, text } = await fetchInPage(page, url, { method })
    expect(status, method).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ method, length: 0 })
  }
  const head = await fetchInPage(page, `${app.apiOrigin}/v1/me`, { method: 'HEAD' })
  expect(head).toMatchObject({ status: 200, text: '' })
  const log = await control.api.log('/v1/')
  expect(log.map(({ method, authorization }) => [method, authorization])).toEqual(
    ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'].map((method) => [method, 'bearer']),
  )
})

test('a signed-in page without a token in it still gets errors of the API as they are', async ({
  page,
  app,
}) => {
  for (const status of [204, 400, 403, 404, 500]) {
    expect((await fetchInPage(page, `${app.apiOrigin}/v1/status/${status}`)).status).toBe(status)
  }
})

test('a status that no standard knows is an answer, or with a vault, which cannot pass it on, a failure; nothing waits', async ({
  page,
  app,
}) => {
  const { status } = await fetchInPage(page, `${app.apiOrigin}/v1/status/999`)
  expect(status).toBe(app.topology === 'vault' ? 0 : 999)
})
