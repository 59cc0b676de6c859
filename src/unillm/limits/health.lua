-- How targets fare, in Redis: an attempt is admitted, or reports; the arithmetic is that of
-- routing/breaker.py and routing/concurrency.py, whose numbers are handed in.
--
-- KEYS: of the target a hash, a list of outcomes and a sorted set of leases; the leases of the
--   provider; then a hash, a list and a sorted set for each target that is looked at beside it.
--   hash: cooling, opened, closed, until, span, times, held, probe, probe_until; failures; value, most, calm.
--   list: "<when>:<1 if it failed>", the newest first.
--   sorted set: names by when they lapse.
-- ARGV: what to do, the name of the lease, the time (empty: that of Redis), seconds that a lease
--   lasts, the numbers as JSON; to admit: limit or empty, bulkhead or empty, 1 if alone; to report:
--   outcome, cooling, what is to be waited or empty.
local what, lease, lasts = ARGV[1], ARGV[2], tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(ARGV[3]) or (tonumber(time[1]) + tonumber(time[2]) / 1000000)
local N = cjson.decode(ARGV[5])
local KEPT = 2 * N.longest
local target, votes, leases, provider = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local function text(number)
  return string.format('%.6f', number)
end

local function read(hash)
  local names = { 'cooling', 'opened', 'closed', 'until', 'span', 'times', 'held', 'probe',
    'probe_until', 'value', 'most', 'calm' }
  local found, at = redis.call('HMGET', hash, unpack(names)), {}
  for i, name in ipairs(names) do
    at[name] = found[i] or nil
    if name ~= 'cooling' and name ~= 'probe' then
      at[name] = tonumber(at[name] or '')
    end
  end
  at.cooling = at.cooling or 'none'
  at.probe = at.probe or ''
  return at
end

local function write(...)
  redis.call('HSET', target, ...)
end

local function counted(hash, list)
  -- Forgets what is too old or too many: each outcome once.
  local requests = redis.call('LLEN', list)
  while requests > 0 do
    local at, failed = string.match(redis.call('LINDEX', list, -1), '^(.+):([01])$')
    if requests <= N.samples and tonumber(at) > now - N.window then
      break
    end
    redis.call('RPOP', list)
    if failed == '1' then
      redis.call('HINCRBY', hash, 'failures', -1)
    end
    requests = requests - 1
  end
  return requests, tonumber(redis.call('HGET', hash, 'failures') or '0')
end

local function vote(failed)
  redis.call('LPUSH', votes, text(now) .. ':' .. failed)
  if failed == 1 then
    redis.call('HINCRBY', target, 'failures', 1)
  end
end

local function open(at, kind)
  local soon = at.cooling == 'none' and at.closed and now - at.closed <= (at.span or 0)
  local times = (soon or at.cooling == kind) and (at.times or 0) + 1 or 0
  local span = math.min(N.most[kind], N.first[kind] * 2 ^ math.min(times, 10))
  write('cooling', kind, 'opened', text(now), 'until', text(now + span), 'span', text(span),
    'times', times, 'probe', '')
end

local function fail(at, began, kind, retry_after)
  if retry_after and (kind == 'rate' or kind == 'failure') then
    local held = now + math.min(retry_after, N.longest)
    write('held', text(math.max(at.held or 0, held)))
  end
  local lasting = kind == 'quota' or kind == 'auth'
  if at.cooling == 'none' then
    vote(1)
    local requests, failures = counted(target, votes)
    if lasting or (requests >= N.least and failures >= N.share * requests) then
      open(at, lasting and kind or 'failure')
    end
  elseif began > (at.opened or 0) or (lasting and kind ~= at.cooling) then
    open(at, lasting and kind or 'failure')
  end
end

local function report()
  local lapses = redis.call('ZSCORE', leases, lease)
  redis.call('ZREM', provider, lease)
  if not lapses then
    return
  end
  local running = redis.call('ZCARD', leases)
  redis.call('ZREM', leases, lease)
  local at, began = read(target), tonumber(lapses) - lasts
  local outcome, kind, retry_after = ARGV[6], ARGV[7], tonumber(ARGV[8])
  if at.probe == lease then
    at.probe = ''
    write('probe', '')
  end
  if outcome == 'ok' then
    if at.cooling == 'none' then
      vote(0)
    elseif began > (at.opened or 0) then
      write('cooling', 'none', 'closed', text(now), 'probe', '', 'failures', 0)
      redis.call('DEL', votes)
    end
    if at.value and at.value < at.most and 2 * running >= at.value and now >= (at.calm or 0) then
      write('value', text(math.min(at.most, at.value + 1 / at.value)))
    end
  elseif outcome == 'error' and kind ~= 'none' then
    fail(at, began, kind, retry_after)
    if kind == 'rate' and at.value and now >= (at.calm or 0) then
      write('value', text(math.max(1, at.value * N.less)), 'calm', text(now + N.calm))
    end
  end
end

local function breaker(at, alone)
  if at.cooling == 'none' then
    if alone or now >= (at.held or 0) then
      return 'ok', 0
    end
    return 'held', at.held - now
  end
  if now < at['until'] then
    return alone and 'ok' or at.cooling, at['until'] - now
  end
  if at.probe ~= '' and at.probe ~= lease and now < (at.probe_until or 0) then
    return alone and 'ok' or 'probing', at.probe_until - now
  end
  write('probe', lease, 'probe_until', text(now + N.probe))
  return 'probe', 0
end

local function admit()
  local limit, bulkhead, alone = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
  local at = read(target)
  if limit and at.most ~= limit then
    at.value, at.most = limit, limit
    write('value', text(limit), 'most', limit)
  end
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', text(now))
  redis.call('ZREMRANGEBYSCORE', provider, '-inf', text(now))
  if redis.call('ZSCORE', leases, lease) then
    return at.probe == lease and 'probe' or 'ok', 0, 0
  end
  local running = redis.call('ZCARD', provider)
  if bulkhead and running >= bulkhead then
    return 'crowded', 0, running
  end
  running = redis.call('ZCARD', leases)
  if limit and running >= math.floor(at.value) then
    return 'full', 0, running
  end
  local said, wait = breaker(at, alone)
  if said == 'ok' or said == 'probe' then
    redis.call('ZADD', leases, text(now + lasts), lease)
    redis.call('EXPIRE', leases, math.ceil(lasts) + KEPT)
    if bulkhead then
      redis.call('ZADD', provider, text(now + lasts), lease)
      redis.call('EXPIRE', provider, math.ceil(lasts) + KEPT)
    end
  end
  return said, wait, running
end

local function standing(hash, list, names)
  local at = read(hash)
  local state, left = 'closed', 0
  if at.cooling == 'none' then
    left = (at.held or 0) - now
    state = left > 0 and 'open' or 'closed'
  else
    left = at['until'] - now
    state = left <= 0 and 'half_open' or at.cooling == 'quota' and 'quota' or 'open'
  end
  local requests, failures = counted(hash, list)
  local limit = at.value and tostring(math.floor(at.value)) or ''
  local running = redis.call('ZCOUNT', names, text(now), '+inf')
  local after = at.cooling == 'none' and 'closed' or 'half_open'
  return { state, text(math.max(0, left)), after, running, limit, requests, failures }
end

local said, wait, running = '', 0, 0
if what == 'admit' then
  said, wait, running = admit()
else
  report()
end
redis.call('EXPIRE', target, KEPT)
redis.call('EXPIRE', votes, KEPT)
local answer = { said, text(wait), running, standing(target, votes, leases) }
for i = 5, #KEYS, 3 do
  answer[#answer + 1] = standing(KEYS[i], KEYS[i + 1], KEYS[i + 2])
end
return answer
