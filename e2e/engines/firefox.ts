import { firefox, type Browser as PlaywrightBrowser } from '@playwright/test'

import { answerMissingCommand } from './firefox-missing-command.ts'
import { playwrightBrowser } from './playwright-browser.ts'
import type { Browser, LaunchOptions } from './session.ts'

// Stock Firefox, over WebDriver BiDi: Playwright's own build is patched, and is not what people use.
function options(switches: readonly string[]): Parameters<typeof firefox.launch>[0] & object {
  answerMissingCommand(firefox)
  return {
    channel: 'moz-firefox',
    executablePath: process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr',
    firefoxUserPrefs: Object.fromEntries(switches.map(preference)),
  }
}

/** A Firefox with a profile of its own. Takes seconds to start. */
export async function launchFirefox({ profile, log, switches }: LaunchOptions): Promise<Browser> {
  const context = await firefox.launchPersistentContext(profile, {
    ...options(switches),
    ignoreHTTPSErrors: true,
  })
  return playwrightBrowser(context, log)
}

/** One running Firefox for many sessions: each gets a container of its own, whose storage goes with it. */
export class SharedFirefox {
  readonly #running = new Map<string, Promise<PlaywrightBrowser>>()

  async open({ log, switches }: Omit<LaunchOptions, 'profile' | 'persistent'>): Promise<Browser> {
    const key = switches.join('\n')
    const started = this.#running.get(key) ?? firefox.launch(options(switches))
    this.#running.set(key, started)
    const context = await (await started).newContext({ ignoreHTTPSErrors: true })
    return playwrightBrowser(context, log)
  }

  async close(): Promise<void> {
    for (const started of this.#running.values()) await (await started).close()
  }
}

/** `name=value`, whose value is JSON or else text. */
function preference(text: string): [string, string | number | boolean] {
  const [name = '', value = ''] = text.split('=', 2)
  try {
    return [name, JSON.parse(value) as number | boolean]
  } catch {
    return [name, value]
  }
}
