/*
 * Redis runs a script alone and whole: on Redis, this is the lock of the data. Two dangers shape it. Lua's numbers
 * are doubles, so every integer stays a string, and Redis itself adds, in int64. And Redis undoes nothing if a
 * script fails half way, so all that can fail is tried before the first change, or undone by hand.
 *
 * Overflow: INCRBY refuses a step that leaves int64, and (new - old) may not fit an int64 though the total after it
 * does. So -old and +new are added one by one, those that lead towards zero first: from there neither can leave
 * int64 unless the final total does. -(-2^63) is no int64 and is added in two steps.
 */
export const source = `
local min = '-9223372036854775808'

local function overflows(reply)
  if type(reply) ~= 'table' or not reply.err then return false end
  if string.find(reply.err, 'overflow', 1, true) then return true end
  error(reply)
end

local function integer(key, values)
  local text = redis.call('GET', key)
  if not text then
    if redis.call('EXISTS', values) == 0 then return '0' end
    error({err = 'CORRUPT ' .. key .. ' is missing: it was deleted or evicted'})
  end
  if not string.find(text, '^%-?%d+$') then error({err = 'CORRUPT ' .. key .. ' holds no integer'}) end
  return text
end

local function negated(n)
  if n == min then return {'9223372036854775807', '1'} end
  if n == '0' then return {} end
  if string.sub(n, 1, 1) == '-' then return {string.sub(n, 2)} end
  return {'-' .. n}
end

local function adjust(key, total, steps)
  local first, second = {}, {}
  for _, step in ipairs(steps) do
    local towards_zero = (string.sub(total, 1, 1) == '-') ~= (string.sub(step, 1, 1) == '-')
    table.insert(towards_zero and first or second, step)
  end
  for _, group in ipairs({first, second}) do
    for _, step in ipairs(group) do
      if overflows(redis.pcall('INCRBY', key, step)) then
        redis.call('SET', key, total)
        return false
      end
    end
  end
  return true
end

local function write(keys, args)
  local values, order, total_key, revision_key = keys[1], keys[2], keys[3], keys[4]
  local kind, key, number, keys_max = args[1], args[2], args[3], tonumber(args[4])
  local old = redis.call('HGET', values, key)
  local total = integer(total_key, values)
  integer(revision_key, values)
  redis.call('ZSCORE', order, key)
  if not old and kind ~= 'delete' and redis.call('HLEN', values) >= keys_max then return {'full'} end

  if kind == 'delete' then
    if not old then return {'same', total} end
    if not adjust(total_key, total, negated(old)) then return {'overflow', 'total'} end
    redis.call('HDEL', values, key)
    redis.call('ZREM', order, key)
  elseif kind == 'add' then
    if overflows(redis.pcall('HINCRBY', values, key, number)) then return {'overflow', 'value'} end
    if not adjust(total_key, total, {number}) then
      if old then redis.call('HSET', values, key, old) else redis.call('HDEL', values, key) end
      return {'overflow', 'total'}
    end
  else
    local steps = old and negated(old) or {}
    table.insert(steps, number)
    if not adjust(total_key, total, steps) then return {'overflow', 'total'} end
    redis.call('HSET', values, key, number)
  end
  if not old then redis.call('ZADD', order, '0', key) end
  redis.call('INCR', revision_key)
  local value = redis.call('HGET', values, key) or ''
  return {'done', redis.call('GET', total_key), redis.call('GET', revision_key), value}
end

local function page(keys, args)
  local found = redis.call('ZRANGEBYLEX', keys[2], args[1], '+', 'LIMIT', '0', args[2])
  if #found == 0 then return {} end
  local numbers = redis.call('HMGET', keys[1], unpack(found))
  local entries = {}
  for at, key in ipairs(found) do
    table.insert(entries, key)
    table.insert(entries, numbers[at] or 'missing')
  end
  return entries
end

local function stats(keys)
  return {tostring(redis.call('HLEN', keys[1])), integer(keys[3], keys[1]), integer(keys[4], keys[1])}
end
`;
