import { expect, test } from '../fixtures/app.ts'

// The host's own policy allows no other workers than the guardian, so this host has none.
test('a dedicated, a blob and a shared worker of the page fetch with the token', async ({
  page,
  app,
  startApp,
  signIn,
}) => {
  const { origin } = await startApp({ protections: { csp: false } })
  await signIn(page, 'alice', origin)
  const statuses = await page.evaluate(async (url) => {
    const script = '/test-pages/fetching-worker.js'
    const blob = new Blob([await (await fetch(script)).text()], { type: 'text/javascript' })
    const ask = (port: Worker | MessagePort): Promise<unknown> =>
      new Promise((resolve) => {
        port.onmessage = ({ data }) => resolve(data)
        port.postMessage(url)
      })
    return [
      await ask(new Worker(script)),
      await ask(new Worker(URL.createObjectURL(blob))),
      await ask(new SharedWorker(script).port),
    ]
  }, `${app.apiOrigin}/v1/me`)
  expect(statuses).toEqual([200, 200, 200])
})
