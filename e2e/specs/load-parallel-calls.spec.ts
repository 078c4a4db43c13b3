import type { Page } from '@playwright/test'

import { expect, test } from '../fixtures/app.ts'
import { openClient } from '../fixtures/client-calls.ts'
import { goOnMeanwhile } from '../fixtures/go-on-meanwhile.ts'

const CALLS = 2000
/** Milliseconds for one call and one question of another tab, which wait for their turn among all the others. */
const DEADLINE_MS = 15_000

// A limit for hangs only.
test.setTimeout(240_000)

test('2,000 parallel calls over an expiry: one refresh, each is answered with 200 and reached the API once, and everybody answers meanwhile', async ({
  page,
  context,
  app,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  await openClient(page, app)
  const other = await context.newPage()
  await openClient(other, app)
  const url = `${app.apiOrigin}/v1/me`
  const begun = performance.now()
  const calls = (async () => {
    const before = callAtOnce(page, url, CALLS / 2)
    // The token expires while they are under way.
    await clock(61)
    return [...(await before), ...(await callAtOnce(page, url, CALLS / 2))]
  })()
  const { result, tally } = await goOnMeanwhile(other, app.apiOrigin, calls)
  const summary = `${CALLS} calls in ${Math.round(performance.now() - begun)} ms; meanwhile ${tally.rounds} calls and questions of another tab, the slowest in ${Math.round(tally.slowestMs)} ms`
  console.log(summary)
  test.info().annotations.push({ type: 'load', description: summary })

  expect(result.filter((status) => status !== 200)).toEqual([])
  expect(result).toHaveLength(CALLS)
  expect(await control.as.count('POST /token')).toBe(2)
  const log = await control.api.log('/v1/me')
  expect(log.filter(({ authorization }) => authorization !== 'bearer')).toEqual([])
  expect(await control.api.count('GET /v1/me')).toBe(CALLS + tally.rounds)
  expect(tally.failures).toEqual([])
  expect(tally.rounds).toBeGreaterThan(0)
  expect(tally.slowestMs).toBeLessThan(DEADLINE_MS)
  expect(await page.evaluate(() => window.client.getUser())).toMatchObject({ sub: 'alice' })
  expect(await callAtOnce(page, url, 1)).toEqual([200])
})

/** @returns the statuses, 0 for a call that failed */
function callAtOnce(page: Page, url: string, count: number): Promise<number[]> {
  return page.evaluate(
    ([to, times]) =>
      Promise.all(
        Array.from({ length: times }, () =>
          // Calls of one URL would wait for each other in the browser's cache.
          fetch(to, { cache: 'no-store' }).then(
            async (response) => {
              await response.text()
              return response.status
            },
            () => 0,
          ),
        ),
      ),
    [url, count] as const,
  )
}
