-- Budgets in Redis: reserve, settle and read, for several accounts at once or for none.
--
-- KEYS: for each account a hash and a sorted set.
--   hash: spent, reserved, overshoot, expired (billionths of a US dollar), told (1 once the soft
--     limit was passed), and "h:<name>" for each hold: "<amount>" or "<amount>k" (keeps) while it is
--     reserved, "~<booked>:<amount>" once it has lapsed, "+" if it was booked without being reserved.
--   sorted set: "<name>" by when its lease is over, "~<name>" by when its field may be forgotten.
-- ARGV: what to do, the name of the hold, what was spent, 1 if it was not reserved, the time (empty:
--   that of Redis), then for each account: amount, limit, soft limit or empty, lease, 1 if what
--   lapses counts as spent, when the keys expire or empty.
local what, name, spent, unheld = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local time = redis.call('TIME')
local here = tonumber(time[1]) + tonumber(time[2]) / 1000000
local now = tonumber(ARGV[5]) or here
local KEPT = 30 * 86400
-- What numbers here hold exactly, and HINCRBY adds without failing: a script that fails in its middle
-- leaves what it has done.
local MOST = 9000000000000000
local field = 'h:' .. name

local function number(account, of)
  return tonumber(redis.call('HGET', account, of) or '0')
end

local function add(account, of, amount)
  -- Redis takes no "-0" for a number.
  if amount ~= 0 then
    amount = math.min(amount, MOST - number(account, of))
    redis.call('HINCRBY', account, of, string.format('%.0f', amount))
  end
end

local function expire(account, leases)
  local due = redis.call('ZRANGEBYSCORE', leases, '-inf', string.format('%.6f', now), 'LIMIT', 0, 1000)
  for _, member in ipairs(due) do
    redis.call('ZREM', leases, member)
    if string.sub(member, 1, 1) == '~' then
      redis.call('HDEL', account, 'h:' .. string.sub(member, 2))
    else
      local amount, keeps = string.match(redis.call('HGET', account, 'h:' .. member) or '', '^(%d+)(k?)$')
      if amount then
        local booked = keeps == 'k' and amount or '0'
        add(account, 'reserved', -tonumber(amount))
        add(account, 'spent', tonumber(booked))
        add(account, 'expired', tonumber(amount))
        redis.call('HSET', account, 'h:' .. member, '~' .. booked .. ':' .. amount)
        redis.call('ZADD', leases, string.format('%.6f', now + KEPT), '~' .. member)
      end
    end
  end
end

local function settle(account, leases, amount, soft)
  local held = redis.call('HGET', account, field)
  if held == '+' or (not held and not unheld) then
    return 0
  end
  if not held then
    redis.call('HSET', account, field, '+')
    redis.call('ZADD', leases, string.format('%.6f', now + KEPT), '~' .. name)
  else
    local reserved = string.match(held, '^(%d+)k?$')
    if reserved then
      add(account, 'reserved', -tonumber(reserved))
      redis.call('ZREM', leases, name)
    else
      local booked, lapsed = string.match(held, '^~(%d+):(%d+)$')
      add(account, 'expired', -tonumber(lapsed))
      add(account, 'spent', -tonumber(booked))
      redis.call('ZREM', leases, '~' .. name)
    end
    redis.call('HDEL', account, field)
  end
  add(account, 'spent', tonumber(spent))
  local over = tonumber(spent) - amount
  if over > 0 then
    add(account, 'overshoot', over)
  end
  if soft and number(account, 'spent') >= soft then
    return redis.call('HSETNX', account, 'told', '1')
  end
  return 0
end

local accounts = {}
for i = 1, #KEYS / 2 do
  local at = 5 + (i - 1) * 6
  accounts[i] = {
    account = KEYS[2 * i - 1],
    leases = KEYS[2 * i],
    amount = tonumber(ARGV[at + 1]),
    limit = tonumber(ARGV[at + 2]),
    soft = tonumber(ARGV[at + 3]),
    lease = tonumber(ARGV[at + 4]),
    keeps = ARGV[at + 5] == '1',
    gone = ARGV[at + 6],
    room = 1,
    passed = 0,
  }
end

local fits = true
for _, one in ipairs(accounts) do
  expire(one.account, one.leases)
  if what == 'reserve' and redis.call('HEXISTS', one.account, field) == 0 then
    if number(one.account, 'spent') + number(one.account, 'reserved') + one.amount > one.limit then
      one.room, fits = 0, false
    end
  end
end

local answer = {}
for i, one in ipairs(accounts) do
  if what == 'reserve' and fits and redis.call('HEXISTS', one.account, field) == 0 then
    redis.call('HSET', one.account, field, string.format('%.0f', one.amount) .. (one.keeps and 'k' or ''))
    redis.call('ZADD', one.leases, string.format('%.6f', now + one.lease), name)
    add(one.account, 'reserved', one.amount)
  elseif what == 'settle' then
    one.passed = settle(one.account, one.leases, one.amount, one.soft)
  end
  if one.gone ~= '' and what ~= 'read' then
    -- The clock of who asks may be behind: what he has reserved is kept for its lease all the same.
    local gone = string.format('%.0f', math.max(tonumber(one.gone), math.ceil(here + one.lease) + 3600))
    redis.call('EXPIREAT', one.account, gone)
    redis.call('EXPIREAT', one.leases, gone)
  end
  local found = redis.call('HMGET', one.account, 'spent', 'reserved', 'overshoot', 'expired')
  answer[i] = {
    found[1] or '0', found[2] or '0', found[3] or '0', found[4] or '0', one.room, one.passed,
  }
end
return answer
