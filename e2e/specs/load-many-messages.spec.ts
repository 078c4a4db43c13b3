import type { Frame, Page } from '@playwright/test'

import { expect, findSecrets, test } from '../fixtures/app.ts'
import { openClient } from '../fixtures/client-calls.ts'
import { goOnMeanwhile } from '../fixtures/go-on-meanwhile.ts'
import type { Bombarded, Bombardment } from '../fixtures/pages/bombard.ts'
import type { bombardedEnds } from '../fixtures/pages/bombarded-ends.ts'
import { readEverything } from '../fixtures/reach.ts'
import { vaultFrame } from '../fixtures/vault-page.ts'

/** To see a failure again: `MESSAGES_SEED=<the printed one>`. The messages are the same. */
const seed = Number(process.env['MESSAGES_SEED'] ?? Date.now() % 1_000_000)
/** Milliseconds for one call and one question of another tab; the two together. */
const DEADLINE_MS = 5000

// A limit for hangs only.
test.setTimeout(240_000)

test('10,000 forged and made-up messages from a page, a frame and workers: no answer has a secret, each question has one answer, and other tabs go on', async ({
  page,
  context,
  app: { topology, apiOrigin, vaultOrigin },
  startApp,
  signIn,
  secrets,
}) => {
  console.log(`MESSAGES_SEED=${seed}`)
  // The host's own policy allows no frames of this origin and no other workers than the guardian.
  const app = await startApp({ protections: { csp: false } })
  await signIn(page, 'alice', app.origin)
  await openClient(page, app)
  const other = await context.newPage()
  await openClient(other, app)
  const frame = await frameIn(page, app.origin)
  for (const realm of [page, frame]) {
    await realm.addScriptTag({ url: '/test-pages/bombarded-ends.js', type: 'module' })
    await realm.waitForFunction(() => 'bombardedEnds' in window)
  }

  const bombardment = Promise.all(
    vaultOrigin === undefined
      ? [
          bombard(page, 'worker', 4000, 'ours'),
          bombard(frame, 'worker', 2000, 'ours'),
          bombard(page, 'workerFromWorkers', 2000, 'ours'),
        ]
      : [
          bombard(page, 'worker', 1500, 'ours'),
          bombard(frame, 'worker', 1000, 'ours'),
          bombard(page, 'workerFromWorkers', 750, 'ours'),
          bombard(page, 'bridge', 2000, 'all'),
          bombard(page, 'bridgeFromWorkers', 1000, 'all'),
          bombard(page, 'frame', 1000, 'none'),
          bombard(page, 'workerPort', 1000, 'none'),
        ],
  )
  const { result, tally } = await goOnMeanwhile(other, apiOrigin, bombardment)
  const bombarded = result.flat()
  const sent = bombarded.reduce((sum, { sent: count }) => sum + count, 0)
  const heard = bombarded.map((one) => one.heard).join('\n')
  const summary = `${sent} messages from ${bombarded.length} places, ${heard.length} characters of answers; meanwhile ${tally.rounds} calls and questions of another tab, the slowest in ${Math.round(tally.slowestMs)} ms`
  console.log(summary)
  test.info().annotations.push({ type: 'load', description: summary })

  expect(sent).toBe(10_000)
  expect(bombarded.flatMap(({ wrong }) => wrong)).toEqual([])
  const known = await secrets()
  expect(known.length).toBeGreaterThan(0)
  expect(findSecrets(heard, known)).toEqual([])
  expect(findSecrets(await readEverything(page), known)).toEqual([])
  expect(tally.failures).toEqual([])
  expect(tally.rounds).toBeGreaterThan(0)
  expect(tally.slowestMs).toBeLessThan(DEADLINE_MS)
  if (vaultOrigin !== undefined) {
    expect(await (await vaultFrame(page, vaultOrigin)).evaluate(() => document.readyState)).toBe(
      'complete',
    )
  }
  for (const tab of [page, other]) {
    expect(await tab.evaluate(callAndAsk, apiOrigin), topology).toEqual([200, 'alice'])
  }
})

async function frameIn(page: Page, origin: string): Promise<Frame> {
  const element = await page.evaluateHandle((src) => {
    const frame = document.createElement('iframe')
    frame.src = src
    document.body.append(frame)
    return frame
  }, `${origin}/test-pages/plain.html`)
  const frame = await element.contentFrame()
  await frame!.waitForURL('**/plain.html')
  return frame!
}

let places = 0

/** From a page or a frame, each time with other messages. */
function bombard(
  realm: Page | Frame,
  end: keyof typeof bombardedEnds,
  count: number,
  answered: Bombardment['answered'],
): Promise<Bombarded[]> {
  places += 1
  const how = { seed: seed + 1000 * places, count, answered }
  return realm.evaluate(([to, order]) => window.bombardedEnds[to](order), [end, how] as const)
}

async function callAndAsk(api: string): Promise<unknown[]> {
  const { status } = await fetch(`${api}/v1/me?after`)
  const user = await window.client.getUser()
  return [status, user?.sub]
}
