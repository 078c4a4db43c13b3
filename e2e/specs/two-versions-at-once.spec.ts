import { appendFile } from 'node:fs/promises'

import type { Page } from '@playwright/test'

import { expect, test, variantRoot } from '../fixtures/app.ts'
import { everyTabSays, openCrowd, sessionsTold } from '../fixtures/crowd.ts'
import {
  askVersion,
  copyOfBuild,
  installUpdate,
  untilBothRefresh,
  untilTakenOver,
} from '../fixtures/versions-at-once.ts'
import { mixedCalls, type CallReport } from '../fixtures/mixed-calls.ts'

test.use({ variant: 'persistent' })

const REFRESH = { tokenGuardian: 1, request: { type: 'refresh' } }

test('an old guardian that a stream holds and a new one that waits refresh at once, whoever is first: one refresh per expiry, and nobody is signed out', async ({
  page,
  context,
  topology,
  variant,
  startApp,
  signIn,
  control,
}) => {
  const root = await copyOfBuild(variantRoot(topology, variant), 'two-versions')
  const { origin, apiOrigin } = await startApp({ root })
  await signIn(page, 'alice', origin)
  const tabs = await openCrowd(context, origin, 5)
  const [streaming, other] = tabs as [Page, Page]
  const callAll = async (): Promise<CallReport[]> => {
    const reports = await Promise.all(tabs.map((tab) => mixedCalls(tab, apiOrigin, 8)))
    return reports.flat().filter(({ ending }) => ending !== 'answered')
  }
  await openStream(streaming, apiOrigin)
  await appendFile(`${root}/sw.js`, '\nself.skipWaiting()\n')
  await installUpdate(other)
  const askNewOne = (): ReturnType<typeof askVersion> => askVersion(other, 'waiting', REFRESH)

  await control.api.refuseIssuedTokens()
  await control.as.fault('/token', 'hang', { times: 1 })
  let calls = callAll()
  await expect.poll(() => control.as.count('POST /token')).toBe(2)
  let asked = askNewOne()
  await untilBothRefresh(other)
  await control.as.release()
  expect(await asked).toMatchObject({ ok: true, value: { session: { status: 'signed-in' } } })
  expect(await calls).toEqual([])
  expect(await control.as.count('POST /token')).toBe(2)

  await control.api.refuseIssuedTokens()
  await control.as.fault('/token', 'hang', { times: 1 })
  asked = askNewOne()
  await expect.poll(() => control.as.count('POST /token')).toBe(3)
  calls = callAll()
  await untilBothRefresh(other)
  await control.as.release()
  expect(await asked).toMatchObject({ ok: true })
  expect(await calls).toEqual([])
  expect(await control.as.count('POST /token')).toBe(3)

  await streaming.evaluate(() => (Reflect.get(window, 'endStream') as () => Promise<void>)())
  await untilTakenOver(other)
  await control.api.refuseIssuedTokens()
  expect(await callAll()).toEqual([])
  expect(await control.as.count('POST /token')).toBe(4)
  const { usedRefreshTokens } = await control.as.issued()
  expect(new Set(usedRefreshTokens).size).toBe(3)
  await everyTabSays(tabs, 'signed-in')
  for (const all of await sessionsTold(tabs)) {
    expect(all.filter((one) => !one.startsWith('signed-in'))).toEqual([])
  }
})

/** Leaves `window.endStream()` behind. */
async function openStream(page: Page, apiOrigin: string): Promise<void> {
  await page.evaluate(async (url) => {
    const reader = (await fetch(url)).body!.getReader()
    await reader.read()
    Object.assign(window, { endStream: () => reader.cancel() })
  }, `${apiOrigin}/v1/stream?chunks=5000&gapMs=100`)
}
