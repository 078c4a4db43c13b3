import { expect, test } from '../fixtures/app.ts'
import { addClientPage } from '../fixtures/client-page.ts'
import { vaultFolder } from '../fixtures/demo-builds.ts'
import { everyTabSays, openCrowd, sessionsTold } from '../fixtures/crowd.ts'
import {
  askVersion,
  deployVault,
  installUpdate,
  isNewBridge,
  untilBothRefresh,
  untilTakenOver,
} from '../fixtures/versions-at-once.ts'
import { mixedCalls, type CallReport } from '../fixtures/mixed-calls.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'
import { vaultFilesAreCached, vaultFrame } from '../fixtures/vault-page.ts'

test('old and new bridges with an old and then a new worker of a vault: one refresh per expiry, and nobody is signed out', async ({
  page,
  context,
  app,
  startApp,
  signIn,
  control,
}) => {
  const root = await buildOwnDemo('two-versions', app, {})
  await addClientPage(root)
  const { origin, apiOrigin, guardianOrigin } = await startApp({ root })
  await signIn(page, 'alice', origin)
  await vaultFilesAreCached(page, guardianOrigin)
  const tabs = [...(await openCrowd(context, origin, 4))]
  const callAll = async (): Promise<CallReport[]> => {
    const reports = await Promise.all(tabs.map((tab) => mixedCalls(tab, apiOrigin, 8)))
    return reports.flat().filter(({ ending }) => ending !== 'answered')
  }
  const oldFrame = await vaultFrame(tabs[0]!, guardianOrigin)

  await control.api.refuseIssuedTokens()
  await control.as.fault('/token', 'hang', { times: 1 })
  const ofOldBridges = callAll()
  await expect.poll(() => control.as.count('POST /token')).toBe(2)
  // The old worker is busy with its refresh, so the new one waits. A frame that is loaded now is new, as without the cache of files.
  await deployVault(vaultFolder(root), 'abcdef0123456789')
  await installUpdate(oldFrame)
  await oldFrame.evaluate(async () => {
    await Promise.all((await caches.keys()).map((name) => caches.delete(name)))
  })
  const [fresh] = await openCrowd(context, origin, 1)
  tabs.push(fresh!)
  const newFrame = await vaultFrame(fresh!, guardianOrigin)
  expect(await isNewBridge(newFrame)).toBe(true)
  expect(await isNewBridge(oldFrame)).toBe(false)
  const ofNewBridge = mixedCalls(fresh!, apiOrigin, 8)
  const asked = askVersion(newFrame, 'waiting', {
    tokenGuardianVault: { type: 'ask', appOrigin: origin, request: { type: 'refresh' } },
  })
  await untilBothRefresh(newFrame)
  await control.as.release()
  expect(await asked).toMatchObject({ ok: true, value: { session: { status: 'signed-in' } } })
  expect(await ofOldBridges).toEqual([])
  expect((await ofNewBridge).filter(({ ending }) => ending !== 'answered')).toEqual([])
  expect(await control.as.count('POST /token')).toBe(2)

  await untilTakenOver(newFrame)
  await control.api.refuseIssuedTokens()
  expect(await callAll()).toEqual([])
  expect(await isNewBridge(oldFrame)).toBe(false)
  expect(await control.as.count('POST /token')).toBe(3)
  const { usedRefreshTokens } = await control.as.issued()
  expect(new Set(usedRefreshTokens).size).toBe(2)
  await everyTabSays(tabs, 'signed-in')
  for (const all of await sessionsTold(tabs)) {
    expect(all.filter((one) => !one.startsWith('signed-in'))).toEqual([])
  }
})
