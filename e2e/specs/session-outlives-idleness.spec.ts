import { expect, test } from '../fixtures/app.ts'
import { openUndebugged, type UndebuggedPage } from '../fixtures/undebugged-chromium.ts'
import { enterPasswordIn } from '../fixtures/undebugged-client.ts'

/** Milliseconds: browsers end a worker 30 s after its last event. This time is what is tested, so it must pass. */
const IDLE_MS = 45_000

const STATUS = `document.querySelector('[role=status]')?.textContent`

async function signInByScript(
  page: UndebuggedPage,
  origin: string,
  asOrigin: string,
): Promise<void> {
  await page.goto(origin)
  await page.until(`${STATUS} === 'signed-out'`)
  await page.evaluate(`document.getElementById('sign-in').click()`)
  await enterPasswordIn(page, { asOrigin })
  await page.until(`${STATUS} === 'signed-in as alice'`)
}

async function callAndReport(page: UndebuggedPage): Promise<unknown> {
  await page.evaluate(`document.getElementById('call-api').click()`)
  await page.until(`!!document.querySelector('[data-testid=result]').textContent`)
  return page.evaluate(STATUS)
}

test('a session in memory lasts while a tab is open and idle, and not without the tab’s answers', async ({
  app,
}) => {
  test.setTimeout(120_000)
  const pages = await Promise.all([openUndebugged(), openUndebugged()])
  const [idle, silent] = pages
  try {
    for (const page of pages) await signInByScript(page, app.origin, app.asOrigin)
    // The other tab does not answer the worker's question whether anyone is there.
    await silent.evaluate(`ServiceWorker.prototype.postMessage = () => undefined`)
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    expect(await callAndReport(idle)).toBe('signed-in as alice')
    await callAndReport(silent)
    await silent.until(`${STATUS} === 'interaction-required'`)
    expect(await silent.evaluate(`document.querySelector('[data-testid=code]').textContent`)).toBe(
      'session-lost',
    )
  } finally {
    await Promise.all(pages.map((page) => page.close()))
  }
})

test('a session in persistent storage outlives an idle time in which the browser ends every worker', async ({
  app,
}) => {
  test.setTimeout(120_000)
  const page = await openUndebugged()
  try {
    await signInByScript(page, app.origin, app.asOrigin)
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    expect(await callAndReport(page)).toBe('signed-in as alice')
    expect(
      await page.evaluate(`document.querySelector('[data-testid=result]').textContent`),
    ).toContain('"status":200')
  } finally {
    await page.close()
  }
})
