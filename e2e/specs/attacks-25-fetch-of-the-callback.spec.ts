import type { Page } from '@playwright/test'

import { signInButton, status, type App } from '../fixtures/app.ts'
import { expect, runCard, test } from '../fixtures/attack-app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

/** Signs in at the server beside the browser: the address of a valid response, which nobody has delivered yet. */
async function stealResponse(page: Page, { asOrigin }: App): Promise<string> {
  await expect(page.getByLabel('Username')).toBeVisible()
  const { request } = page.context()
  const form = { username: 'alice', password: 'any', do: 'sign-in' }
  const login = await request.post(page.url(), { form, maxRedirects: 0 })
  const next = new URL(login.headers()['location'] ?? '', asOrigin)
  const resumed = await request.get(next.href, { maxRedirects: 0 })
  const response = resumed.headers()['location'] ?? ''
  expect(response).toMatch(/\/auth\/callback\?code=[^&]+&state=/)
  return response
}

test('a fetch, a frame or an object with a valid response does nothing; the navigation still completes', async ({
  page,
  context,
  app,
  open,
  startWeak,
  control,
}) => {
  const { origin } = await startWeak({ protections: { csp: false } })
  const spy = await context.newPage()
  await open(spy, origin)
  await open(page, origin)
  await signInButton(page).click()
  const response = await stealResponse(page, app)
  for (const options of [
    {},
    { method: 'POST', body: response.split('?')[1] ?? '' },
    { mode: 'no-cors' as const },
    { headers: { 'sec-fetch-mode': 'navigate', accept: 'text/html' } },
  ]) {
    await fetchInPage(spy, response, options)
  }
  await spy.evaluate(async (url) => {
    for (const [tag, attribute] of [
      ['iframe', 'src'],
      ['object', 'data'],
      ['embed', 'src'],
    ] as const) {
      const element = document.createElement(tag)
      element.setAttribute(attribute, url)
      document.body.append(element)
    }
    const link = document.createElement('link')
    link.rel = 'prefetch'
    link.href = url
    await new Promise((resolve) => {
      link.onload = link.onerror = resolve
      document.head.append(link)
    })
  }, response)
  expect(await control.as.count('POST /token')).toBe(0)
  await expect(status(spy)).toHaveText('signed-out')
  await page.goto(response)
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await control.as.count('POST /token')).toBe(1)
})

test('the attack lab changes nothing by calling the paths of the worker', async ({
  page,
  signIn,
}) => {
  await signIn(page)
  expect(await runCard(page, 'fetch-callback')).toMatchObject({ outcome: 'held' })
})

test('bites: a worker that takes a fetch for a navigation signs in by it', async ({
  page,
  context,
  app,
  startNaive,
  control,
}) => {
  const naive = await startNaive()
  const spy = await context.newPage()
  await spy.goto(naive.origin)
  await spy.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await page.goto(`${naive.origin}/auth/login`)
  const response = await stealResponse(page, app)
  await fetchInPage(spy, response)
  expect(await control.as.count('POST /token')).toBe(1)
  expect((await fetchInPage(spy, `${app.apiOrigin}/v1/me`)).status).toBe(200)
})
