import type { MutatedFile } from './mutation'

const PERMISSIONS = ['permissions', 'clientdb', 'schema', 'selections'].map(
  (name) => `test/contract/clientdb/${name}.test.ts`,
)
const CLIENTDB = ['test/contract/clientdb/clientdb.test.ts', 'test/contract/clientdb/hostile.test.ts']
const TRANSACTIONS = ['test/contract/database/transactions.test.ts', 'test/contract/database/commit.test.ts']
const POSTGRES = ['test/contract/database/postgres.test.ts', 'test/contract/database/commit.test.ts']
const SHAPES = ['test/unit/postgres-shapes.test.ts']
const FILES = ['test/contract/storage/files.test.ts', 'test/contract/storage/hostile.test.ts']

/** What pages may see and change, transactions, files, and what only PostgreSQL does. */
export const DATABASE: readonly MutatedFile[] = [
  {
    file: 'host/clientdb/access.ts',
    tests: PERMISSIONS,
    mutants: {
      'a query that does not ask for what its permission demands is answered all the same': [
        'if (implies(asked, demanded)) return\n',
        'if (implies(asked, demanded) || asked) return\n',
      ],
      'a login that has run out is answered as if there were none': [
        'if (isStale(login) || requiredIds(asked)) return asked',
        'if (requiredIds(asked)) return asked',
      ],
      'one document that may be seen opens all that are named': ['=== ids.length) return', '> 0) return'],
      'a field may be read whatever the rules inside of it say': [
        'if (field) demands.push(...this.inside(field, kind, path))\n',
        '',
      ],
      'a field may be read whatever the rules above it say': [
        'demands.push(this.own(field, kind, path))\n',
        'if (!field.children.size) demands.push(this.own(field, kind, path))\n',
      ],
      'pages read passwords': ['return field.isPassword && !this.caller.isCloudCode', 'return false'],
      'a forbidden field of a document comes with the others': [
        'if (!demanded) return [prefix + name]',
        'if (!demanded) return []',
      ],
    },
  },
  {
    file: 'host/clientdb/permission.ts',
    tests: PERMISSIONS,
    mutants: {
      'a rule that cannot be read permits everything': [
        "if (typeof rule !== 'string') return broken(",
        "if (typeof rule !== 'string') return constant(true) ?? broken(",
      ],
      'a caller without a login passes for the owner of documents without one': [
        "return login.uid === null ? { kind: 'anonymous' } : { kind: 'value', value: login.uid }",
        "return { kind: 'value', value: login.uid as string }",
      ],
      'of two rules one is enough': [
        'all([one.demand(caller, asked), other.demand(caller, asked)])',
        'other.demand(caller, asked)',
      ],
    },
  },
  {
    file: 'host/clientdb/reading.ts',
    tests: ['test/contract/clientdb/hooks.test.ts'],
    mutants: {
      'what runs with a reading runs before it is permitted': [
        "    await this.check()\n    return this.around.run('read'",
        "    return this.around.run('read'",
      ],
      'a trigger is told what is asked of the answer': [
        "this.around.run('read', this.main.asked,",
        "this.around.run('read', this.request.where,",
      ],
    },
  },
  {
    file: 'host/clientdb/hooks.ts',
    tests: ['test/contract/clientdb/hooks.test.ts'],
    mutants: {
      'a page is told of every fault in a trigger': [
        "Object.getPrototypeOf(error) === Error.prototype && !('code' in error)",
        'true',
      ],
      'an action is any file': ['ACTION.test(name) ? this.code.roots : []', 'this.code.roots'],
      'a page is told what the database says to a trigger': [
        "return new Error('The database refused a trigger or an action', { cause: error })",
        'return error',
      ],
    },
  },
  {
    file: 'host/clientdb/around.ts',
    tests: ['test/contract/clientdb/hooks.test.ts'],
    mutants: {
      'a trigger is told names of an answer as those of stored fields': [
        'main.columns ?? request.columns',
        'request.columns ?? main.columns',
      ],
    },
  },
  {
    file: 'host/clientdb/source.ts',
    tests: PERMISSIONS,
    mutants: {
      'a field is left out although every document that is found lets it be seen': [
        'this.access.hidden(this.asked, shown,',
        'this.access.hidden(where, shown,',
      ],
    },
  },
  {
    file: 'host/clientdb/login.ts',
    tests: CLIENTDB,
    mutants: {
      'a token that nothing has signed is taken': [
        'given.length === expected.length && timingSafeEqual(given, expected) ? decode(body) : undefined',
        'decode(body)',
      ],
      'a token says by itself how it is signed': ["own(decode(head) ?? {}, 'alg') !== 'HS256'", 'false'],
      'a token never ends': ['if (expiresS * 1000 <= nowMs)', 'if (expiresS * 1000 <= 0)'],
    },
  },
  {
    file: 'host/index.ts',
    tests: ['test/contract/host/raw-operators.test.ts'],
    mutants: {
      "a request's operators are read": [
        'return currentCall()?.isTimed === true\n',
        'return currentCall() !== undefined\n',
      ],
      'operators are read in what a module does without a call': ['?.isTimed === true', '?.isTimed !== false'],
    },
  },
  {
    file: 'host/database/transaction.ts',
    tests: TRANSACTIONS,
    mutants: {
      'a transaction that lost the race is not tried again': [
        'if (run === times) throw conflict()',
        'if (run > 0) throw conflict()',
      ],
      'what was rolled back is written': ["if (state.end === 'rolled back') throw state.rollbackValue\n", ''],
      'a transaction reads what was there before its own write': [
        'return act(write ? write.text : before)',
        'return act(before)',
      ],
      'a transaction holds what it reads for any time': [
        'if (this.options.now() - this.#startedMs > MAX_TRANSACTION_MS)',
        'if (false)',
      ],
      'a transaction that is over takes more calls': [
        "if (this.end !== 'open') throw ended(",
        'if (false) throw ended(',
      ],
    },
  },
  {
    file: 'host/database/sqlite/driver.ts',
    tests: TRANSACTIONS,
    mutants: {
      'on SQLite a transaction writes over what changed since it was read': [
        'if (!holds) return false',
        'if (!holds && !writes.length) return false',
      ],
    },
  },
  {
    file: 'host/database/postgres/driver.ts',
    tests: POSTGRES,
    mutants: {
      'on PostgreSQL a transaction writes over what changed since it was read': [
        "if (row?.['doc'] !== text) return false",
        '',
      ],
      'on PostgreSQL two hosts may define the same table at once': [
        'await statements.rows(`SELECT 1 AS n, pg_advisory_xact_lock(${DEFINITIONS_LOCK})`)',
        '',
      ],
    },
  },
  {
    file: 'host/database/postgres/pool.ts',
    tests: ['test/unit/postgres-pool.test.ts'],
    mutants: {
      'statements come into a transaction of another caller': [
        'if (!member.isReserved && (!chosen ||',
        'if ((!chosen ||',
      ],
      'callers that wait for a connection of PostgreSQL are forgotten when one breaks': [
        '    this.#wake()\n  }\n\n  async end(',
        '  }\n\n  async end(',
      ],
      'a connection of PostgreSQL never comes to rest under load': [
        'statementsUntilIdle < MAX_STATEMENTS_UNTIL_IDLE ? 0 : MAX_STATEMENTS_UNTIL_IDLE',
        'statementsUntilIdle < 0 ? MAX_STATEMENTS_UNTIL_IDLE : 0',
      ],
    },
  },
  {
    file: 'host/database/postgres/source.ts',
    tests: ['test/contract/database/pages.test.ts'],
    mutants: {
      'a limited query of PostgreSQL answers a document once for each search that finds it': [
        'const others = searches.slice(0, at).map((former) => `(${former.term}) IS NOT TRUE`)',
        'const others: string[] = []',
      ],
      'pages of PostgreSQL come in whatever order its plan of the moment has': [
        ' ORDER BY ${order})`',
        " AND '${order}' IS NOT NULL)`",
      ],
    },
  },
  {
    file: 'host/database/postgres/source.ts',
    tests: SHAPES,
    mutants: {
      'one collection of PostgreSQL is asked with the SQL of another': [
        '`${sqlName} ${maxRows} ${name}`',
        '`${maxRows} ${name}`',
      ],
      'a bounded query of PostgreSQL runs the SQL of an unbounded one': [
        '`${sqlName} ${maxRows} ${name}`',
        '`${sqlName} ${name}`',
      ],
      'a page of PostgreSQL comes in the order of another': ['${page.skip} ${orders}`', '${page.skip}`'],
      'a page of PostgreSQL is as long as another': ['${isWalk} ${page.limit} ${page.skip}', '${isWalk} ${page.skip}'],
      'a page of PostgreSQL is read along an index that misses rows': ['`find ${isWalk} $', '`find $'],
    },
  },
  {
    file: 'host/database/postgres/shapes.ts',
    tests: SHAPES,
    mutants: {
      'a condition runs the SQL of another field': ['${condition.path.name} ${condition', '${condition'],
      'a condition runs the SQL of another operator': ['${condition.operator} ${kind}', '${kind}'],
      'a condition runs the SQL of another type': [' ${kind}`', '`'],
      'a fraction is looked up as whole numbers are': ["Number.isInteger(value) ? 'integer' : 'fraction'", "'integer'"],
      'a number that no index finds is looked up': [
        'if (isSafeNumber(value)) return',
        "if (typeof value === 'number') return",
      ],
      'text that PostgreSQL cannot hold is sent to it': [
        'if (isBindable(value)) return',
        "if (typeof value === 'string') return",
      ],
      'kept SQL is written for the values of a caller': ['value: EXAMPLES[toKind(condition)!], ', ''],
      'SQL names an index that is no longer there': [
        'if (known && known.indexes === given.indexes) return',
        'if (known) return',
      ],
      'SQL is kept without end': ['if (this.#kept.size >= MAX_KEPT) this.#kept.clear()', ''],
      'SQL of any length is kept': ['if (rest.sql.length <= MAX_SQL_CHARACTERS) {', 'if (rest.sql) {'],
      'SQL is kept for conditions of any size': [' || tests.length > MAX_TESTS', ''],
    },
  },
  {
    file: 'host/database/postgres/parameters.ts',
    tests: SHAPES,
    mutants: {
      'one value takes the place of another': ['tests[one]!.value', 'tests[0]!.value'],
      'a list of values is kept with the SQL': ['    this.#recipes = undefined\n', ''],
    },
  },
  {
    file: 'host/database/postgres/turns.ts',
    tests: ['test/unit/postgres-turns.test.ts'],
    mutants: {
      'changes of one document are all sent at once': [
        'const before = this.#last.get(key)',
        'const before = undefined as Promise<unknown> | undefined',
      ],
      'each of a thousand that wait finds out by itself that the database is gone': [
        'isOutage(error) ? Promise.reject(error) : change()',
        'error && change()',
      ],
    },
  },
  {
    file: 'host/database/postgres/connection.ts',
    tests: ['test/contract/database/postgres.test.ts'],
    mutants: {
      'what a caller was told has failed is carried out later': [
        "if (isLate) throw new DatabaseError('database-unavailable', NO_ANSWER)",
        '',
      ],
      'a statement that failed leaves holes in the answer to the next one': [
        'answer.filter(() => true)',
        '[...answer]',
      ],
      'a connection of PostgreSQL that broke is used again': ['this.#pool.replace(lease, END_TIMEOUT_S)', 'void lease'],
      'an index that takes long is given up': ['if (!isPatient) wait()', 'wait()'],
    },
  },
  {
    file: 'host/storage/signatures.ts',
    tests: FILES,
    mutants: {
      'an upload needs no permission': [
        'policy.length <= MAX_POLICY_LENGTH && sameText(signature, this.#mac(`upload ${policy}`))',
        'policy.length <= MAX_POLICY_LENGTH',
      ],
      'a permission to upload never ends': ['if (read.expiresMs > this.now()) return read', 'if (read) return read'],
      'a signed address opens any file': ['this.#mac(`read ${id} ${expires}`))) {', "this.#mac('read'))) {"],
      'a signed address never ends': ['if (remaining > 0) return remaining', 'if (remaining) return remaining'],
    },
  },
  {
    file: 'host/storage/file-folder.ts',
    tests: ['test/contract/storage/hostile.test.ts'],
    mutants: {
      'files have no quota': ['if (used > this.quotaBytes) {', 'if (used < 0) {'],
      'two uploads under one permission bring two files': [
        'if (await readStat(`${toPlace(this.dir, id)}.json`)) throw taken()',
        '',
      ],
      'a file is larger than its permission says': [
        'if (this.#size + bytes.length > maxBytes) throw tooLarge(maxBytes)',
        '',
      ],
    },
  },
]
