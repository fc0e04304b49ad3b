import { createHash } from 'node:crypto';

/*
 * Redis runs a script alone and whole: on Redis, this is the lock of the data. Two dangers shape it. Lua's numbers
 * are doubles, so every integer stays a text, and Redis itself adds, in int64. And Redis undoes nothing if a
 * script fails half way, so all that can fail is tried before the first change, or undone by hand.
 *
 * The entry of the total is a hash, the ledger: total, keys and revision. `keys` must equal the lengths of the
 * values and of the order, so that the loss of one of the three shows at the next write, page or statistics.
 *
 * Overflow: HINCRBY refuses a step that leaves int64, and (new - old) may not fit an int64 though the total after it
 * does. So -old and +new are added one by one, those that lead towards zero first: from there neither can leave
 * int64 unless the final total does. -(-2^63) is no int64 and is added in two steps.
 *
 * An error reply means that nothing was changed: `change` says PARTIAL where that is not so.
 */
export const source = `
local procedure, key = ARGV[1], ARGV[2]
local values, order, ledger = KEYS[1], KEYS[2], KEYS[3]
local min = '-9223372036854775808'
local nobody = '\\255' -- no UTF-8, so never a key
local dirty = false

local function corrupt(what) error({err = 'CORRUPT ' .. what}) end

local function failed(reply) return type(reply) == 'table' and reply.err end

local function overflows(reply) return string.find(reply.err, 'overflow', 1, true) end

local function change(...)
  local reply = redis.pcall(...)
  if not failed(reply) then dirty = true return true end
  if overflows(reply) then return false end
  if dirty then error({err = 'PARTIAL ' .. reply.err}) end
  error(reply)
end

local function integer(text, what)
  local sign, digits = string.match(text or '', '^(%-?)([1-9]%d*)$')
  local max = sign == '-' and string.sub(min, 2) or '9223372036854775807'
  if text == '0' or digits and (#digits < 19 or #digits == 19 and digits <= max) then return text end
  corrupt(what .. ' is missing or holds no int64')
end

-- The total and the number of keys; 'LEGACY' where an older version wrote them as texts.
local function look()
  local found = redis.pcall('HMGET', ledger, 'total', 'keys', 'revision')
  if failed(found) then
    if redis.call('TYPE', ledger).ok == 'string' then error({err = 'LEGACY ' .. ledger}) end
    error(found)
  end
  local listed, ordered = redis.call('HLEN', values), redis.call('ZCARD', order)
  local fields = redis.call('HLEN', ledger)
  if fields == 0 then
    if listed > 0 or ordered > 0 then corrupt(ledger .. ' is missing: it was deleted or evicted') end
    return '0', 0, '0'
  end
  if fields ~= 3 then corrupt(ledger .. ' has ' .. fields .. ' fields, not 3') end
  local total, revision = integer(found[1], 'total'), integer(found[3], 'revision')
  local keys = tonumber(integer(found[2], 'keys'))
  if keys ~= listed then corrupt(values .. ' has ' .. listed .. ' of ' .. keys .. ' keys') end
  if keys ~= ordered then corrupt(order .. ' has ' .. ordered .. ' of ' .. keys .. ' keys') end
  return total, keys, revision
end

local function negated(n)
  if n == min then return {'9223372036854775807', '1'} end
  if n == '0' then return {} end
  if string.sub(n, 1, 1) == '-' then return {string.sub(n, 2)} end
  return {'-' .. n}
end

local function adjust(total, steps)
  local first, second = {}, {}
  for _, step in ipairs(steps) do
    local towards_zero = (string.sub(total, 1, 1) == '-') ~= (string.sub(step, 1, 1) == '-')
    table.insert(towards_zero and first or second, step)
  end
  for _, group in ipairs({first, second}) do
    for _, step in ipairs(group) do
      if not change('HINCRBY', ledger, 'total', step) then
        change('HSET', ledger, 'total', total)
        return false
      end
    end
  end
  return true
end

-- A write without effect, which Redis refuses where it refuses writes; behind it a full Redis takes what frees.
local function open_gate() redis.call('HDEL', values, nobody) end

local function remove(total, old)
  open_gate()
  if not old then return {'same', total} end
  if not adjust(total, negated(old)) then return {'overflow', 'total'} end
  change('HDEL', values, key)
  change('ZREM', order, key)
  change('HINCRBY', ledger, 'keys', '-1')
end

local function put(kind, number, total, old)
  if kind == 'add' then
    if not change('HINCRBY', values, key, number) then return {'overflow', 'value'} end
    if not adjust(total, {number}) then
      if old then change('HSET', values, key, old) else change('HDEL', values, key) end
      return {'overflow', 'total'}
    end
  else
    local steps = old and negated(old) or {}
    table.insert(steps, number)
    if not adjust(total, steps) then return {'overflow', 'total'} end
    change('HSET', values, key, number)
  end
  if not old then
    change('ZADD', order, '0', key)
    change('HINCRBY', ledger, 'keys', '1')
  end
end

local function run()
  if procedure == 'write' then
    local kind, number, keys_max = ARGV[3], ARGV[4], tonumber(ARGV[5])
    local total, keys = look()
    local old = redis.call('HGET', values, key)
    if old then integer(old, 'a value') end
    if not redis.call('ZSCORE', order, key) ~= not old then corrupt(order .. ' differs from ' .. values) end
    if not old and kind ~= 'delete' and keys >= keys_max then return {'full'} end
    local refusal
    if kind == 'delete' then refusal = remove(total, old) else refusal = put(kind, number, total, old) end
    if refusal then return refusal end
    change('HINCRBY', ledger, 'revision', '1')
    local now = redis.call('HMGET', ledger, 'total', 'revision')
    return {'done', now[1], now[2], kind == 'add' and redis.call('HGET', values, key) or number}
  elseif procedure == 'read' then
    look()
    return redis.call('HGET', values, key)
  elseif procedure == 'page' then
    look()
    local found = redis.call('ZRANGEBYLEX', order, key, '+', 'LIMIT', '0', ARGV[3])
    if #found == 0 then return {} end
    local numbers = redis.call('HMGET', values, unpack(found))
    local entries = {}
    for at, name in ipairs(found) do
      table.insert(entries, name)
      table.insert(entries, numbers[at] or 'missing')
    end
    return entries
  elseif procedure == 'stats' then
    local total, keys, revision = look()
    return {string.format('%.0f', keys), total, revision}
  elseif procedure == 'probe' then
    -- Fails as a write would, and changes nothing.
    local total, keys, revision = look()
    open_gate()
    return {string.format('%.0f', keys), total, revision}
  elseif procedure == 'rights' then
    -- Each command that a write needs, with an argument that it refuses after the rights were looked at.
    for _, command in ipairs({
      {'HINCRBY', ledger, 'total', 'x'}, {'HINCRBY', values, nobody, 'x'}, {'HSET', ledger, 'a', 'b', 'c'},
      {'HSET', values, 'a', 'b', 'c'}, {'ZADD', order, 'x', nobody}, {'ZREM', order, nobody},
      {'ZRANGEBYLEX', order, '[x', '[x'}, {'ZSCORE', order, nobody}, {'HGET', values, nobody},
    }) do
      local reply = redis.pcall(unpack(command))
      local is_expected = not failed(reply) or string.find(reply.err, ' not a')
        or string.find(reply.err, 'wrong number', 1, true)
      if not is_expected then error({err = reply.err .. ' (' .. command[1] .. ' ' .. command[2] .. ')'}) end
    end
    return {}
  elseif procedure == 'barrier' then
    -- A WAIT on this connection covers from now on whatever was written before, on any connection.
    open_gate()
    if redis.call('EXISTS', ledger) == 1 then change('HINCRBY', ledger, 'keys', '0') end
    return {}
  elseif procedure == 'migrate' then
    local revision_key = KEYS[4]
    local total, revision = redis.call('GET', ledger), redis.call('GET', revision_key)
    integer(total, ledger)
    integer(revision, revision_key)
    local listed, ordered = redis.call('HLEN', values), redis.call('ZCARD', order)
    if listed ~= ordered then corrupt(values .. ' has ' .. listed .. ' keys, ' .. order .. ' ' .. ordered) end
    change('DEL', ledger, revision_key)
    change('HSET', ledger, 'total', total, 'keys', string.format('%.0f', listed), 'revision', revision)
    return {}
  end
end

local ok, reply = pcall(run)
if ok or type(reply) == 'table' then return reply end
-- Since version 7 a text that begins with its code; before, one with the code behind a dash.
return {err = string.match(reply, '^%u+ .*') or string.match(reply, '%-(%u+ .*)') or 'ERR ' .. reply}
`;

export const sha = createHash('sha1').update(source).digest('hex');
