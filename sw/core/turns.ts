/**
 * Lets tasks of one name run one after the other inside this worker. Each task has deadlines of its own, so the wait for a turn
 * has an end.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  async take<Result>(name: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name)
    const work = before === undefined ? task() : before.then(task)
    const end = work.catch(() => undefined)
    this.#last.set(name, end)
    try {
      return await work
    } finally {
      if (this.#last.get(name) === end) this.#last.delete(name)
    }
  }
}
