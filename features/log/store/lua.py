"""Lua: the steps that a Redis or Valkey server does as a whole, or not at all.

Each gets the same keys: the name of the store, the fence of its erasures, the last number, how often something was
taken away, all numbers in order, events, what is told of each event, contents by id, the newest number of each
customer, what is still in the server's files, and the beginning of the keys of single customers. A script checks all
that may refuse it before it writes: what it wrote stays, whatever fails behind.
"""

ANOTHER, ERASED = b"another", b"erased"
"""Begin an answer: the store is another one than was meant; somebody is being erased since (the fence follows)."""

ACCEPT = """
local step = KEYS[11] .. 'step:' .. ARGV[3]
local done = redis.call('GET', step)
if done then return done end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'another' end
local fence = redis.call('GET', KEYS[2]) or '0'
if fence ~= ARGV[2] then return 'erased' .. fence end
local verdicts = {}
for place = 4, #ARGV, 6 do
  local customer, id, content = ARGV[place], ARGV[place + 1], ARGV[place + 2]
  local known = id ~= '' and redis.call('HGET', KEYS[8], id)
  if known then
    verdicts[#verdicts + 1] = known == content and 'd' or 'c'
  else
    local number = string.format('%.0f', redis.call('INCR', KEYS[3]))
    if id ~= '' then redis.call('HSET', KEYS[8], id, content) end
    redis.call('HSET', KEYS[6], number, ARGV[place + 3])
    redis.call('HSET', KEYS[7], number, ARGV[place + 4])
    redis.call('ZADD', KEYS[5], number, number)
    redis.call('ZADD', KEYS[11] .. 'of:' .. customer, number, number)
    redis.call('HSET', KEYS[9], customer, number)
    if ARGV[place + 5] ~= '' then redis.call('SADD', KEYS[11] .. 'several', number) end
    verdicts[#verdicts + 1] = 'a'
  end
end
local told = table.concat(verdicts)
redis.call('SET', step, told, 'EX', 600)
return told
"""
"""Store what is not known: ARGV has the store's name, the fence, a word that no other step has, and of each event
its customer, its id behind a `1` or nothing, its content, itself, what is told of it, and whether it names its person
by several identifiers, a `1` or nothing. A step that was done is told
again: who did not hear of it may ask twice."""

SETTLE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'another' end
local count = 0
for place = 2, #ARGV do
  local number = ARGV[place]
  local told = redis.call('HDEL', KEYS[6], number) == 1 and redis.call('HGET', KEYS[7], number)
  if told then
    local _, customer, id = unpack(cjson.decode(told))
    local own, was = KEYS[11] .. 'of:' .. customer, KEYS[11] .. 'was:' .. customer
    redis.call('ZREM', KEYS[5], number)
    redis.call('ZREM', own, number)
    if id ~= '' then redis.call('SADD', was, number) else redis.call('HDEL', KEYS[7], number) end
    local newest = redis.call('ZREVRANGE', own, 0, 0)[1]
    if newest or redis.call('EXISTS', was) == 1 then
      redis.call('HSET', KEYS[9], customer, newest or '0')
    else
      redis.call('HDEL', KEYS[9], customer)
    end
    count = count + 1
  end
end
redis.call('INCR', KEYS[4])
return count
"""
"""Let go of events by their numbers; ids stay known, with whose they were. Return how many there were."""

FORGET = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'another' end
redis.call('INCR', KEYS[10])
local count = 0
for place = 2, #ARGV do
  local customer = ARGV[place]
  local own, was = KEYS[11] .. 'of:' .. customer, KEYS[11] .. 'was:' .. customer
  for _, numbers in ipairs({redis.call('ZRANGE', own, 0, -1), redis.call('SMEMBERS', was)}) do
    for _, number in ipairs(numbers) do
      local told = redis.call('HGET', KEYS[7], number)
      local _, _, id = unpack(told and cjson.decode(told) or {'', '', ''})
      if id ~= '' then redis.call('HDEL', KEYS[8], id) end
      redis.call('HDEL', KEYS[6], number)
      redis.call('HDEL', KEYS[7], number)
      redis.call('ZREM', KEYS[5], number)
      count = count + 1
    end
  end
  redis.call('DEL', own, was)
  redis.call('HDEL', KEYS[9], customer)
end
redis.call('INCR', KEYS[4])
return count
"""
"""Forget customers, with all ids; return how many events they had. They are in the server's files until a sweep."""

REWRITE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'another' end
if redis.call('HGET', KEYS[6], ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('INCR', KEYS[10])
redis.call('HSET', KEYS[6], ARGV[2], ARGV[4])
redis.call('INCR', KEYS[4])
return 1
"""
"""Put an event, by its number, in the place of another: the same without whom it named beside its customer."""

SWEPT = """
if redis.call('GET', KEYS[10]) == ARGV[1] then redis.call('DEL', KEYS[10]) end
"""
"""The files are swept of all that was taken out up to a count; of what was since, they are not."""
