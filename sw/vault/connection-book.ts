import { Connection } from './connection.ts'

/** What the book needs of the worker. */
export interface Pages {
  /** Ids of the open pages, the most recently used first. */
  readonly list: () => Promise<readonly string[]>
  readonly isOpen: (clientId: string) => Promise<boolean>
  /** Asks a page for a port to its bridge. */
  readonly askForPort: (clientId: string) => Promise<void>
  /** Makes the pages send something, which keeps this worker awake. */
  readonly stayAwake: () => Promise<unknown>
}

/** Milliseconds until a request that finds no bridge is given up; a cold vault has to be loaded in this time. */
const PATIENCE_MS = 20_000
/** Milliseconds for the requesting page's own frame, before any other page's is as good. */
const OWN_FRAME_MS = 5000
/** Milliseconds between questions for a port. The page also brings one by itself when its frame is ready. */
const ASK_AGAIN_MS = 1000
/** Milliseconds for the sign of life of a bridge in another page: one in the back/forward cache never answers. */
const ALIVE_MS = 1000
/** Milliseconds between looks at connections that something waits for. */
const CHECK_MS = 500
/** Milliseconds in which what a page said before it closed arrives. */
const LAST_WORDS_MS = 100
/** Milliseconds between signs of life from a page. Firefox ends a worker 30 s after its last event, also one that passes a body on. */
const STAY_AWAKE_MS = 8000

/**
 * The ports to the bridges of the open pages. They die with this worker and with their page, and nobody says so: a port is
 * asked for when it is needed, and looked after while something waits for it.
 */
export class ConnectionBook {
  readonly #pages: Pages
  readonly #current = new Map<string, Connection>()
  /** Connections that were replaced and whose calls still run. */
  readonly #draining = new Set<Connection>()
  readonly #arrivals = new Set<() => void>()
  readonly #asked = new Map<string, number>()
  #checking: ReturnType<typeof setInterval> | undefined
  #awakeAt = 0

  constructor(pages: Pages) {
    this.#pages = pages
  }

  /** Takes a port that a page brought. */
  add(clientId: string, port: MessagePort): void {
    const connection = new Connection(clientId, port)
    const replaced = this.#current.get(clientId)
    this.#current.set(clientId, connection)
    this.#asked.delete(clientId)
    if (replaced?.isBusy === true) {
      this.#draining.add(replaced)
      // Another life of the bridge means that the one before is over.
      connection.onHello = () => {
        if (connection.bridge !== replaced.bridge) replaced.end()
      }
    } else replaced?.end()
    for (const arrived of this.#arrivals) arrived()
    // A worker that pages keep busy lives for as long as they do, and sees any number of them come and go.
    void this.#forgetClosed()
  }

  /** The connection of the requesting page itself, if it is there. */
  open(clientId: string): Connection | undefined {
    const connection = this.#current.get(clientId)
    return connection?.isOpen === true ? connection : undefined
  }

  /**
   * A connection for a request, waited for if need be: of the requesting page's own frame, and for workers, closing pages and
   * pages without a frame that of any page that shows a sign of life.
   */
  async find(clientId: string, patienceMs = PATIENCE_MS): Promise<Connection | undefined> {
    const end = performance.now() + patienceMs
    const ownUntil = performance.now() + OWN_FRAME_MS
    const pages = await this.#pages.list()
    const hasOwnFrame = pages.includes(clientId)
    while (performance.now() < end) {
      const own = this.open(clientId)
      if (own) return own
      const anyWillDo = !hasOwnFrame || performance.now() > ownUntil
      const other = anyWillDo ? await this.#aliveOne() : undefined
      if (other) return other
      const toAsk = anyWillDo ? await this.#pages.list() : [clientId]
      if (toAsk.length === 0) return undefined
      const arrived = this.#arrival(ASK_AGAIN_MS)
      await Promise.all(toAsk.map((id) => this.#askForPort(id)))
      if (!this.open(clientId)) await arrived
    }
    return undefined
  }

  /** Looks after the connections for as long as something waits for one of them. */
  watch(): void {
    if (this.#checking !== undefined) return
    this.#awakeAt = performance.now()
    this.#checking = setInterval(() => void this.#check(), CHECK_MS)
  }

  /** Ends every body that is still arriving. */
  endBodies(): true {
    for (const connection of [...this.#current.values(), ...this.#draining]) connection.endBodies()
    return true
  }

  async #askForPort(clientId: string): Promise<void> {
    const now = performance.now()
    if (now - (this.#asked.get(clientId) ?? -Infinity) < ASK_AGAIN_MS) return
    this.#asked.set(clientId, now)
    await this.#pages.askForPort(clientId)
  }

  /**
   * The bridge that was heard last, if it is alive, or the first of the others that says so. Those are asked all at once: of twenty
   * tabs nineteen may be frozen.
   */
  async #aliveOne(): Promise<Connection | undefined> {
    const open = await this.#forgetClosed()
    const [latest, ...others] = [...this.#current.values()]
      .filter(({ isOpen, clientId }) => isOpen && open.includes(clientId))
      .toSorted((one, other) => other.heardAt - one.heardAt)
    if (await latest?.isAlive(ALIVE_MS)) return latest
    const answers = others.map(async (other) => {
      if (await other.isAlive(ALIVE_MS)) return other
      throw new Error('silent')
    })
    return Promise.any(answers).catch(() => undefined)
  }

  /**
   * What a page that has closed still waits for is for {@link watch} to end.
   * @returns the pages that are open
   */
  async #forgetClosed(): Promise<readonly string[]> {
    const known = [...this.#current.keys(), ...this.#asked.keys()]
    const open = await this.#pages.list()
    for (const id of known) {
      const connection = this.#current.get(id)
      if (open.includes(id) || connection?.isBusy === true) continue
      connection?.end()
      this.#current.delete(id)
      this.#asked.delete(id)
    }
    return open
  }

  #arrival(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#arrivals.delete(done)
        resolve()
      }
      const timer = setTimeout(done, withinMs)
      this.#arrivals.add(done)
    })
  }

  async #check(): Promise<void> {
    const busy = [...this.#current.values(), ...this.#draining].filter(({ isBusy }) => isBusy)
    for (const connection of this.#draining) {
      if (connection.isBusy) continue
      connection.end()
      this.#draining.delete(connection)
    }
    if (busy.length === 0) {
      clearInterval(this.#checking)
      this.#checking = undefined
      return
    }
    if (performance.now() - this.#awakeAt > STAY_AWAKE_MS) {
      this.#awakeAt = performance.now()
      await this.#pages.stayAwake()
    }
    for (const connection of busy) {
      if (await this.#pages.isOpen(connection.clientId)) {
        connection.check()
      } else {
        await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))
        connection.end(true)
      }
      if (!connection.isOpen && this.#current.get(connection.clientId) === connection) {
        this.#current.delete(connection.clientId)
      }
    }
  }
}
