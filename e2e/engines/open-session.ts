import { launchChromium } from './chromium.ts'
import { launchFirefox, type SharedFirefox } from './firefox.ts'
import { createProfile, removeProfile } from './profiles.ts'
import type { Browser, EngineName, LaunchOptions, Session } from './session.ts'
import { launchWebkit } from './webkit.ts'

const launch: Readonly<Record<EngineName, (options: LaunchOptions) => Promise<Browser>>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
  webkit: launchWebkit,
}

export interface SessionOptions {
  readonly engine: EngineName
  readonly switches: readonly string[]
  /** Whether it can be restarted. */
  readonly persistent: boolean
  /** What a Firefox session uses that needs no profile of its own. */
  readonly sharedFirefox: SharedFirefox
}

/** Starts a browser without history. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { engine, switches, persistent, sharedFirefox } = options
  const logs: string[] = []
  const log = (line: string): void => void logs.push(line)
  if (engine === 'firefox' && !persistent) {
    return sessionOf(await sharedFirefox.open({ switches, log }), logs)
  }
  const profile = await createProfile(engine)
  const start = (): Promise<Browser> => launch[engine]({ profile, persistent, switches, log })
  try {
    return sessionOf(await start(), logs, persistent ? start : undefined, () =>
      removeProfile(profile),
    )
  } catch (error) {
    await removeProfile(profile)
    throw error
  }
}

function sessionOf(
  first: Browser,
  logs: readonly string[],
  startAgain?: () => Promise<Browser>,
  cleanUp?: () => Promise<void>,
): Session {
  let browser = first
  return {
    logs,
    tab: () => browser.tab(),
    popup: (act) => browser.popup(act),
    restart: async () => {
      if (startAgain === undefined) throw new Error('Say test.use({ persistent: true })')
      await browser.close()
      browser = await startAgain()
    },
    close: async () => {
      try {
        await browser.close()
      } finally {
        await cleanUp?.()
      }
    },
  }
}
