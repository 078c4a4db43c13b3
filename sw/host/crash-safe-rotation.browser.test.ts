import { afterEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../../e2e/fixtures/random.ts'
import type { FromLife, ToLife } from '../../e2e/unit/guardian-life.ts'
import { done } from '../../e2e/unit/indexed-db.ts'
import { RotatingServer } from '../../e2e/unit/rotating-server.ts'
import type { Session } from '../../src/contract/session.ts'

/** Refreshes that a test asks for. */
const REFRESHES = 1000
/** Milliseconds after which a refresh that was not cut off counts as hanging. A request to the server has a small part of it. */
const HANG_MS = 10_000
/** Milliseconds within which a worker is ended at a random moment of a refresh, which takes a few. */
const REFRESH_MS = 12
/** Lives that are started ahead, for to start one takes longer than a refresh. */
const AHEAD = 2

/** What happens to a request to the server, besides that it is answered, or never. */
const losses = [
  'request lost',
  'reply lost',
  'refused by a gateway',
  'refused by a gateway after the server acted',
  'cut off',
] as const
type Fate = 'answered' | 'never answered' | (typeof losses)[number]

/** When a worker is ended. */
const kills = ['before the request arrives', 'before the answer is sent', 'at any moment'] as const
type Kill = (typeof kills)[number]

interface Round {
  readonly fate: Fate
  readonly kill?: Kill
  readonly killAfterMs: number
  /** An old and a new worker at once: both are asked. */
  readonly isDouble: boolean
}

const { default: life } = await import('../../e2e/unit/guardian-life.ts?bundled')
const lifeUrl = URL.createObjectURL(new Blob([life], { type: 'text/javascript' }))

type Seen = FromLife & { readonly say: 'seen' }

/** A guardian's worker, from its start to the moment at which the test ends it. */
class Life {
  readonly #worker = new Worker(lifeUrl, { type: 'module' })
  readonly #waiting = new Map<number, (message: FromLife) => void>()
  readonly #ready: Promise<void>
  #asked = 0
  isOver = false
  /** What happens when it asks the server. */
  onRequest: (refreshToken: string) => { status: number; body: string } | undefined = () =>
    undefined

  constructor(database: string) {
    this.#ready = new Promise((resolve) => {
      this.#worker.addEventListener('message', ({ data }: MessageEvent<FromLife>) => {
        if (this.isOver) return
        if (data.say === 'ready') {
          this.#tell({ do: 'start', database })
          resolve()
        } else if (data.say === 'asks') {
          const answer = this.onRequest(data.refreshToken)
          if (answer && !this.isOver) this.#tell({ do: 'answer', id: data.id, ...answer })
        } else this.#waiting.get(data.id)?.(data)
      })
    })
  }

  async signIn(refreshToken: string): Promise<void> {
    await this.#ask((id) => ({ do: 'sign-in', id, refreshToken }))
  }

  /** @returns how it ended, or `undefined` when this life was over before */
  async refresh(): Promise<string | undefined> {
    const answer = await this.#ask((id) => ({ do: 'refresh', id }))
    return answer?.say === 'done' ? answer.outcome : undefined
  }

  async look(): Promise<Seen> {
    const answer = await this.#ask((id) => ({ do: 'look', id }))
    if (answer?.say !== 'seen') throw new Error('Nothing was seen')
    return answer
  }

  end(): void {
    this.isOver = true
    this.#worker.terminate()
    for (const resolve of this.#waiting.values()) resolve({ say: 'ready' })
  }

  async #ask(order: (id: number) => ToLife): Promise<FromLife | undefined> {
    await this.#ready
    if (this.isOver) return undefined
    const id = (this.#asked += 1)
    const answer = new Promise<FromLife>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`No answer to ${JSON.stringify(order(id))}`)),
        HANG_MS,
      )
      this.#waiting.set(id, (message) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(message)
      })
    })
    this.#tell(order(id))
    const message = await answer
    return message.say === 'ready' ? undefined : message
  }

  #tell(order: ToLife): void {
    this.#worker.postMessage(order)
  }
}

/** One user's guardian over all its lives, and the server. */
class Guardians {
  readonly server: RotatingServer
  readonly database = `rotation-${crypto.randomUUID()}`
  readonly #spare: Life[] = []
  #life: Life
  /** Tokens whose successor was seen in the storage. */
  readonly #replaced = new Set<string>()
  #stored = ''
  /** Whether the server rotated and the guardian may not know of it. */
  #replyWasLost = false
  readonly tally = { refreshed: 0, killed: 0, signedOut: 0, double: 0 }

  constructor(graceMs: number) {
    this.server = new RotatingServer({ graceMs })
    this.#life = new Life(this.database)
  }

  async signIn(): Promise<void> {
    await this.#life.signIn(this.server.grant())
    await this.#look()
  }

  async run(round: Round): Promise<void> {
    const lives = [this.#life, ...(round.isDouble ? [this.#nextLife()] : [])]
    for (const life of lives) life.onRequest = (token) => this.#answer(life, token, round)
    const work = Promise.all(lives.map((life) => life.refresh()))
    if (round.kill === 'at any moment') {
      await new Promise((resolve) => setTimeout(resolve, round.killAfterMs))
      this.#kill(this.#life)
    }
    const outcomes = await work
    this.tally.refreshed += outcomes.filter((outcome) => outcome === 'refreshed').length
    this.tally.double += round.isDouble ? 1 : 0
    const [alive, ...others] = lives.filter(({ isOver }) => !isOver)
    for (const other of others) other.end()
    this.#life = alive ?? this.#nextLife()
    await this.#look()
  }

  async close(): Promise<void> {
    for (const life of [this.#life, ...this.#spare]) life.end()
    await done(indexedDB.deleteDatabase(this.database))
  }

  #nextLife(): Life {
    while (this.#spare.length <= AHEAD) this.#spare.push(new Life(this.database))
    return this.#spare.shift() ?? new Life(this.database)
  }

  #kill(life: Life): void {
    if (life.isOver) return
    life.end()
    this.tally.killed += 1
  }

  #answer(
    life: Life,
    refreshToken: string,
    { fate, kill }: Round,
  ): { status: number; body: string } | undefined {
    expect(this.#replaced, 'a token was sent whose successor is stored').not.toContain(refreshToken)
    if (kill === 'before the request arrives') {
      this.#kill(life)
      return undefined
    }
    if (fate === 'request lost') return { status: 0, body: '' }
    if (fate === 'refused by a gateway') return { status: 503, body: '' }
    const answer = this.server.refresh(refreshToken)
    this.#replyWasLost ||= answer.status === 200
    if (kill === 'before the answer is sent') {
      this.#kill(life)
      return undefined
    }
    switch (fate) {
      case 'reply lost':
        return { status: 0, body: '' }
      case 'never answered':
        return undefined
      case 'refused by a gateway after the server acted':
        return { status: 504, body: '' }
      case 'cut off':
        return { ...answer, body: answer.body.slice(0, answer.body.length / 2) }
      case 'answered':
        return answer
    }
  }

  /** Looks at what a page would be told, and at what is stored. */
  async #look(): Promise<void> {
    const { session, refreshToken } = await this.#life.look()
    if (session.status !== 'signed-in') return this.#signedOut(session)
    expect(refreshToken).toBeDefined()
    if (refreshToken !== this.#stored) this.#replaced.add(this.#stored)
    this.#stored = refreshToken ?? ''
    // What is stored is the server's last word, or there is one that did not arrive.
    if (refreshToken === this.server.current) this.#replyWasLost = false
    else expect(this.#replyWasLost, 'an older token is stored').toBe(true)
  }

  async #signedOut(session: Session): Promise<void> {
    expect(this.#replyWasLost, `signed out for nothing: ${JSON.stringify(session)}`).toBe(true)
    expect(session).toEqual({ status: 'interaction-required', code: 'refresh-interrupted' })
    this.tally.signedOut += 1
    this.#replyWasLost = false
    await this.signIn()
  }
}

function roundOf(random: () => number): Round {
  const one = <Kind>(of: readonly Kind[]): Kind => of[Math.floor(random() * of.length)] as Kind
  // Half of the requests are answered, and few are waited for in vain; a third of the rounds costs a worker.
  const chance = random()
  const mostly = chance < 0.52 ? 'never answered' : one(losses)
  const fate = chance < 0.5 ? 'answered' : mostly
  const kill = random() < 1 / 3 ? one(kills) : undefined
  return {
    fate,
    ...(kill && { kill }),
    killAfterMs: random() * REFRESH_MS,
    isDouble: random() < 0.1,
  }
}

describe(`${REFRESHES} refreshes, with workers ended and replies lost at random`, () => {
  let guardians: Guardians | undefined

  afterEach(() => guardians?.close())

  const policies = {
    'a server with a grace period: nobody is signed out, and no refresh token is sent after its successor was stored':
      { graceMs: 60_000, signsOut: false },
    'a server without: a sign-out only where a reply was lost, as refresh-interrupted': {
      graceMs: 0,
      signsOut: true,
    },
  }

  for (const [name, { graceMs, signsOut }] of Object.entries(policies)) {
    test(name, { timeout: 180_000 }, async () => {
      const seed = Math.floor(Math.random() * 2 ** 32)
      const random = seededRandom(seed)
      guardians = new Guardians(graceMs)
      await guardians.signIn()
      const rounds: Round[] = []
      for (let n = 0; n < REFRESHES; n += 1) {
        const round = roundOf(random)
        rounds.push(round)
        try {
          await guardians.run(round)
        } catch (error) {
          const last = JSON.stringify(rounds.slice(-5))
          throw new Error(`seed ${seed}, refresh ${n}, the last rounds: ${last}`, { cause: error })
        }
      }
      const { tally } = guardians
      expect(tally.signedOut > 0, JSON.stringify(tally)).toBe(signsOut)
      // The faults happened, and many refreshes got through them.
      expect(tally.killed, JSON.stringify(tally)).toBeGreaterThan(REFRESHES / 10)
      expect(tally.refreshed, JSON.stringify(tally)).toBeGreaterThan(REFRESHES / 10)
    })
  }
})
