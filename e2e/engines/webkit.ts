import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { requireDisplay } from './display.ts'
import { endGroup } from './process-group.ts'
import { WAIT_MS, type Browser, type LaunchOptions } from './session.ts'
import { waitFor } from './wait-for.ts'
import { startWebDriver } from './webdriver.ts'
import { webdriverTab, type OnWindow } from './webdriver-tab.ts'

const browserProgram = fileURLToPath(new URL('wkbrowser.py', import.meta.url))

/** WebKitGTK, not Safari: the same engine with other settings, network code and storage limits. */
export async function launchWebkit({ profile, log, switches }: LaunchOptions): Promise<Browser> {
  requireDisplay()
  const consoleLog = join(profile, 'console.log')
  const driver = await startWebDriver('WebKitWebDriver', {
    acceptInsecureCerts: true,
    'webkitgtk:browserOptions': {
      binary: browserProgram,
      args: [`--profile=${profile}`, `--log=${consoleLog}`, ...switches],
    },
  })
  const handles = (): Promise<string[]> => driver.send('GET', '/window/handles') as never

  // The protocol has one current window, so that two tabs must not speak at the same time.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const result = last.then(act, act)
    last = result
    return result
  }
  const onWindow =
    (handle: string): OnWindow =>
    (act) =>
      inTurn(async () => {
        await driver.send('POST', '/window', { handle })
        return act(driver)
      })
  let unused: string | undefined = (await handles())[0]
  return {
    tab: async () => {
      const handle = unused ?? (await inTurn(() => openTab()))
      unused = undefined
      return webdriverTab(onWindow(handle))
    },
    popup: async (act) => {
      const known = await inTurn(handles)
      await act()
      const opened = await waitFor('a popup', WAIT_MS, async () =>
        (await inTurn(handles)).find((handle) => !known.includes(handle)),
      )
      return webdriverTab(onWindow(opened))
    },
    close: async () => {
      await inTurn(() => driver.close())
      await endGroup(Number(await readFile(join(profile, 'browser.pid'), 'utf8')))
      for (const line of await consoleLines(consoleLog)) log(line)
      await rm(consoleLog, { force: true })
    },
  }

  /** From a window that exists: the current one may have been closed. */
  async function openTab(): Promise<string> {
    const [handle] = await handles()
    if (handle !== undefined) await driver.send('POST', '/window', { handle })
    return ((await driver.send('POST', '/window/new', { type: 'tab' })) as { handle: string })
      .handle
  }
}

async function consoleLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line.includes('CONSOLE'))
}
